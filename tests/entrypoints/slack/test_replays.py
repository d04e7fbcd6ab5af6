"""Repeated requests in any order: a later answer stays."""

import pytest

from approvals.demo.fake_slack.transport.signed_requests import SlackRequest
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.policy import Group, Policy, Stage
from tests.entrypoints.slack.slack_door import ANA, BEN, Door

OPEN = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN), need=2),), reject=2),))
FORM = Form(properties={"sum": Question(type="integer")})


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


def pressed(door: Door, action: str) -> SlackRequest:
    """The request of a press, that was sent once."""
    post = door.actor("U0ANA").press_request(door.dm("U0ANA"), action)
    assert door.send(post).status == 200
    return post


def answers(approval: Approval) -> list[tuple[str, str]]:
    return [(one.option, one.comment) for one in approval.decisions]


def test_a_press_that_comes_again_does_not_take_back_a_later_answer(door: Door) -> None:
    approval_id = door.asked(policy=OPEN)
    first = pressed(door, "answer:approve")
    pressed(door, "answer:reject")
    assert door.send(first).status == 200
    assert answers(door.state(approval_id)) == [("approve", ""), ("reject", "")]
    assert door.told("U0ANA").startswith("Your answer “Reject” was recorded before.")
    pressed(door, "answer:approve")
    assert answers(door.state(approval_id))[-1] == ("approve", "")


def test_nor_does_a_form(door: Door) -> None:
    approval_id = door.asked(policy=OPEN, form=FORM)
    pressed(door, "answer:approve")
    ana = door.actor("U0ANA")
    first = ana.submit_request({"form.sum": "1", "comment": "one"})
    assert door.send(first).status == 200
    again = ana.submit_request({"form.sum": "2", "comment": "one"})
    assert door.send(again).status == 200, "Slack had not heard us, and Ana has mended it before she sent it again"
    assert door.send(first).json == {"response_action": "clear"}
    assert [one.form for one in door.state(approval_id).decisions] == [{"sum": 1}, {"sum": 2}]


def test_pressing_what_one_has_answered_with_a_comment_keeps_the_comment(door: Door) -> None:
    approval_id = door.asked(policy=OPEN)
    ana = door.actor("U0ANA")
    ana.press(door.dm("U0ANA"), "comment", value=f"{approval_id}:approve")
    ana.submit({"comment": "Gladly."})
    pressed(door, "answer:approve")
    assert answers(door.state(approval_id)) == [("approve", "Gladly.")]
    assert door.told("U0ANA").startswith("Your answer “Approve” was recorded before.")


def test_pressing_what_an_operator_has_answered_confirms_it_without_their_comment(door: Door) -> None:
    approval_id = door.asked(policy=OPEN)
    door.gateway.decide(
        approval_id, reviewer=0, answer=Answer(option="approve", comment="By phone."),
        actor=Actor(via="command", id="command:root"), assurance="operator",
    )  # fmt: skip
    pressed(door, "answer:approve")
    assert answers(door.state(approval_id)) == [("approve", "By phone."), ("approve", "")]
    assert [one.own for one in door.state(approval_id).decisions] == [False, True]
    assert door.told("U0ANA").startswith("Your answer “Approve” is recorded.")
