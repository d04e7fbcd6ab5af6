"""A channel that is shared with another company: its people press as themselves, of a workspace that is not ours."""

import pytest

from approvals.demo.fake_slack.state.workspace import SlackMessage
from approvals.domain.model.policy import Group, Policy, Stage
from tests.entrypoints.slack.slack_door import ANA, Door

NOT_ASKED = "You are not among the reviewers of this approval."

WITH_ZED = Policy(stages=(Stage(groups=(Group(from_=(ANA, "slack:T0STRANGE/U0ZED")),), notify=("slack:C0OPS",)),))


@pytest.fixture
def shared(door: Door) -> SlackMessage:
    """What asks in #ops, where Zed and an Ana of the other company are too."""
    for user, name in (("U0ZED", "zed"), ("U0YAN", "yan")):
        door.slack.team.user(user, name, home="T0STRANGE")
        door.slack.team.channels["C0OPS"].members.add(user)
    door.asked(policy=WITH_ZED, risk="high")
    return door.slack.team.messages_in("C0OPS")[0]


def test_a_person_who_is_asked_there_answers_by_a_button(door: Door, shared: SlackMessage) -> None:
    assert door.actor("U0ZED").press(shared, "answer:reject").status == 200
    after = door.state()
    assert (after.status, after.decisions[0].reviewer) == ("rejected", 1)


def test_and_by_a_form(door: Door, shared: SlackMessage) -> None:
    zed = door.actor("U0ZED")
    assert zed.press(shared, "answer:approve").status == 200
    assert zed.submit({"confirmation": "approve"}).json == {"response_action": "clear"}
    assert door.state().decisions[0].reviewer == 1


def test_a_person_who_is_not_asked_gets_that_reason(door: Door, shared: SlackMessage) -> None:
    assert door.actor("U0YAN").press(shared, "answer:reject").status == 200
    assert door.told("U0YAN") == NOT_ASKED
    assert door.state().decisions == ()
