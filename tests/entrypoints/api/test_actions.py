"""Actions through the API: on whose behalf, with which key, which are refused, and their responses."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from approvals.domain.directory.people import Directory, Person
from tests.entrypoints.api.api_client import Api, paths

PEOPLE = {name: Person(id=name, name=name.title(), email=f"{name}@example.com") for name in ("ana", "ben", "cleo")}


@pytest.fixture
def directory() -> Directory:
    return Directory(people=PEOPLE)


def post(api: Api, approval_id: str, verb: str, *, scope: str = "decide", **body: Any) -> TestResponse:
    return api.call("POST", f"/v1/approvals/{approval_id}/{verb}", scope=scope, json=body)


def reminded_now(api: Api, approval_id: str, *, scope: str = "submit") -> TestResponse:
    return api.call("POST", f"/v1/approvals/{approval_id}/nudge", scope=scope)


def notes(api: Api, approval_id: str) -> list[dict[str, Any]]:
    return list(api.get(f"/v1/approvals/{approval_id}/notes")["items"])


class TestOnBehalfOfReviewers:
    def test_a_claim_is_shown_until_it_is_given_up_and_the_note_names_the_key(self, api: Api) -> None:
        approval_id = api.submitted()
        shown = post(api, approval_id, "claim", reviewer="ANA@example.com").json
        assert (shown["claim"]["reviewer"], shown["claim"]["name"]) == ("ana", "Ana")
        assert shown["claim"]["at"] == "2026-03-02T09:30:00Z"
        assert notes(api, approval_id)[-1]["facts"] == {"for": "ana", "via": "api", "caller": "key:decide"}
        assert notes(api, approval_id)[-1]["actor"] == "key:decide"
        assert post(api, approval_id, "release", reviewer="ben").json["claim"] is not None
        assert post(api, approval_id, "release", reviewer="ana").json["claim"] is None

    def test_extending_by_moment_and_by_duration_up_to_what_the_state_waits(self, api: Api) -> None:
        approval_id = api.submitted(policy={"stages": [{"groups": [{"from": ["ana"]}]}], "timeout": "30m"},
                                    reviewers=None, timeoutSeconds=7200)  # fmt: skip
        before = api.get(f"/v1/approvals/{approval_id}")
        assert (before["deadline"], before["latestEnd"]) == ("2026-03-02T10:00:00Z", "2026-03-02T11:25:00Z")
        by = post(api, approval_id, "extend", by="30m")
        assert (by.json["deadline"], by.json["endsAt"]) == ("2026-03-02T10:30:00Z",) * 2
        until = "2026-03-02T12:00:00+01:00"
        for _ in range(2):
            assert post(api, approval_id, "extend", until=until).json["deadline"] == "2026-03-02T11:00:00Z"
        assert [note["event"] for note in notes(api, approval_id)].count("extended") == 2

    @pytest.mark.parametrize(
        "body",
        [{}, {"by": "1h", "until": "2026-03-02T10:00:00Z"}, {"by": "8d"}, {"until": "2026-03-02T09:00:00Z"},
         {"until": "9999-12-31T23:59:59-14:00"}, {"until": "2026-03-02T11:00:00"}, {"by": "soon"}, {"by": "-1h"}],
    )  # fmt: skip
    def test_what_is_no_later_deadline_is_refused(self, api: Api, body: dict[str, str]) -> None:
        response = post(api, api.submitted(timeoutSeconds=7200), "extend", **body)
        assert paths(response)[0] in ("until", "by")

    def test_a_place_goes_to_somebody_else_and_it_is_shown_for_whom_they_answer(self, api: Api) -> None:
        approval_id = api.submitted()
        shown = post(api, approval_id, "reassign", reviewer="ana", to="cleo@example.com").json
        assert [(r["id"], r["mayAnswer"], r["insteadOf"]) for r in shown["reviewers"]] == [
            ("ana", False, []), ("ben", True, []), ("cleo", True, ["ana"]),
        ]  # fmt: skip
        note = notes(api, approval_id)[-1]
        assert (note["actor"], note["facts"]["for"]) == ("key:decide", "ana")

    def test_only_an_admin_gives_it_to_a_stranger_and_nobody_to_the_requester(self, api: Api) -> None:
        approval_id = api.submitted(requester="rhea@example.com")
        stranger = {"reviewer": "ana", "to": "zoe@example.net"}
        assert paths(post(api, approval_id, "reassign", **stranger)) == ["to"]
        for scope in ("decide", "admin"):
            requester = {"reviewer": "ana", "to": "Rhea@example.com"}
            assert paths(post(api, approval_id, "reassign", scope=scope, **requester)) == ["to"]
        assert post(api, approval_id, "reassign", scope="admin", **stranger).status_code == 200
        assert notes(api, approval_id)[-1]["actor"] == "key:admin"

    def test_questions_and_replies_are_shown(self, api: Api) -> None:
        approval_id = api.submitted(requester="rhea@example.com")
        post(api, approval_id, "inquiries", reviewer="ana", text="Which? <b>this</b>")
        assert post(api, approval_id, "inquiries/0/reply", scope="submit", text="That").status_code == 200
        [inquiry] = api.get(f"/v1/approvals/{approval_id}")["inquiries"]
        assert inquiry == {
            "number": 0, "reviewer": "ana", "name": "Ana", "text": "Which? <b>this</b>", "at": "2026-03-02T09:30:00Z",
            "by": "key:decide", "reply": "That", "repliedBy": "key:submit", "repliedAt": "2026-03-02T09:30:00Z",
        }  # fmt: skip

    @pytest.mark.parametrize("number", ["1", "99999", "-1", "x", "0x", "９", "%00", "0" * 5000])
    def test_a_reply_to_a_question_that_was_not_asked_is_refused(self, api: Api, number: str) -> None:
        approval_id = api.submitted()
        post(api, approval_id, "inquiries", reviewer="ana", text="?")
        assert paths(post(api, approval_id, f"inquiries/{number}/reply", scope="submit", text="!")) == ["inquiry"]

    @pytest.mark.parametrize("verb", ["claim", "release", "inquiries", "reassign"])
    def test_nothing_is_done_on_behalf_of_somebody_who_is_not_asked(self, api: Api, verb: str) -> None:
        more = {"inquiries": {"text": "?"}, "reassign": {"to": "cleo"}}.get(verb, {})
        assert paths(post(api, api.submitted(), verb, reviewer="cleo", **more)) == ["reviewer"]


class TestTheRequester:
    def test_reminding_is_refused_when_it_was_done_just_now(self, api: Api) -> None:
        approval_id = api.submitted()
        assert reminded_now(api, approval_id).status_code == 200
        again = reminded_now(api, approval_id, scope="admin")
        assert again.status_code == 403
        assert again.json["detail"] == "They have just been reminded. Try again after Mon 2 Mar 2026, 10:30 UTC."

    def test_withdrawing_fails_the_task_with_the_reason(self, api: Api) -> None:
        approval_id = api.submitted()
        shown = post(api, approval_id, "withdraw", scope="submit", reason="no longer needed").json
        assert (shown["status"], shown["callback"]["state"]) == ("cancelled", "delivered")
        assert shown["outcome"]["reason"] == "withdrawn by key:submit (no longer needed)"
        assert post(api, approval_id, "withdraw", scope="submit").status_code == 409

    def test_a_key_does_so_only_for_what_it_has_submitted(self, api: Api) -> None:
        approval_id = api.submit(scope="admin").json["id"]
        calls = [
            reminded_now(api, approval_id),
            post(api, approval_id, "withdraw", scope="submit"),
            post(api, approval_id, "inquiries/0/reply", scope="submit", text="!"),
        ]
        assert [call.json["type"] for call in calls] == ["urn:approvals:problem:forbidden"] * 3
        assert len(notes(api, approval_id)) == 1
        assert reminded_now(api, approval_id, scope="admin").status_code == 200


VERBS: dict[str, dict[str, Any]] = {
    "claim": {"reviewer": "ana"}, "release": {"reviewer": "ana"}, "extend": {"by": "1h"},
    "reassign": {"reviewer": "ana", "to": "cleo"}, "inquiries": {"reviewer": "ana", "text": "?"},
    "inquiries/0/reply": {"text": "!"}, "withdraw": {"reason": "x"},
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
class TestEach:
    def test_what_is_not_there_is_not_found(self, api: Api, verb: str) -> None:
        assert post(api, "nothing", verb, scope="admin", **VERBS[verb]).status_code == 404

    def test_what_is_settled_is_left_alone(self, api: Api, verb: str) -> None:
        approval_id = api.submitted()
        api.decide(approval_id)
        before = notes(api, approval_id)
        assert post(api, approval_id, verb, scope="admin", **VERBS[verb]).status_code == 409
        assert notes(api, approval_id) == before

    @pytest.mark.parametrize("value", ["a\0b", "x" * 100_000, "", 1, None, ["x"], {"a": 1}])
    def test_what_cannot_be_taken_is_refused_and_changes_nothing(self, api: Api, verb: str, value: Any) -> None:
        """Nothing but NUL and emptiness are ever a word too many for a reason."""
        approval_id = api.submitted()
        for name in VERBS[verb]:
            response = post(api, approval_id, verb, scope="admin", **{**VERBS[verb], name: value})
            if not (name == "reason" and value == ""):
                assert response.status_code == 422, (name, response.text)
        assert api.get(f"/v1/approvals/{approval_id}")["status"] == (
            "cancelled" if (verb, value) == ("withdraw", "") else "pending"
        )
