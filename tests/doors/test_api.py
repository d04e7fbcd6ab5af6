"""The HTTP API by its behaviour: who may, what is refused and where, pages that miss nothing, and no token anywhere."""

import json
import re
from collections.abc import Generator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from approvals.domain.directory import Directory, Person
from approvals.domain.errors import Stale
from approvals.domain.messages import GivenUp
from approvals.domain.policy import Group, Policy, Stage
from approvals.entrypoints.api_operation import Operation
from approvals.entrypoints.api_operations import OPERATIONS
from tests.builders import EXECUTION_ARN
from tests.doors.api_client import KEYS, LEAST, TOKEN, Api, paths
from tests.fakes import World

ANA = Person(id="ana", name="Ana", email="Ana@Example.com", slack="U024BE7LH")
NOBODY = Person(id="nobody", name="Nobody")
FINANCE = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben@example.com"), need=2),)),))
GUARDED = [operation for operation in OPERATIONS if operation.scope]


@pytest.fixture
def api(sqlite_url: str) -> Generator[Api]:
    directory = Directory(people={"ana": ANA, "nobody": NOBODY}, policies={"finance": FINANCE})
    world = World(sqlite_url, directory=directory)
    yield Api(world)
    world.close()


def called(api: Api, operation: Operation, *, scope: str | None, approval_id: str = "id-0001") -> TestResponse:
    body = {"json": operation.example} if operation.body else {}
    return api.call(operation.method, operation.path.format(approvalId=approval_id, inquiry=0), scope=scope, **body)


def by_id(operation: Operation) -> str:
    return operation.id


class TestWhoMay:
    @pytest.mark.parametrize("operation", GUARDED, ids=by_id)
    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer apk_unknown", "Basic YTpi", "é"])
    def test_nobody_without_a_key(self, api: Api, operation: Operation, authorization: str | None) -> None:
        path = operation.path.format(approvalId=api.submitted(), inquiry=0)
        headers = {} if authorization is None else {"Authorization": authorization}
        response = api.client.open(path, method=operation.method, headers=headers)
        assert response.status_code == 401
        assert response.json["type"] == "urn:approvals:problem:unauthenticated"
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="approvals"'

    @pytest.mark.parametrize("operation", GUARDED, ids=by_id)
    @pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
    def test_a_key_may_what_its_scope_says(self, api: Api, operation: Operation, key: Any) -> None:
        response = called(api, operation, scope=key.name, approval_id=api.submitted())
        if key.name in (operation.scope, "admin"):
            assert response.status_code in (200, 201, 422)  # nobody has asked a question yet
        else:
            assert response.status_code == 403
            assert response.json["type"] == "urn:approvals:problem:forbidden"

    @pytest.mark.parametrize("operation", [o for o in OPERATIONS if not o.scope], ids=by_id)
    def test_everybody_may_look_at_the_gateway_itself(self, api: Api, operation: Operation) -> None:
        assert called(api, operation, scope=None).status_code == 200

    def test_a_refused_call_changes_nothing(self, api: Api) -> None:
        approval_id = api.submitted()
        before = api.get(f"/v1/approvals/{approval_id}/notes")
        for operation in GUARDED:
            called(api, operation, scope=None, approval_id=approval_id)
            api.cancel(approval_id, scope="read")
            api.decide(approval_id, scope="submit")
        assert api.get(f"/v1/approvals/{approval_id}/notes") == before

    def test_each_view_says_how_it_is_guarded(self, api: Api) -> None:
        views = {name: view for name, view in api.app.view_functions.items() if name.startswith("api.")}
        said = {name: vars(view).get("authentication") for name, view in views.items()}
        scopes = {f"api.{o.id}": f"key:{o.scope}" if o.scope else "none" for o in OPERATIONS}
        assert said == {name: scopes[name] for name in views}
        assert len(views) == 19


class TestSubmitting:
    def test_a_new_approval_says_where_it_is(self, api: Api) -> None:
        response = api.submit(details={"Order": "1234", "Amount": 420.5}, requester="rhea@example.com")
        assert response.status_code == 201
        assert response.json == api.get(response.headers["Location"])
        shown = response.json
        assert (shown["status"], shown["title"]) == ("pending", "Refund order 1234")
        assert shown["details"] == {"Order": "1234", "Amount": 420.5}
        assert shown["caller"] == "key:submit"
        assert shown["callback"] == {"state": "none", "detail": ""}
        assert shown["progress"] == [{"label": "ana@example.com and ben@example.com", "have": 0, "need": 1}]
        assert [(r["id"], r["name"], r["mayAnswer"]) for r in shown["reviewers"]] == [
            ("ana", "Ana", True),
            ("ben@example.com", "ben@example.com", True),
        ]

    def test_a_known_token_is_the_same_approval_and_nobody_is_asked_twice(self, api: Api) -> None:
        first, second = api.submit(), api.submit(title="Another title")
        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json == first.json
        assert "Location" not in second.headers
        api.world.deliver_all()
        assert len(api.world.mail.sent) == 2

    def test_the_context_object_may_say_where_it_comes_from(self, api: Api) -> None:
        approval_id = api.submitted(context={"Execution": {"Id": EXECUTION_ARN, "Input": {"card": "4111"}}})
        shown = api.get(f"/v1/approvals/{approval_id}")
        assert shown["execution"] == {"id": EXECUTION_ARN}
        assert "4111" not in json.dumps(shown)

    BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
        "no token": ({"taskToken": None}, ["taskToken"]),
        "an unknown field": ({"reviwers": []}, ["reviwers"]),
        "a title too long": ({"title": "x" * 201}, ["title"]),
        "a reviewer without address": ({"reviewers": ["ana", "nobody"]}, ["reviewers[1]"]),
        "a reviewer whom nobody knows": ({"reviewers": ["ana", "somebody"]}, ["reviewers[1]"]),
        "a policy that nobody can satisfy": ({"need": 3}, ["need"]),
        "only the requester reviews": (
            {"requester": "ben@example.com", "reviewers": ["ben@example.com"]},
            ["need"],
        ),
        "an inline policy that nobody can satisfy": (
            {"reviewers": None, "policy": {"stages": [{"groups": [{"from": ["ana"]}, {"from": ["ana"]}]}]}},
            ["policy.stages"],
        ),
        "a fault deep in a policy": (
            {"reviewers": None, "policy": {"stages": [{"groups": [{"from": ["ana"], "ned": 2}]}]}},
            ["policy.stages[0].groups[0].ned"],
        ),
        "an unknown policy": ({"reviewers": None, "policy": "legal"}, ["policy"]),
        "neither policy nor reviewers": ({"reviewers": None}, ["reviewers"]),
        "a deadline in the past": (
            {"timeoutSeconds": 60, "state": {"name": "Ask", "enteredTime": "2026-03-02T09:00:00Z"}},
            ["timeoutSeconds"],
        ),
        "no time to answer": ({"timeoutSeconds": 3}, ["timeoutSeconds"]),
        "several at once": (
            {"title": "", "reviewers": ["ana", 5], "links": [{"label": "x"}], "risk": "some"},
            ["links[0].url", "reviewers[1]", "risk", "title"],
        ),
        "several that only the rules find": (
            {"reviewers": ["nobody"], "links": [{"label": "x", "url": "javascript:alert(1)"}], "sensitive": ["y"]},
            ["links[0].url", "reviewers[0]", "sensitive"],
        ),
    }

    @pytest.mark.parametrize("case", BAD)
    def test_what_is_wrong_is_told_with_its_path(self, api: Api, case: str) -> None:
        changes, expected = self.BAD[case]
        assert sorted(paths(api.submit(**changes))) == expected
        assert api.get("/v1/approvals")["items"] == []

    @pytest.mark.parametrize("raw", [b"", b"not JSON", b'{"taskToken": "AQ', b"\xff", b"[]", b"null", b'"AQCE"'])
    def test_what_is_no_json_object_is_told_for_the_whole(self, api: Api, raw: bytes) -> None:
        response = api.call("POST", "/v1/approvals", scope="submit", data=raw, content_type="application/json")
        assert paths(response) == [""]

    @pytest.mark.parametrize(
        "media", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"]
    )
    def test_only_json_is_read(self, api: Api, media: str | None) -> None:
        body = json.dumps(LEAST)
        response = api.call("POST", "/v1/approvals", scope="submit", data=body, content_type=media)
        assert response.status_code == 415
        assert response.json["type"] == "urn:approvals:problem:http-415"

    def test_json_may_name_its_encoding(self, api: Api) -> None:
        media = "application/json; charset=utf-8"
        response = api.call("POST", "/v1/approvals", scope="submit", data=json.dumps(LEAST), content_type=media)
        assert response.status_code == 201

    @pytest.mark.parametrize(("size", "status"), [(256 * 1024, 422), (256 * 1024 + 1, 413)])
    def test_a_body_may_have_256_kib(self, api: Api, size: int, status: int) -> None:
        body = json.dumps({**LEAST, "padding": ""})
        body = body.replace('"padding": "', '"padding": "' + "x" * (size - len(body)))
        response = api.call("POST", "/v1/approvals", scope="submit", data=body, content_type="application/json")
        assert (response.status_code, response.content_type) == (status, "application/problem+json")

    def test_a_fault_does_not_repeat_the_token(self, api: Api) -> None:
        assert TOKEN not in api.submit(title=5, surplus=TOKEN).text


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
        assert [(note["event"], note["actor"]) for note in notes[:2]] == [("opened", "key:submit"), ("decided", "ana")]
        assert notes[1]["facts"] == {"option": "approve", "via": "api", "caller": "key:decide"}
        assert notes[0]["at"] == "2026-03-02T09:30:00Z"


class TestDeciding:
    @pytest.mark.parametrize("reference", ["ana", "ANA", "ana@example.com", "ANA@EXAMPLE.COM", "slack:u024be7lh"])
    def test_a_reviewer_is_found_by_id_or_address_however_written(self, api: Api, reference: str) -> None:
        decided = api.decide(api.submitted(), reviewer=reference, comment="fine").json
        assert decided["status"] == "approved"
        [decision] = decided["decisions"]
        assert (decision["reviewer"], decision["name"], decision["option"]) == ("ana", "Ana", "approve")
        assert (decision["via"], decision["assurance"], decision["comment"]) == ("api", "link", "fine")
        assert decision["contentSha256"] == decided["contentSha256"]
        assert decided["callback"]["state"] == "delivered"
        assert [r["mayAnswer"] for r in decided["reviewers"]] == [False, False]

    def test_one_of_two_is_not_enough(self, api: Api) -> None:
        approval_id = api.submitted(reviewers=None, policy="finance")
        first = api.decide(approval_id).json
        assert (first["status"], first["progress"][0]["have"], first["outcome"]) == ("pending", 1, None)
        second = api.decide(approval_id, reviewer="ben@example.com").json
        assert (second["status"], second["outcome"]["outcome"]) == ("approved", "approved")
        assert second["policy"]["name"] == "finance"

    def test_the_same_answer_again_changes_nothing(self, api: Api) -> None:
        approval_id = api.submitted(need=2)
        first, second = api.decide(approval_id), api.decide(approval_id)
        assert (second.status_code, second.json) == (200, first.json)

    def test_what_became_of_the_callback_is_told(self, api: Api) -> None:
        api.world.callbacks.results.append(GivenUp("the task timed out", closed=True))
        assert api.decide(api.submitted()).json["callback"]["state"] == "tooLate"

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"reviewer": "mallory@example.com"}, "reviewer"),
            ({"reviewer": ""}, "reviewer"),
            ({"reviewer": "slack:None"}, "reviewer"),
            ({"reviewer": None}, "reviewer"),
            ({"option": "maybe"}, "option"),
            ({"option": 5}, "option"),
            ({"comment": "x" * 4001}, "comment"),
            ({"form": []}, "form"),
            ({"via": "link"}, "via"),
        ],
    )
    def test_what_is_wrong_with_an_answer_is_told(self, api: Api, body: dict[str, Any], path: str) -> None:
        assert paths(api.decide(api.submitted(), **body)) == [path]

    def test_a_form_and_a_confirmation_are_asked_for(self, api: Api) -> None:
        form = {"properties": {"amount": {"type": "integer", "maximum": 420}}, "required": ["amount"]}
        approval_id = api.submitted(form=form, risk="high")
        assert paths(api.decide(approval_id)) == ["confirmation", "form.amount"]
        decided = api.decide(approval_id, form={"amount": 400}, confirmation="approve").json
        assert (decided["status"], decided["decisions"][0]["form"]) == ("approved", {"amount": 400})

    def test_who_may_not_answer_is_refused(self, api: Api) -> None:
        stages = [{"groups": [{"from": ["ana"]}]}, {"groups": [{"from": ["ben@example.com"]}]}]
        approval_id = api.submitted(reviewers=None, policy={"stages": stages})
        response = api.decide(approval_id, reviewer="ben@example.com")
        assert (response.status_code, response.json["type"]) == (403, "urn:approvals:problem:refused")

    def test_a_settled_approval_takes_no_answer(self, api: Api) -> None:
        approval_id = api.submitted()
        api.decide(approval_id)
        response = api.decide(approval_id, reviewer="ben@example.com", option="reject")
        assert response.status_code == 409
        assert response.json["type"] == "urn:approvals:problem:already-settled"
        assert (response.json["approvalId"], response.json["approvalStatus"]) == (approval_id, "approved")

    def test_after_the_deadline_no_answer_counts(self, api: Api) -> None:
        approval_id = api.submitted()
        api.world.clock.forward(days=7)
        assert api.decide(approval_id).status_code == 409

    def test_too_many_at_the_same_moment_may_try_again(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        approval_id = api.submitted()

        def in_the_way(*_: Any, **__: Any) -> None:
            raise Stale("others")

        monkeypatch.setattr("approvals.flows.decide._once", in_the_way)
        response = api.decide(approval_id)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


class TestCancelling:
    def test_the_workflow_is_told_why(self, api: Api) -> None:
        cancelled = api.cancel(api.submitted(), reason="The order was withdrawn.").json
        assert (cancelled["status"], cancelled["outcome"]["reason"]) == ("cancelled", "The order was withdrawn.")
        [callback] = api.world.callbacks.sent
        assert callback.error == "Approval.Cancelled"
        assert api.get(f"/v1/approvals/{cancelled['id']}/notes")["items"][1]["actor"] == "key:admin"

    @pytest.mark.parametrize("reason", [None, "", "x" * 501, 5])
    def test_a_reason_is_needed(self, api: Api, reason: Any) -> None:
        assert paths(api.cancel(api.submitted(), reason=reason)) == ["reason"]

    def test_what_is_settled_cannot_be_cancelled(self, api: Api) -> None:
        approval_id = api.submitted()
        api.cancel(approval_id)
        assert api.cancel(approval_id).status_code == 409


class TestRedelivering:
    def test_a_callback_that_failed_is_tried_again(self, api: Api) -> None:
        api.world.callbacks.results = [GivenUp("the token is of another account")]
        approval_id = api.submitted()
        assert api.cancel(approval_id).json["callback"]["state"] == "failed"
        again = api.call("POST", f"/v1/approvals/{approval_id}/redeliver", scope="admin")
        assert (again.status_code, again.json["callback"]["state"]) == (200, "waiting")
        api.world.deliver_all()
        assert api.get(f"/v1/approvals/{approval_id}")["callback"]["state"] == "delivered"
        assert api.get(f"/v1/approvals/{approval_id}/notes")["items"][3]["actor"] == "key:admin"

    def test_what_was_delivered_stays_so(self, api: Api) -> None:
        approval_id = api.submitted()
        api.cancel(approval_id)
        again = api.call("POST", f"/v1/approvals/{approval_id}/redeliver", scope="admin")
        assert (again.status_code, again.json["callback"]["state"]) == (200, "delivered")


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
    def test_a_malformed_parameter_is_told_by_its_name(self, api: Api, query: str, path: str) -> None:
        assert paths(api.call("GET", f"/v1/approvals?{query}", scope="read")) == [path]


class TestExplaining:
    def test_no_token_and_no_title_are_needed(self, api: Api) -> None:
        said = api.explain(reviewers=["ana", "ben@example.com"], need="all").json
        assert said["text"][:2] == [
            "Ana and ben@example.com are asked at once, by mail.",
            "Both of them have to approve.",
        ]
        assert said["reviewers"][0] == {"id": "ana", "name": "Ana", "by": "mail", "when": "at once", "insteadOf": []}
        assert said["needed"] == [
            {"step": 1, "group": "ana and ben@example.com", "have": 0, "need": 2, "of": ["Ana", "ben@example.com"]}
        ]
        assert (said["status"], said["timezone"], said["now"]) == ("pending", "UTC", "2026-03-02T09:30:00Z")
        assert said["deadline"] == "2026-03-09T09:30:00Z"
        assert said["timeline"][0] == {
            "kind": "asked", "step": 1, "at": "2026-03-02T09:30:00Z", "after": None,
            "what": "Ana and ben@example.com are asked.",
        }  # fmt: skip

    def test_moments_are_said_in_the_time_zone_of_the_reader(self, api: Api) -> None:
        said = api.explain(reviewers=["ana"], timezone="Asia/Tokyo").json
        assert any("Monday, 9 March 2026, 18:30 (Asia/Tokyo)" in sentence for sentence in said["text"])
        assert paths(api.explain(reviewers=["ana"], timezone="Asia/Tokio")) == ["timezone"]

    def test_an_approval_is_explained_as_it_stands(self, api: Api) -> None:
        approval_id = api.submitted(reviewers=["ana@example.com", "ben@example.com"], need="all")
        api.decide(approval_id, option="approve", reviewer="ana@example.com")
        said = api.get(f"/v1/approvals/{approval_id}/explanation?timezone=Asia/Tokyo")
        assert "Still needed: ben@example.com." in said["text"]
        assert said["timezone"] == "Asia/Tokyo"
        assert [moment["kind"] for moment in said["timeline"]] == ["asked", "answered", "ended"]
        api.decide(approval_id, option="approve", reviewer="ben@example.com")
        said = api.get(f"/v1/approvals/{approval_id}/explanation")
        assert said["text"][0] == "Approved by Ana and ben@example.com."
        assert (said["status"], said["needed"]) == ("approved", [])

    def test_how_it_is_told_is_asked_for_once_and_rightly(self, api: Api) -> None:
        path = f"/v1/approvals/{api.submitted()}/explanation"
        for query, wrong in (
            ("timezone=Mars", "timezone"),
            ("timezone=UTC&timezone=UTC", "timezone"),
            ("zone=UTC", "zone"),
        ):
            assert paths(api.call("GET", f"{path}?{query}", scope="read")) == [wrong]
        assert api.call("GET", "/v1/approvals/none/explanation", scope="read").status_code == 404

    def test_a_named_policy_is_explained(self, api: Api) -> None:
        assert "Both of them have to approve." in api.explain(policy="finance").json["text"]

    def test_it_refuses_what_submitting_refuses(self, api: Api) -> None:
        assert paths(api.explain(reviewers=["ana"], need=2)) == ["need"]
        assert paths(api.explain(reviewers=["ana"], ned=2)) == ["ned"]

    def test_nothing_is_kept_and_nobody_asked(self, api: Api) -> None:
        api.explain(**LEAST)
        api.world.deliver_all()
        assert (api.get("/v1/approvals")["items"], api.world.mail.sent) == ([], [])


def test_the_task_token_is_in_no_answer(api: Api) -> None:
    """Neither itself, nor a piece of it, nor its hash, nor as it lies in the database."""
    approval_id = api.submitted(title="About " + TOKEN[:4])
    answers = [api.submit(), api.explain(**LEAST), api.decide(approval_id, option="reject")]
    answers += [called(api, o, scope="admin", approval_id=approval_id) for o in OPERATIONS if o.id != "submitApproval"]
    said = " ".join(answer.text for answer in answers)
    secrets = api.world.database.engine.connect().exec_driver_sql("SELECT token_sha256, sealed_token FROM approvals")
    [(digest, sealed)] = secrets.fetchall()
    secrets.connection.close()
    assert re.findall("|".join([TOKEN[-12:], digest, bytes(sealed).hex()]), said) == []
    assert "sealed" not in said.replace("unsealed", "")


def test_the_headers_of_security_are_on_every_answer(api: Api) -> None:
    for operation in OPERATIONS:
        for scope in (None, "admin"):
            headers = called(api, operation, scope=scope).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_another_method_is_not_allowed(api: Api) -> None:
    response = api.call("DELETE", "/v1/approvals", scope="admin")
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))
