"""Buttons in Slack: one press is one answer, and a person who may not answer gets the reason privately."""

import threading
from typing import Any

import pytest

from approvals.demo.fake_slack.faults import Fails, ServerError, drop_before
from approvals.demo.fake_slack.state.workspace import SlackMessage
from approvals.demo.fake_slack.transport.signed_requests import AppResponse
from approvals.domain.model.errors import Stale
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.results import Sent, TryAgain
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.presentation.messages.slack import GONE, LOOKING, LOOKING_ALREADY, NO_FORM
from tests.entrypoints.refusing import refusing
from tests.entrypoints.slack.slack_door import ANA, BEN, Door
from tests.fakes import PUBLIC_URL
from tests.support.slack.workspace import CastSlack

NOT_ASKED = "You are not among the reviewers of this approval."
AGAIN = "Something else was recorded at the same moment, so this was not. Please check and try again."
NOT_OFFERED = "This answer is no longer offered. Open the page to see which answers are."

IN_TURN = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)), Stage(groups=(Group(from_=(BEN,)),))))
IN_OPS = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN)),), notify=("slack:C0OPS",)),))
SIGNED_IN = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),), notify=("slack:C0OPS",)),), assurance="signin")


def press(door: Door, user: str, action: str = "answer:approve", *, message: SlackMessage | None = None) -> AppResponse:
    """By default in the direct message. Slack gets its answer, an empty one, whatever comes of it."""
    answer = door.actor(user).press(message or door.dm(user), action)
    assert (answer.status, answer.body) == (200, b"")
    return answer


def press_made_up(
    door: Door, user: str, action: str, value: str, *, message: SlackMessage | None = None
) -> AppResponse:
    """From a screen that shows what the message does not, or not any more."""
    button = {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": "x"}}
    blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
    shown = message or door.dm(user)
    return door.send(door.actor(user).press_request(shown, action, blocks=blocks))


def in_ops(door: Door) -> SlackMessage:
    return door.slack.team.messages_in("C0OPS")[0]


def links_in(message: SlackMessage) -> list[str]:
    return [e["url"] for block in message.blocks for e in block.get("elements", []) if isinstance(e.get("url"), str)]


class TestOneAnswer:
    def test_a_press_is_an_answer(self, either: Door) -> None:
        door, approval_id = either, either.asked()
        press(door, "U0ANA")
        after = door.state(approval_id)
        assert after.status == "approved"
        [decision] = after.decisions
        assert (decision.reviewer, decision.option) == (0, "approve")
        assert (decision.via, decision.assurance) == ("slack", "slack")
        assert door.told("U0ANA").startswith("Your answer “Approve” is recorded. Approved by")
        [noted] = [note for note in door.gateway.audit(approval_id) if note.event == "decided"]
        assert noted.facts["member"] == "T0ACME/U0ANA"

    def test_pressing_twice_is_one_answer(self, door: Door) -> None:
        approval_id = door.asked(need=2)
        press(door, "U0ANA")
        press(door, "U0ANA")
        assert len(door.state(approval_id).decisions) == 1
        assert door.told("U0ANA") == "Your answer “Approve” was recorded before. 1 of 2 needed answers so far."

    def test_pressing_twice_is_one_answer_also_where_the_first_has_settled_it(self, door: Door) -> None:
        approval_id, message = door.asked(), door.dm("U0ANA")
        press(door, "U0ANA", message=message)
        again = door.state(approval_id)
        press(door, "U0ANA", message=message)
        assert door.state(approval_id) == again
        assert door.told("U0ANA").startswith("Your answer “Approve” was recorded before. Approved by")

    def test_another_press_changes_the_answer_while_it_is_open(self, door: Door) -> None:
        approval_id = door.asked(need=2)
        press(door, "U0ANA")
        press(door, "U0ANA", "answer:reject")
        after = door.state(approval_id)
        assert [d.option for d in after.decisions] == ["approve", "reject"]
        assert after.status == "rejected"

    def test_many_at_the_same_moment_are_each_answered_and_counted_once(self, either: Door) -> None:
        door, approval_id = either, either.asked(need=2)
        posts = [door.actor(user).press_request(door.dm(user), "answer:approve") for user in ("U0ANA", "U0BEN") * 3]
        answers: list[AppResponse] = []
        threads = [threading.Thread(target=lambda post=post: answers.append(door.send(post))) for post in posts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [answer.status for answer in answers] == [200] * 6
        after = door.state(approval_id)
        assert (after.status, len(after.decisions)) == ("approved", 2)
        assert len(door.world.callbacks.sent) == 1

    def test_the_workflow_that_cannot_be_told_yet_does_not_make_the_answer_less(self, door: Door) -> None:
        door.world.callbacks.results = [TryAgain("Step Functions is slow")]
        approval_id = door.asked()
        press(door, "U0ANA")
        assert door.state(approval_id).status == "approved"
        assert "is being notified" in door.told("U0ANA")

    def test_a_workflow_that_takes_long_to_be_told_does_not_hold_up_slack(self, door: Door) -> None:
        told = threading.Event()

        def slow(*_: Any, **__: Any) -> Sent:
            told.wait(10)
            return Sent("request-1")

        door.world.callbacks.send = slow  # type: ignore[method-assign]
        door.asked()
        press(door, "U0ANA")
        assert "is being notified" in door.told("U0ANA")
        told.set()

    def test_a_link_that_was_opened_is_none_of_ours(self, door: Door) -> None:
        approval_id = door.asked()
        press(door, "U0ANA", "open")
        assert door.state(approval_id).decisions == ()


class TestWhoMayNot:
    """Each is told privately; nothing is recorded."""

    def test_a_person_who_is_not_asked_hears_it_alone(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        press(door, "U0MALLORY", message=in_ops(door))
        assert door.told("U0MALLORY") == NOT_ASKED
        assert door.state(approval_id).decisions == ()
        assert [m for m in door.slack.team.messages_in("C0OPS") if NOT_ASKED in m.text] == []

    def test_a_person_who_has_their_turn_later_is_told_to_wait(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_TURN)
        press_made_up(door, "U0BEN", "answer:approve", approval_id, message=door.dm("U0ANA"))
        assert "not your turn yet" in door.told("U0BEN")
        assert door.state(approval_id).decisions == ()

    def test_a_person_who_comes_after_it_was_settled_is_told_the_outcome(self, door: Door) -> None:
        approval_id, message = door.asked(), door.dm("U0BEN")
        press(door, "U0ANA", "answer:reject")
        before = door.state(approval_id)
        press(door, "U0BEN", message=message)
        assert door.state(approval_id) == before
        assert door.told("U0BEN").startswith("Too late: the approval was rejected on ")

    def test_a_person_who_comes_after_the_deadline_reads_that_time_was_up(self, door: Door) -> None:
        approval_id, message = door.asked(), door.dm("U0ANA")
        door.slack.clock.forward(days=8)
        press(door, "U0ANA", message=message)
        assert door.told("U0ANA").startswith("Too late: the deadline passed on ")
        assert door.state(approval_id).decisions == ()

    def test_a_person_who_presses_a_button_of_what_is_gone_reads_that_it_is_gone(self, door: Door) -> None:
        door.asked()
        assert press_made_up(door, "U0ANA", "answer:approve", "id-9999").status == 200
        assert door.told("U0ANA") == GONE

    def test_a_person_who_chooses_what_is_not_offered_gets_that_reason(self, door: Door) -> None:
        approval_id = door.asked()
        assert press_made_up(door, "U0ANA", "answer:later", approval_id).status == 200
        assert door.told("U0ANA") == NOT_OFFERED

    def test_whom_others_never_let_in_is_asked_to_press_again(self, slack: CastSlack, sqlite_url: str) -> None:
        door = Door(slack, sqlite_url, gateway=refusing(Stale("others")))
        door.asked()
        press(door, "U0ANA")
        assert door.told("U0ANA") == AGAIN
        door.close()

    def test_where_slack_is_not_proof_enough_they_get_their_own_page(self, door: Door) -> None:
        approval_id = door.asked(policy=SIGNED_IN)
        assert press_made_up(door, "U0ANA", "answer:approve", approval_id, message=in_ops(door)).status == 200
        assert "Answer on your own page." in door.told("U0ANA")
        [link] = links_in(door.slack.team.ephemerals("U0ANA")[-1])
        opened = door.gateway.ports.links.read(link.removeprefix(f"{PUBLIC_URL}/r/"), now=door.slack.clock())
        assert opened == (approval_id, ForReviewer(0))
        assert door.state(approval_id).decisions == ()


class TestThePage:
    def test_a_reviewer_gets_their_own_link_and_nobody_else_sees_it(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        press(door, "U0BEN", "page", message=in_ops(door))
        [link] = links_in(door.slack.team.ephemerals("U0BEN")[-1])
        opened = door.gateway.ports.links.read(link.removeprefix(f"{PUBLIC_URL}/r/"), now=door.slack.clock())
        assert opened == (approval_id, ForReviewer(1))
        assert PUBLIC_URL not in str(door.slack.team.messages_in("C0OPS"))

    def test_a_person_who_is_not_asked_gets_none(self, door: Door) -> None:
        door.asked(policy=IN_OPS)
        press(door, "U0MALLORY", "page", message=in_ops(door))
        assert door.told("U0MALLORY") == NOT_ASKED
        assert PUBLIC_URL not in str(door.slack.team.ephemerals("U0MALLORY"))

    def test_it_shows_the_outcome_when_it_is_settled(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        message = in_ops(door)
        press(door, "U0ANA", message=message)
        assert press_made_up(door, "U0BEN", "page", approval_id, message=message).status == 200
        assert len(links_in(door.slack.team.ephemerals("U0BEN")[-1])) == 1


class TestLookingAtIt:
    def test_a_reviewer_may_say_so_and_pressing_twice_changes_nothing(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        press(door, "U0BEN", "claim", message=in_ops(door))
        claimed = door.state(approval_id)
        assert claimed.actions.claim is not None
        assert claimed.actions.claim.reviewer == 1
        assert door.told("U0BEN") == LOOKING
        press(door, "U0BEN", "claim", message=in_ops(door))
        assert door.state(approval_id) == claimed
        assert door.told("U0BEN") == LOOKING_ALREADY

    def test_the_audit_trail_names_slack_and_the_member(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        press(door, "U0BEN", "claim", message=in_ops(door))
        [note] = [note for note in door.gateway.audit(approval_id) if note.event == "claimed"]
        assert (note.facts["via"], note.facts["member"]) == ("slack", f"{door.slack.team.id}/U0BEN")

    def test_it_hinders_nobody_else(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        press(door, "U0BEN", "claim", message=in_ops(door))
        press(door, "U0ANA", message=in_ops(door))
        assert door.state(approval_id).status == "approved"

    def test_a_person_who_is_not_asked_gets_that_reason(self, door: Door) -> None:
        approval_id = door.asked(policy=IN_OPS)
        press(door, "U0MALLORY", "claim", message=in_ops(door))
        assert door.told("U0MALLORY") == NOT_ASKED
        assert door.state(approval_id).actions.claim is None


class TestWhenSlackIsAway:
    def test_what_cannot_be_said_at_the_response_url_is_written_in_the_channel(self, door: Door) -> None:
        door.asked(policy=IN_OPS)
        post = door.actor("U0MALLORY").press_request(in_ops(door), "answer:approve")
        door.slack.state.grants.responses.clear()
        assert door.send(post).status == 200
        assert door.told("U0MALLORY") == NOT_ASKED

    def test_what_cannot_be_said_there_is_written_in_a_direct_message(self, door: Door) -> None:
        door.asked(policy=IN_OPS)
        door.slack.faults.always("chat.postEphemeral", Fails("user_not_in_channel"))
        post = door.actor("U0MALLORY").press_request(in_ops(door), "answer:approve")
        door.slack.state.grants.responses.clear()
        assert door.send(post).status == 200
        assert door.dm("U0MALLORY").text == NOT_ASKED

    @pytest.mark.parametrize("fault", [Fails("fatal_error"), ServerError(), drop_before])
    def test_the_answer_counts_though_no_reply_can_be_sent(self, door: Door, fault: Any) -> None:
        approval_id = door.asked()
        post = door.actor("U0ANA").press_request(door.dm("U0ANA"), "answer:approve")
        door.slack.state.grants.responses.clear()
        door.slack.faults.always("*", fault)
        assert door.send(post).status == 200
        assert door.state(approval_id).status == "approved"

    @pytest.mark.parametrize("late", ["trigger", "slack"])
    def test_a_form_that_does_not_open_is_reported_and_the_page_offered(self, door: Door, late: str) -> None:
        approval_id = door.asked(risk="high")
        post = door.actor("U0ANA").press_request(door.dm("U0ANA"), "answer:approve")
        if late == "trigger":
            door.slack.clock.forward(seconds=4)
        else:
            door.slack.faults.next("views.open", ServerError())
        assert door.send(post).status == 200
        assert door.told("U0ANA") == NO_FORM
        assert len(links_in(door.slack.team.ephemerals("U0ANA")[-1])) == 1
        assert door.state(approval_id).decisions == ()

    def test_an_address_that_is_not_slacks_is_never_called(self, door: Door) -> None:
        """Anyone who knows the signing secret could otherwise make the gateway call into its own network."""
        door.asked()
        for url in ("http://127.0.0.1:1/respond/x", "http://169.254.169.254/latest", "file:///etc/passwd", "http://["):
            assert not door.side.responses.send(url, {"text": "hello"})
