"""A copy that could not be updated still shows buttons: pressing one updates the message."""

import pytest

from approvals.demo.fake_slack.faults import Fails
from approvals.domain.model.approval import Answer
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK
from tests.entrypoints.slack.slack_door import ANA, BEN, Door
from tests.support.slack.block_kit_rules import said

IN_OPS = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN)),), notify=("slack:C0OPS",)),))


@pytest.mark.parametrize("where", ["C0OPS", "D0BEN"])
@pytest.mark.parametrize("why", ["edit_window_closed", "token_revoked"])
def test_pressing_a_stale_button_shows_the_outcome_in_its_place(door: Door, where: str, why: str) -> None:
    approval_id = door.asked(policy=IN_OPS)
    message = door.slack.team.messages_in(where)[0]
    for method in ("chat.update", "chat.postMessage", "views.publish"):
        door.slack.faults.always(method, Fails(why))
    by_ana = Answer(option="approve")
    door.gateway.decide(approval_id, reviewer=0, answer=by_ana, actor=BY_LINK, assurance="link")
    door.world.deliver_all()
    assert "answer:approve" in str(message.blocks)
    assert door.actor("U0BEN").press(message, "answer:approve").status == 200
    assert "answer:" not in str(message.blocks)
    assert "Approved by" in said(message.blocks)
    assert door.told("U0BEN").startswith("Too late: the approval was ")


def test_a_button_that_comes_after_the_deadline_changes_no_message(door: Door) -> None:
    """The sweep decides the outcome."""
    door.asked(policy=IN_OPS)
    message = door.slack.team.messages_in("C0OPS")[0]
    before = message.blocks
    door.slack.clock.forward(days=8)
    assert door.actor("U0BEN").press(message, "answer:approve").status == 200
    assert message.blocks == before
