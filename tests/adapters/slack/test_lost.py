"""Lost responses of Slack: a message that may have been posted is looked up, so that it is posted once."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.conversations import Receipt
from approvals.adapters.slack.sent_messages import message_key
from approvals.demo.fake_slack.faults import Fault, Hangs, RateLimited, ServerError, drop_after, drop_before
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import TryAgain
from approvals.domain.model.messages.topics import Asked, Settled
from tests.builders import decided
from tests.support.slack.notices import APPROVAL, ASKED, DM, IN_OPS, LINK, sent
from tests.support.slack.workspace import OPS, CastSlack


def test_a_lost_answer_is_not_posted_again_while_slack_lets_nobody_look(
    channel: SlackChannel, slack: CastSlack
) -> None:
    slack.faults.next("conversations.history", RateLimited(7))
    result = channel.send(ASKED, APPROVAL, link=LINK, ambiguous=True)
    assert result == TryAgain(
        "Slack takes no more just now (ratelimited)", after=timedelta(seconds=7), kind="throttled"
    )
    assert slack.state.calls["chat.postMessage"] == 0


def _left_in_doubt(channel: SlackChannel, slack: CastSlack, fault: Fault, *, notice: Notice = ASKED) -> None:
    """It may have been posted or not; some time later it is tried again."""
    slack.faults.next("chat.postMessage", fault)
    result = channel.send(notice, APPROVAL, link=LINK)
    assert isinstance(result, TryAgain)
    assert result.ambiguous
    slack.clock.forward(seconds=5)


@pytest.mark.parametrize(
    "lost", [drop_after, ServerError(502, applied=True), Hangs(at_most=0.1)], ids=["dropped", "502", "hangs"]
)
@pytest.mark.parametrize("notice", [ASKED, IN_OPS], ids=["person", "channel"])
def test_a_post_whose_answer_was_lost_is_looked_up_and_is_there_once(
    lost: Any, notice: Notice, channel: SlackChannel, slack: CastSlack
) -> None:
    _left_in_doubt(channel, slack, lost, notice=notice)
    receipt = Receipt.read(sent(channel, notice, ambiguous=True))
    assert receipt
    [message] = slack.team.messages_in(receipt.channel)
    assert receipt.ts == message.ts


def test_a_reply_whose_answer_was_lost_is_looked_up_in_its_thread(channel: SlackChannel, slack: CastSlack) -> None:
    thread = sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.postMessage", drop_after)
    notice = Notice(about=Settled(), channel="slack", to="#ops")
    assert isinstance(channel.send(notice, decided(APPROVAL), link=None, thread=thread), TryAgain)
    slack.clock.forward(seconds=5)
    sent(channel, notice, decided(APPROVAL), thread=thread, ambiguous=True)
    assert len(slack.team.messages_in(OPS)) == 2


def test_another_message_with_the_same_words_is_not_taken_for_ours(channel: SlackChannel, slack: CastSlack) -> None:
    sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    sent(channel, Notice(about=Asked(1), channel="slack", to="#ops"), ambiguous=True)
    assert len(slack.team.messages_in(OPS)) == 2


@pytest.mark.parametrize("of", [{"bot_id": "B0OTHER", "app_id": "A0OTHER"}, {"bot_id": None, "app_id": None}], ids=str)
def test_a_message_of_somebody_else_with_our_key_is_not_taken_for_ours(
    of: dict[str, Any], channel: SlackChannel, slack: CastSlack
) -> None:
    """Anyone who may write in the channel could otherwise keep people from being asked."""
    sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    [forged] = slack.team.messages_in(OPS)
    for name, value in of.items():
        setattr(forged, name, value)
    receipt = Receipt.read(sent(channel, IN_OPS, ambiguous=True))
    assert receipt
    [first, ours] = slack.team.messages_in(OPS)
    assert (receipt.ts, ours.bot_id) == (ours.ts, slack.team.bot_id)
    assert first is forged


def test_where_the_scope_to_look_is_missing_it_is_posted_again(channel: SlackChannel, slack: CastSlack) -> None:
    slack.team.scopes.discard("im:history")
    sent(channel, ambiguous=True)
    assert len(slack.team.messages_in(DM)) == 1


def test_while_slack_cannot_be_reached_nothing_is_in_doubt(channel: SlackChannel, slack: CastSlack) -> None:
    with slack.unreachable():
        result = channel.send(ASKED, APPROVAL, link=LINK)
    assert result == TryAgain("Slack cannot be reached (ConnectionRefusedError)", kind="unreachable")
    slack.clock.forward(seconds=2)
    sent(channel)
    assert len(slack.team.messages_in(DM)) == 1


def test_an_answer_that_breaks_off_before_anything_was_done_is_looked_up_and_then_posted(
    channel: SlackChannel, slack: CastSlack
) -> None:
    _left_in_doubt(channel, slack, drop_before)
    sent(channel, ambiguous=True)
    assert len(slack.team.messages_in(DM)) == 1


def test_a_key_identifies_its_message_and_nothing_else() -> None:
    assert {message_key(ASKED, APPROVAL), message_key(IN_OPS, APPROVAL)} == {
        "approval-1:asked:0:0",
        "approval-1:asked:0",
    }
