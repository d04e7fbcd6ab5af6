"""Somebody deletes our message: the next message is complete, with everything that is needed to answer."""

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.demo.fake_slack.faults import drop_after
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Sent, TryAgain
from approvals.domain.model.messages.topics import Asked, EventName, Reminded, Settled
from tests.builders import an_approval, decided
from tests.support.domain.topics import TOPICS
from tests.support.slack.block_kit_rules import said
from tests.support.slack.workspace import OPS, CastSlack

APPROVAL = an_approval()


@pytest.fixture
def thread(channel: SlackChannel, slack: CastSlack) -> str:
    """The receipt of the message that asked the channel, and that is no longer there."""
    sent = channel.send(Notice(about=Asked(0), channel="slack", to=OPS), APPROVAL, link=None)
    assert isinstance(sent, Sent)
    slack.team.messages.clear()
    slack.clock.forward(seconds=2)
    return sent.receipt


@pytest.mark.parametrize("event", ["reminded", "escalated"])
def test_a_channel_whose_message_was_deleted_is_reminded_with_a_whole_one(
    channel: SlackChannel, slack: CastSlack, thread: str, event: EventName
) -> None:
    sent = channel.send(Notice(about=TOPICS[event], channel="slack", to=OPS), APPROVAL, link=None, thread=thread)
    assert isinstance(sent, Sent)
    assert sent.copy, "and it is written anew from now on"
    [message] = slack.team.messages_in(OPS)
    assert APPROVAL.content.title in said(message.blocks)
    assert "answer:approve" in str(message.blocks)


def test_an_outcome_names_its_approval(channel: SlackChannel, slack: CastSlack, thread: str) -> None:
    channel.send(Notice(about=Settled(), channel="slack", to=OPS), decided(APPROVAL), link=None, thread=thread)
    [message] = slack.team.messages_in(OPS)
    assert APPROVAL.content.title in said(message.blocks)


@pytest.mark.parametrize("deleted", [True, False], ids=["whole", "short"])
def test_a_reply_whose_answer_was_lost_is_updated_later_if_it_is_a_whole_message(
    channel: SlackChannel, slack: CastSlack, deleted: bool
) -> None:
    """Its buttons would otherwise outlive the decision."""
    asked = channel.send(Notice(about=Asked(0), channel="slack", to=OPS), APPROVAL, link=None)
    assert isinstance(asked, Sent)
    slack.clock.forward(seconds=2)
    if deleted:
        slack.team.messages.clear()
    reminder = Notice(about=Reminded(0, 1), channel="slack", to=OPS)
    slack.faults.next("chat.postMessage", drop_after)
    lost = channel.send(reminder, APPROVAL, link=None, thread=asked.receipt)
    assert isinstance(lost, TryAgain)
    assert lost.ambiguous
    slack.clock.forward(seconds=5)
    found = channel.send(reminder, APPROVAL, link=None, thread=asked.receipt, ambiguous=True)
    assert isinstance(found, Sent)
    assert slack.state.calls["chat.postMessage"] == 2
    assert found.copy is deleted
