"""Replies in Slack: reminders and outcomes are in the thread of the message that asked, while it can be changed."""

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.demo.fake_slack.faults import Fails, drop_after
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Sent, TryAgain
from approvals.domain.model.messages.topics import Reminded, Settled
from tests.builders import decided
from tests.support.slack.notices import APPROVAL, DM, IN_OPS, LINK, sent
from tests.support.slack.workspace import OPS, CastSlack


def test_reminders_and_the_outcome_are_replies_under_the_message_that_asked(
    channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel)
    fresh = "https://approvals.example.com/r/fresh"
    slack.clock.forward(seconds=2)
    reminder = Notice(about=Reminded(0, 1), channel="slack", to="U0ANA", audience=ForReviewer(0))
    assert isinstance(channel.send(reminder, APPROVAL, link=fresh, thread=thread), Sent)
    slack.clock.forward(seconds=2)
    sent(
        channel,
        Notice(about=Settled(), channel="slack", to="U0ANA", audience=ForReviewer(0)),
        decided(APPROVAL),
        thread=thread,
    )
    asked, *replies = slack.team.messages_in(DM)
    assert [reply.thread_ts for reply in replies] == [asked.ts, asked.ts]
    assert "answer:" not in str([reply.blocks for reply in replies])
    assert fresh in str(asked.blocks), "a reminder brings the button a fresh link"
    assert LINK not in str(asked.blocks)


def test_without_a_message_above_a_reminder_is_a_whole_message(channel: SlackChannel, slack: CastSlack) -> None:
    reminder = Notice(about=Reminded(0, 1), channel="slack", to="U0ANA", audience=ForReviewer(0))
    sent(channel, reminder, thread=f"T0ACME/{OPS}/1700000000.000100")
    [message] = slack.team.messages_in(DM)
    assert (message.thread_ts, LINK in str(message.blocks)) == (None, True)


def test_where_the_message_above_cannot_be_changed_the_reply_brings_the_link(
    channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.update", Fails("edit_window_closed"))
    sent(channel, Notice(about=Reminded(0, 1), channel="slack", to="U0ANA", audience=ForReviewer(0)), thread=thread)
    assert LINK in str(slack.team.messages_in(DM)[1].blocks)


def test_a_reminder_waits_while_the_message_above_cannot_be_written_and_nothing_is_in_doubt(
    channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.update", drop_after)
    reminder = Notice(about=Reminded(0, 1), channel="slack", to="U0ANA", audience=ForReviewer(0))
    result = channel.send(reminder, APPROVAL, link=LINK, thread=thread)
    assert isinstance(result, TryAgain)
    assert not result.ambiguous, "no reply was begun, so none need be looked for"
    assert slack.state.calls["chat.postMessage"] == 1


@pytest.mark.parametrize("word", ["cannot_reply_to_message", "restricted_action_non_threadable_channel"])
def test_where_a_message_can_have_no_replies_they_stand_below_it(
    word: str, channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.postMessage", Fails(word))
    sent(channel, Notice(about=Settled(), channel="slack", to="#ops"), decided(APPROVAL), thread=thread)
    assert [one.thread_ts for one in slack.team.messages_in(OPS)] == [None, None]
