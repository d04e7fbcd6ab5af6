"""Message copies in Slack: messages that show the current state are updated, and never posted twice."""

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.demo.fake_slack.faults import Fails, drop_after
from approvals.domain.model.messages.audience import ForChannel, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Sent, TryAgain
from approvals.domain.model.messages.topics import Reminded
from tests.builders import decided
from tests.support.slack.notices import APPROVAL, ASKED, DM, IN_OPS, LINK, sent
from tests.support.slack.workspace import OPS, CastSlack


def test_a_copy_converges_on_the_outcome_and_loses_its_buttons(channel: SlackChannel, slack: CastSlack) -> None:
    receipt = sent(channel, IN_OPS)
    settled = decided(APPROVAL)
    for _ in range(2):
        written = channel.update(receipt, settled, audience=ForChannel(), link=None)
        assert isinstance(written, Sent)
        assert written.receipt == receipt
    [message] = slack.team.messages_in(OPS)
    assert "answer:" not in str(message.blocks)
    assert "Approved" in str(message.blocks)
    assert message.metadata["event_payload"]["key"] == "approval-1:asked:0"


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed", "is_archived"])
def test_what_can_never_be_changed_is_given_up_and_not_posted_again(
    word: str, channel: SlackChannel, slack: CastSlack
) -> None:
    receipt = sent(channel)
    slack.faults.next("chat.update", Fails(word))
    result = channel.update(receipt, decided(APPROVAL), audience=ForReviewer(0), link=None)
    assert isinstance(result, GivenUp)
    assert word in result.reason
    assert len(slack.team.messages_in(DM)) == 1


def test_an_update_that_was_lost_is_simply_made_again(channel: SlackChannel, slack: CastSlack) -> None:
    receipt = sent(channel)
    slack.faults.next("chat.update", drop_after)
    result = channel.update(receipt, decided(APPROVAL), audience=ForReviewer(0), link=None)
    assert isinstance(result, TryAgain)
    assert not result.ambiguous
    assert channel.update("nonsense", APPROVAL, audience=ForReviewer(0), link=None) == GivenUp(
        "this is no receipt of a message in Slack", kind="invalid"
    )


def test_only_messages_that_show_the_current_state_are_updated(channel: SlackChannel, slack: CastSlack) -> None:
    asked = channel.send(ASKED, APPROVAL, link=LINK)
    assert isinstance(asked, Sent)
    assert (asked.copy, asked.shown) == (True, APPROVAL.version)
    slack.clock.forward(seconds=2)
    reminder = Notice(about=Reminded(0, 1), channel="slack", to="U0ANA", audience=ForReviewer(0))
    reminded = channel.send(reminder, APPROVAL, link=LINK, thread=asked.receipt)
    assert isinstance(reminded, Sent)
    assert not reminded.copy
    found = channel.send(reminder, APPROVAL, link=LINK, thread=asked.receipt, ambiguous=True)
    assert found == Sent(receipt=reminded.receipt)
