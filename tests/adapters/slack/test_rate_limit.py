"""The rate of messages to Slack: one a second in a channel, pauses that Slack asks for, and no needless delay."""

from datetime import timedelta

from werkzeug.wrappers import Response

from approvals.adapters.slack.channel import SlackChannel
from approvals.demo.fake_slack.faults import RateLimited, Serve
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import TryAgain
from approvals.domain.model.messages.topics import Asked
from tests.support.slack.notices import APPROVAL, ASKED, IN_OPS, LINK, sent
from tests.support.slack.workspace import OPS, CastSlack


def test_a_channel_gets_one_message_a_second_and_others_need_not_wait(channel: SlackChannel, slack: CastSlack) -> None:
    slack.clock.stop()
    sent(channel, IN_OPS)
    waits = [channel.send(IN_OPS, APPROVAL, link=None) for _ in range(3)]
    assert [getattr(wait, "after", None) for wait in waits] == [timedelta(seconds=n) for n in (1, 2, 3)]
    sent(channel, ASKED)
    slack.clock.forward(seconds=1)
    sent(channel, IN_OPS)
    assert slack.state.calls["chat.postMessage"] == 3


def test_where_slack_asks_for_silence_it_gets_it(channel: SlackChannel, slack: CastSlack) -> None:
    slack.faults.next("chat.postMessage", RateLimited(retry_after=30))
    assert channel.send(IN_OPS, APPROVAL, link=None) == TryAgain(
        "Slack takes no more just now (ratelimited)", after=timedelta(seconds=30), kind="throttled"
    )
    slack.clock.forward(seconds=20)
    again = channel.send(IN_OPS, APPROVAL, link=None)
    assert isinstance(again, TryAgain)
    assert timedelta(seconds=9) < (again.after or timedelta(0)) <= timedelta(seconds=10)
    assert slack.state.calls["chat.postMessage"] == 0, "nothing but the first was sent"
    sent(channel, ASKED)
    slack.clock.forward(seconds=10)
    sent(channel, IN_OPS)


def test_where_the_whole_workspace_has_enough_nothing_more_is_posted_and_all_come_back_one_by_one(
    channel: SlackChannel, slack: CastSlack
) -> None:
    slack.clock.stop()
    slack.faults.always("chat.postMessage", RateLimited(30))
    people = [Notice(about=Asked(0), channel="slack", to=to, audience=ForReviewer(0)) for to in ("U0ANA", "U0BEN")]
    for notice in people:
        assert isinstance(channel.send(notice, APPROVAL, link=LINK), TryAgain)
    slack.faults.clear()
    others = [
        Notice(about=Asked(0), channel="slack", to=to, audience=ForReviewer(0)) for to in ("U0RHEA", "U0MALLORY", OPS)
    ]
    results = [channel.send(notice, APPROVAL, link=LINK) for notice in others]
    waits = [result.after for result in results if isinstance(result, TryAgain)]
    assert waits == [timedelta(seconds=30), timedelta(seconds=30.2), timedelta(seconds=30.4)]
    assert slack.state.calls["chat.postMessage"] == 0
    slack.clock.forward(seconds=31)
    for notice in (*people, *others):
        sent(channel, notice)


def test_a_send_that_has_used_up_its_time_posts_nothing(channel: SlackChannel, slack: CastSlack) -> None:
    def slowly(serve: Serve) -> Response:
        slack.clock.forward(seconds=16)
        return serve()

    slack.faults.next("users.conversations", slowly)
    assert channel.send(IN_OPS, APPROVAL, link=None) == TryAgain("Slack answers slowly", kind="timeout")
    assert slack.state.calls["chat.postMessage"] == 0
