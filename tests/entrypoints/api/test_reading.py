"""Reading through the API: sensitive details are hidden, missing approvals are not found, and pages miss nothing."""

from datetime import timedelta

import pytest

from approvals.domain.directory.people import Directory
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.entrypoints.api.operation import Operation
from tests.builders import EXECUTION_ARN
from tests.entrypoints.api.api_client import FINANCE, GUARDED, Api, by_id, called, paths


@pytest.fixture
def directory() -> Directory:
    return FINANCE


class TestShowing:
    def test_sensitive_details_are_for_those_who_may_decide(self, api: Api) -> None:
        approval_id = api.submitted(details={"Order": "1234", "Mail": "jo@example.com"}, sensitive=["Mail"])
        seen = {scope: [] for scope in ("read", "admin")}
        for scope, details in seen.items():
            details.append(api.get(f"/v1/approvals/{approval_id}", scope=scope)["details"])
            details.append(api.get("/v1/approvals", scope=scope)["items"][0]["details"])
        assert seen["read"] == [{"Order": "1234", "Mail": "(sensitive)"}] * 2
        assert seen["admin"] == [{"Order": "1234", "Mail": "jo@example.com"}] * 2
        assert api.submit().json["details"]["Mail"] == "(sensitive)"
        assert api.decide(approval_id).json["details"]["Mail"] == "jo@example.com"

    @pytest.mark.parametrize("approval_id", ["nothing", "id-9999", "%00", "id%200001", "é", "x" * 41, "'--"])
    @pytest.mark.parametrize("operation", [o for o in GUARDED if o.of_one], ids=by_id)
    def test_what_is_not_there_is_not_found(self, api: Api, operation: Operation, approval_id: str) -> None:
        response = called(api, operation, scope="admin", approval_id=approval_id)
        assert response.status_code == 404
        assert response.json["type"] == "urn:approvals:problem:not-found"

    def test_the_trail_tells_who_did_what(self, api: Api) -> None:
        approval_id = api.submitted()
        api.decide(approval_id, comment="fine")
        notes = api.get(f"/v1/approvals/{approval_id}/notes")["items"]
        assert [(note["event"], note["actor"]) for note in notes[:2]] == [
            ("opened", "key:submit"),
            ("decided", "key:decide"),
        ]
        assert notes[1]["facts"] == {"option": "approve", "for": "ana", "via": "api", "caller": "key:decide"}
        assert notes[0]["at"] == "2026-03-02T09:30:00Z"

    def test_a_reviewer_whom_no_message_reaches_is_shown_with_each_failed_address(self, api: Api) -> None:
        refused = GivenUp("the mail server refuses the recipient (550)", recipient=True)
        api.world.mail.results = [refused]
        approval_id = api.submitted(reviewers=["dan@example.com", "eve@example.com"])
        api.world.deliver_all()
        for shown in (api.get(f"/v1/approvals/{approval_id}"), api.get("/v1/approvals")["items"][0]):
            dan, eve = shown["reviewers"]
            assert dan["unreachable"] == [{
                "channel": "mail", "address": "dan@example.com", "kind": "refused", "at": "2026-03-02T09:30:00Z",
                "reason": "the mail server refuses the recipient (550)",
            }]  # fmt: skip
            assert "unreachable" not in eve

    def test_a_callback_that_fails_is_shown_with_its_reason_and_its_next_attempt(self, api: Api) -> None:
        denied = TryAgain("AWS refuses it (AccessDenied): allow it", after=timedelta(minutes=5), kind="denied")
        api.world.callbacks.results = [denied]
        approval_id = api.submitted(reviewers=["dan@example.com"])
        api.world.deliver_all()
        answered = api.decide(approval_id, reviewer="dan@example.com").json
        callback = {
            "lane": "callback", "what": "callback", "topic": None, "channel": None, "to": None, "attempts": 1,
            "reasonClass": "denied", "reason": "AWS refuses it (AccessDenied): allow it",
            "since": "2026-03-02T09:30:00Z", "nextAttempt": "2026-03-02T09:35:00Z",
        }  # fmt: skip
        for shown in (answered, api.get(f"/v1/approvals/{approval_id}"), api.get("/v1/approvals")["items"][0]):
            assert shown["callback"] == {"state": "waiting", "detail": denied.reason}
            assert shown["failing"] == {"count": 1, "items": [callback]}
        api.world.clock.forward(minutes=5)
        api.world.deliver_all()
        assert "failing" not in api.get(f"/v1/approvals/{approval_id}")

    def test_mails_that_fail_are_shown_by_reviewer_and_a_list_shows_the_oldest(self, api: Api) -> None:
        api.world.mail.results = [TryAgain("mail.example.com:25 cannot be reached", kind="unreachable")] * 2
        approval_id = api.submitted(reviewers=["dan@example.com", "eve@example.com"])
        api.world.deliver_all()
        one, all_ = api.get(f"/v1/approvals/{approval_id}")["failing"], api.get("/v1/approvals")["items"][0]["failing"]
        assert [(item["to"], item["topic"], item["channel"]) for item in one["items"]] == [
            ("dan@example.com", "asked", "mail"),
            ("eve@example.com", "asked", "mail"),
        ]
        assert (one["count"], all_["count"], len(all_["items"])) == (2, 2, 1)


class TestListing:
    def test_each_filter_finds_its_own(self, api: Api) -> None:
        mine = {
            "policy": {"reviewers": None, "policy": "finance"},
            "execution": {"execution": {"id": EXECUTION_ARN}},
            "tag": {"tags": {"team": "pay:ments"}},
            "reviewer": {"reviewers": ["cleo@example.com"]},
        }
        ids = {name: api.submitted(taskToken=name, **changes) for name, changes in mine.items()}
        ids["status"] = api.submitted(taskToken="status")
        api.cancel(ids["status"])
        wanted = {
            "policy": "finance", "execution": EXECUTION_ARN, "tag": "team:pay:ments", "reviewer": "CLEO@example.com",
            "status": "cancelled",
        }  # fmt: skip
        for name, value in wanted.items():
            response = api.call("GET", "/v1/approvals", scope="read", query_string={name: value})
            assert [item["id"] for item in response.json["items"]] == [ids[name]], name

    def test_the_time_of_creation_is_a_range_without_its_end(self, api: Api) -> None:
        for n in range(3):
            api.submitted(taskToken=f"token {n}", title=f"No {n}")
            api.world.clock.forward(hours=1)
        day = "2026-03-02T"
        query = f"createdFrom={day}09:30:00Z&createdTo={day}12:30:00%2B01:00"
        assert [a["title"] for a in api.get(f"/v1/approvals?{query}")["items"]] == ["No 1", "No 0"]

    def test_the_cursor_covers_all_exactly_once_while_new_ones_arrive(self, api: Api) -> None:
        there = [api.submitted(taskToken=f"token {n}") for n in range(23)]
        seen: list[str] = []
        page = api.get("/v1/approvals?limit=5")
        while True:
            seen += [item["id"] for item in page["items"]]
            api.submitted(taskToken=f"while reading {len(seen)}")
            if page["next"] is None:
                break
            page = api.get(f"/v1/approvals?limit=5&cursor={page['next']}")
        assert seen == there[::-1]

    @pytest.mark.parametrize(("count", "more"), [(4, False), (5, False), (6, True)])
    def test_there_is_a_next_page_only_where_something_is_on_it(self, api: Api, count: int, more: bool) -> None:
        for n in range(count):
            api.submitted(taskToken=f"token {n}")
        page = api.get("/v1/approvals?limit=5")
        assert (len(page["items"]), page["next"] is not None) == (min(count, 5), more)

    def test_without_a_limit_a_page_has_fifty(self, api: Api) -> None:
        for n in range(51):
            api.submitted(taskToken=f"token {n}")
        assert len(api.get("/v1/approvals")["items"]) == 50
        assert len(api.get("/v1/approvals?limit=200")["items"]) == 51

    @pytest.mark.parametrize(
        ("query", "path"),
        [
            ("status=open", "status"), ("limit=0", "limit"), ("limit=201", "limit"), ("limit=ten", "limit"),
            ("limit=", "limit"), ("limit=1e2", "limit"), ("limit=" + "9" * 5000, "limit"), ("limit=-1", "limit"),
            ("limit=٣", "limit"), ("limit=1&limit=2", "limit"), ("cursor=", "cursor"), ("cursor=%00", "cursor"),
            ("tag=team", "tag"), ("tag=:x", "tag"), ("reviewer=", "reviewer"), ("policy=a%00b", "policy"),
            ("createdFrom=yesterday", "createdFrom"), ("createdFrom=2026-03-02T09:30:00", "createdFrom"),
            ("createdTo=0001-01-01T00:00:00%2B14:00", "createdTo"), ("sort=title", "sort"),
            ("createdFrom=9999-12-31T23:59:59-01:00", "createdFrom"),
        ],
    )  # fmt: skip
    def test_a_malformed_parameter_is_reported_by_its_name(self, api: Api, query: str, path: str) -> None:
        assert paths(api.call("GET", f"/v1/approvals?{query}", scope="read")) == [path]
