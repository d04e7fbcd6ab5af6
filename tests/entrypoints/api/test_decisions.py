"""Deciding, cancelling and redelivering through the API: the reviewer, invalid answers, and late answers."""

from typing import Any

import pytest

from approvals.domain.directory.people import Directory
from approvals.domain.model.messages.results import GivenUp
from tests.entrypoints.api.api_client import FINANCE, Api, paths
from tests.entrypoints.refusing import contended


@pytest.fixture
def directory() -> Directory:
    return FINANCE


class TestDeciding:
    @pytest.mark.parametrize("reference", ["ana", "ANA", "ana@example.com", "ANA@EXAMPLE.COM", "slack:u024be7lh"])
    def test_a_reviewer_is_found_by_id_or_address_however_written(self, api: Api, reference: str) -> None:
        decided = api.decide(api.submitted(), reviewer=reference, comment="fine").json
        assert decided["status"] == "approved"
        [decision] = decided["decisions"]
        assert (decision["reviewer"], decision["name"], decision["option"]) == ("ana", "Ana", "approve")
        assert (decision["via"], decision["assurance"], decision["comment"]) == ("api", "operator", "fine")
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

    def test_too_many_at_the_same_moment_may_try_again(self, api: Api) -> None:
        busy = Api(api.world, gateway=contended(api.world))
        response = busy.decide(api.submitted())
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


class TestCancelling:
    def test_the_workflow_gets_the_reason(self, api: Api) -> None:
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
