"""The Slack channel on the stand-in: who gets what, once each, whatever Slack does meanwhile."""

from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest

from approvals.adapters.slack_api import SlackApi
from approvals.adapters.slack_channel import SlackChannel
from approvals.adapters.slack_history import EVENT_TYPE, key
from approvals.adapters.slack_people import SlackPeople
from approvals.adapters.slack_places import Receipt, SlackPlaces
from approvals.demo.slack.faults import Fails, Hangs, RateLimited, ServerError, drop_after, drop_before
from approvals.domain.approval import Inquiry, Reviewer
from approvals.domain.directory import Directory, Person
from approvals.domain.messages import REQUESTER, Event, GivenUp, Notice, Sent, TryAgain
from tests.builders import NOW, an_approval, decided
from tests.support.slack import OPS, CastSlack

LINK = "https://approvals.example.com/r/for-ana"
ANA = Directory(people={"ana": Person(id="ana", name="Ana", email="ana@example.com", slack="U0ANA")})
APPROVAL = an_approval(directory=ANA, reviewers=("ana",))
ASKED = Notice(event="asked", channel="slack", to="U0ANA", reviewer=0)
IN_OPS = Notice(event="asked", channel="slack", to="#ops")
DM = "D0ANA"


@pytest.fixture
def api(slack: CastSlack) -> SlackApi:
    slack.state.limits.enabled = False
    tokens = {team.id: team.token for team in slack.state.workspaces.values()}
    return SlackApi(tokens, url=slack.url, clock=slack.clock, seconds=2)


@pytest.fixture
def channel(api: SlackApi, slack: CastSlack) -> SlackChannel:
    return SlackChannel(api, places=SlackPlaces(api, people=SlackPeople(api)), clock=slack.clock)


def sent(channel: SlackChannel, notice: Notice = ASKED, approval: Any = APPROVAL, **more: Any) -> str:
    link = LINK if notice.reviewer is not None else None
    result = channel.send(notice, approval, link=link, **more)
    assert isinstance(result, Sent), result
    return result.receipt


def test_a_person_is_asked_by_direct_message_with_their_own_link(channel: SlackChannel, slack: CastSlack) -> None:
    receipt = sent(channel)
    [message] = slack.team.said_in(DM)
    assert receipt == f"T0ACME/{DM}/{message.ts}"
    assert "Refund order 1234" in message.text
    assert LINK in str(message.blocks)
    assert message.metadata == {"event_type": EVENT_TYPE, "event_payload": {"key": "approval-1:asked:0:0"}}


@pytest.mark.parametrize("to", ["#ops", "#OPS", OPS, f"T0ACME/{OPS}", "T0ACME/#ops"])
def test_a_channel_is_told_by_name_or_id_and_never_gets_a_link(
    to: str, channel: SlackChannel, slack: CastSlack
) -> None:
    sent(channel, Notice(event="asked", channel="slack", to=to))
    [message] = slack.team.said_in(OPS)
    assert "/r/" not in str(message.blocks)
    assert "answer:approve" in str(message.blocks)


def test_a_private_channel_is_found_by_name_once_the_app_was_invited(channel: SlackChannel, slack: CastSlack) -> None:
    notice = Notice(event="asked", channel="slack", to="#board")
    slack.team.channel("C0BOARD", "board", private=True, bot=False)
    refused = channel.send(notice, APPROVAL, link=None)
    assert isinstance(refused, GivenUp)
    assert "/invite" in refused.reason
    slack.team.channels["C0BOARD"].members.add(slack.team.bot_user)
    assert sent(channel, notice).startswith("T0ACME/C0BOARD/")


def test_names_are_asked_for_once_and_direct_messages_not_at_all(channel: SlackChannel, slack: CastSlack) -> None:
    for count in range(3):
        slack.clock.forward(seconds=2)
        sent(channel, Notice(event="refreshed", channel="slack", to="U0ANA", reviewer=0, count=count))
        sent(channel, Notice(event="asked", channel="slack", to="#ops", count=count))
    assert (slack.state.calls["conversations.open"], slack.state.calls["users.conversations"]) == (0, 1)


def test_a_name_that_was_given_to_another_channel_means_that_one_before_long(
    channel: SlackChannel, slack: CastSlack
) -> None:
    sent(channel, IN_OPS)
    slack.team.channels[OPS].name = "old-ops"
    slack.team.channel("C0NEW", "ops")
    slack.clock.forward(minutes=11)
    assert sent(channel, Notice(event="asked", channel="slack", to="#ops", count=1)).startswith("T0ACME/C0NEW/")


def test_each_workspace_is_reached_with_its_own_token(slack: CastSlack) -> None:
    other = slack.workspace("T0OTHER", domain="other", name="Other")
    other.user("U0ZOE", "zoe", email="zoe@example.com")
    api = SlackApi({t.id: t.token for t in slack.state.workspaces.values()}, url=slack.url, clock=slack.clock)
    channel = SlackChannel(api, places=SlackPlaces(api), clock=slack.clock)
    sent(channel, Notice(event="asked", channel="slack", to="T0OTHER/U0ZOE", reviewer=0))
    assert len(other.said_in("D0ZOE")) == 1
    unknown = channel.send(Notice(event="asked", channel="slack", to="T0NONE/U0ZOE", reviewer=0), APPROVAL, link=LINK)
    assert unknown == GivenUp("there is no token of workspace T0NONE in APPROVALS_SLACK_TOKENS")


def test_reminders_and_the_outcome_are_replies_under_the_message_that_asked(
    channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel)
    fresh = "https://approvals.example.com/r/fresh"
    slack.clock.forward(seconds=2)
    reminder = Notice(event="reminded", channel="slack", to="U0ANA", reviewer=0)
    assert isinstance(channel.send(reminder, APPROVAL, link=fresh, thread=thread), Sent)
    slack.clock.forward(seconds=2)
    sent(channel, Notice(event="settled", channel="slack", to="U0ANA", reviewer=0), decided(APPROVAL), thread=thread)
    asked, *replies = slack.team.said_in(DM)
    assert [reply.thread_ts for reply in replies] == [asked.ts, asked.ts]
    assert "answer:" not in str([reply.blocks for reply in replies])
    assert fresh in str(asked.blocks), "a reminder brings the button a fresh link"
    assert LINK not in str(asked.blocks)


def test_without_a_message_above_a_reminder_is_a_whole_message(channel: SlackChannel, slack: CastSlack) -> None:
    reminder = Notice(event="reminded", channel="slack", to="U0ANA", reviewer=0)
    sent(channel, reminder, thread=f"T0ACME/{OPS}/1700000000.000100")
    [message] = slack.team.said_in(DM)
    assert (message.thread_ts, LINK in str(message.blocks)) == (None, True)


def test_where_the_message_above_cannot_be_changed_the_reply_brings_the_link(
    channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.update", Fails("edit_window_closed"))
    sent(channel, Notice(event="reminded", channel="slack", to="U0ANA", reviewer=0), thread=thread)
    assert LINK in str(slack.team.said_in(DM)[1].blocks)


def test_a_reminder_waits_while_the_message_above_cannot_be_written_and_nothing_is_in_doubt(
    channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.update", drop_after)
    reminder = Notice(event="reminded", channel="slack", to="U0ANA", reviewer=0)
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
    sent(channel, Notice(event="settled", channel="slack", to="#ops"), decided(APPROVAL), thread=thread)
    assert [one.thread_ts for one in slack.team.said_in(OPS)] == [None, None]


def test_a_lost_answer_is_not_posted_again_while_slack_lets_nobody_look(
    channel: SlackChannel, slack: CastSlack
) -> None:
    slack.faults.next("conversations.history", RateLimited(7))
    result = channel.send(ASKED, APPROVAL, link=LINK, ambiguous=True)
    assert result == TryAgain("Slack takes no more just now (ratelimited)", after=timedelta(seconds=7))
    assert slack.state.calls["chat.postMessage"] == 0


def test_a_copy_converges_on_the_outcome_and_loses_its_buttons(channel: SlackChannel, slack: CastSlack) -> None:
    receipt = sent(channel, IN_OPS)
    settled = decided(APPROVAL)
    for _ in range(2):
        written = channel.update(receipt, settled, reviewer=None, link=None)
        assert isinstance(written, Sent)
        assert written.receipt == receipt
    [message] = slack.team.said_in(OPS)
    assert "answer:" not in str(message.blocks)
    assert "Approved" in str(message.blocks)
    assert message.metadata["event_payload"]["key"] == "approval-1:asked:0"


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed", "is_archived"])
def test_what_can_never_be_changed_is_given_up_and_not_posted_anew(
    word: str, channel: SlackChannel, slack: CastSlack
) -> None:
    receipt = sent(channel)
    slack.faults.next("chat.update", Fails(word))
    result = channel.update(receipt, decided(APPROVAL), reviewer=0, link=None)
    assert isinstance(result, GivenUp)
    assert word in result.reason
    assert len(slack.team.said_in(DM)) == 1


def test_an_update_that_was_lost_is_simply_made_again(channel: SlackChannel, slack: CastSlack) -> None:
    receipt = sent(channel)
    slack.faults.next("chat.update", drop_after)
    result = channel.update(receipt, decided(APPROVAL), reviewer=0, link=None)
    assert isinstance(result, TryAgain)
    assert not result.ambiguous
    assert channel.update("nonsense", APPROVAL, reviewer=0, link=None) == GivenUp(
        "this is no receipt of a message in Slack"
    )


@pytest.mark.parametrize(
    "lost", [drop_after, ServerError(502, applied=True), Hangs(at_most=0.1)], ids=["dropped", "502", "hangs"]
)
@pytest.mark.parametrize("notice", [ASKED, IN_OPS], ids=["person", "channel"])
def test_a_post_whose_answer_was_lost_is_looked_up_and_stands_once(
    lost: Any, notice: Notice, channel: SlackChannel, slack: CastSlack
) -> None:
    slack.faults.next("chat.postMessage", lost)
    result = channel.send(notice, APPROVAL, link=LINK)
    assert isinstance(result, TryAgain)
    assert result.ambiguous
    slack.clock.forward(seconds=5)
    receipt = Receipt.read(sent(channel, notice, ambiguous=True))
    assert receipt
    [message] = slack.team.said_in(receipt.channel)
    assert receipt.ts == message.ts


def test_a_reply_whose_answer_was_lost_is_looked_up_in_its_thread(channel: SlackChannel, slack: CastSlack) -> None:
    thread = sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    slack.faults.next("chat.postMessage", drop_after)
    notice = Notice(event="settled", channel="slack", to="#ops")
    assert isinstance(channel.send(notice, decided(APPROVAL), link=None, thread=thread), TryAgain)
    slack.clock.forward(seconds=5)
    sent(channel, notice, decided(APPROVAL), thread=thread, ambiguous=True)
    assert len(slack.team.said_in(OPS)) == 2


def test_another_message_with_the_same_words_is_not_taken_for_ours(channel: SlackChannel, slack: CastSlack) -> None:
    sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    sent(channel, Notice(event="asked", channel="slack", to="#ops", count=1), ambiguous=True)
    assert len(slack.team.said_in(OPS)) == 2


@pytest.mark.parametrize("of", [{"bot_id": "B0OTHER", "app_id": "A0OTHER"}, {"bot_id": None, "app_id": None}], ids=str)
def test_a_message_of_somebody_else_with_our_key_is_not_taken_for_ours(
    of: dict[str, Any], channel: SlackChannel, slack: CastSlack
) -> None:
    """Whoever may write in the channel could otherwise keep it from ever being asked."""
    sent(channel, IN_OPS)
    slack.clock.forward(seconds=2)
    [forged] = slack.team.said_in(OPS)
    for name, value in of.items():
        setattr(forged, name, value)
    receipt = Receipt.read(sent(channel, IN_OPS, ambiguous=True))
    assert receipt
    [first, ours] = slack.team.said_in(OPS)
    assert (receipt.ts, ours.bot_id) == (ours.ts, slack.team.bot_id)
    assert first is forged


def test_where_the_scope_to_look_is_missing_it_is_posted_again(channel: SlackChannel, slack: CastSlack) -> None:
    slack.team.scopes.discard("im:history")
    sent(channel, ambiguous=True)
    assert len(slack.team.said_in(DM)) == 1


def test_while_slack_cannot_be_reached_nothing_is_in_doubt(channel: SlackChannel, slack: CastSlack) -> None:
    with slack.unreachable():
        result = channel.send(ASKED, APPROVAL, link=LINK)
    assert result == TryAgain("Slack cannot be reached (ConnectionRefusedError)")
    slack.clock.forward(seconds=2)
    sent(channel)
    assert len(slack.team.said_in(DM)) == 1


def test_an_answer_that_breaks_off_before_anything_was_done_is_looked_up_and_then_posted(
    channel: SlackChannel, slack: CastSlack
) -> None:
    slack.faults.next("chat.postMessage", drop_before)
    result = channel.send(ASKED, APPROVAL, link=LINK)
    assert isinstance(result, TryAgain)
    assert result.ambiguous
    slack.clock.forward(seconds=5)
    sent(channel, ambiguous=True)
    assert len(slack.team.said_in(DM)) == 1


@pytest.mark.parametrize(
    "word",
    [
        "channel_not_found", "is_archived", "not_in_channel", "account_inactive", "invalid_auth", "token_revoked",
        "missing_scope", "restricted_action", "messages_tab_disabled", "invalid_blocks",
    ],
)  # fmt: skip
def test_what_will_never_arrive_is_given_up_with_the_mend(word: str, channel: SlackChannel, slack: CastSlack) -> None:
    slack.faults.next("chat.postMessage", Fails(word))
    result = channel.send(ASKED, APPROVAL, link=LINK)
    assert isinstance(result, GivenUp)
    assert f"({word})" in result.reason


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("U0SAM", "deactivated"),
        ("U0NOBODY", "no such person"),
        ("UBOT0ACME", "mend the directory"),
        ("#nowhere", "in no channel of this name"),
        ("nonsense", "no address in Slack"),
        ("nobody@example.com", "nobody in the workspace has confirmed"),
        ("", "no address in Slack"),
    ],
)
def test_who_cannot_be_written_to_is_given_up_with_the_mend(
    to: str, says: str, channel: SlackChannel, slack: CastSlack
) -> None:
    result = channel.send(Notice(event="asked", channel="slack", to=to, reviewer=0), APPROVAL, link=LINK)
    assert isinstance(result, GivenUp)
    assert says in result.reason
    assert slack.team.messages == []


def test_a_channel_that_was_made_anew_under_its_name_is_found_again(channel: SlackChannel, slack: CastSlack) -> None:
    sent(channel, IN_OPS)
    slack.team.channels[OPS].archived = True
    slack.clock.forward(seconds=2)
    assert isinstance(channel.send(IN_OPS, APPROVAL, link=None), GivenUp)
    slack.team.channels[OPS].name = "old-ops"
    slack.team.channel("C0NEW", "ops")
    assert sent(channel, IN_OPS).startswith("T0ACME/C0NEW/")


def test_a_channel_gets_one_message_a_second_and_others_need_not_wait(channel: SlackChannel, slack: CastSlack) -> None:
    stopped = slack.clock()
    channel._clock = channel._api.pace._clock = lambda: stopped
    sent(channel, IN_OPS)
    waits = [channel.send(IN_OPS, APPROVAL, link=None) for _ in range(3)]
    assert [getattr(wait, "after", None) for wait in waits] == [timedelta(seconds=n) for n in (1, 2, 3)]
    sent(channel, ASKED)
    channel._clock = channel._api.pace._clock = lambda: stopped + timedelta(seconds=1)
    sent(channel, IN_OPS)
    assert slack.state.calls["chat.postMessage"] == 3


def test_where_slack_asks_for_silence_it_gets_it(channel: SlackChannel, slack: CastSlack) -> None:
    slack.faults.next("chat.postMessage", RateLimited(retry_after=30))
    assert channel.send(IN_OPS, APPROVAL, link=None) == TryAgain(
        "Slack takes no more just now (ratelimited)", after=timedelta(seconds=30)
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
    stopped = slack.clock()
    channel._clock = channel._api.clock = channel._api.pace._clock = lambda: stopped
    slack.faults.always("chat.postMessage", RateLimited(30))
    people = [Notice(event="asked", channel="slack", to=to, reviewer=0) for to in ("U0ANA", "U0BEN")]
    for notice in people:
        assert isinstance(channel.send(notice, APPROVAL, link=LINK), TryAgain)
    slack.faults.clear()
    others = [Notice(event="asked", channel="slack", to=to, reviewer=0) for to in ("U0RHEA", "U0MALLORY", OPS)]
    results = [channel.send(notice, APPROVAL, link=LINK) for notice in others]
    waits = [result.after for result in results if isinstance(result, TryAgain)]
    assert waits == [timedelta(seconds=30), timedelta(seconds=30.2), timedelta(seconds=30.4)]
    assert slack.state.calls["chat.postMessage"] == 0
    channel._clock = channel._api.clock = channel._api.pace._clock = lambda: stopped + timedelta(seconds=31)
    for notice in (*people, *others):
        sent(channel, notice)


def test_a_send_that_has_used_up_its_time_posts_nothing(
    channel: SlackChannel, slack: CastSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = channel._places.find

    def slowly(address: str) -> Any:
        slack.clock.forward(seconds=16)
        return find(address)

    monkeypatch.setattr(channel._places, "find", slowly)
    assert channel.send(ASKED, APPROVAL, link=LINK) == TryAgain("Slack answers slowly")
    assert slack.state.calls["chat.postMessage"] == 0


def test_a_key_says_which_message_it_is_and_nothing_else() -> None:
    assert {key(ASKED, APPROVAL), key(IN_OPS, APPROVAL)} == {"approval-1:asked:0:0", "approval-1:asked:0"}


def test_links_never_unfold_and_nothing_is_posted_as_somebody_else(channel: SlackChannel) -> None:
    seen: list[dict[str, Any]] = []
    call = channel._api.call
    channel._api.call = lambda method, **a: seen.append(a) or call(method, **a)  # type: ignore[method-assign, func-returns-value]
    sent(channel)
    [post] = [one for one in seen if "blocks" in one]
    assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
    assert not {"username", "icon_url", "icon_emoji", "link_names", "as_user", "parse"} & set(post)


STAND_IN = Reviewer(number=1, id="ben", name="Ben *B*", slack="U0BEN", instead_of=(0,))
INQUIRY = Inquiry(
    reviewer=0, text="Why <!here>?", at=NOW, reply="Because *I* say so.", replied_by="rhea", replied_at=NOW
)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("informed", "You need not do anything: Ben *B* has been asked in your place."),
        ("replied", "You asked: Why <!here>?\n\nThe reply: Because *I* say so."),
    ],
)
@pytest.mark.parametrize("above", [False, True])
def test_what_asks_for_nothing_is_a_short_message_without_buttons_and_no_copy(
    event: Any, says: str, above: bool, channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel) if above else None
    slack.clock.forward(seconds=2)
    meanwhile = msgspec.structs.replace(APPROVAL.meanwhile, inquiries=(INQUIRY,))
    approval = msgspec.structs.replace(APPROVAL, reviewers=(APPROVAL.reviewers[0], STAND_IN), meanwhile=meanwhile)
    notice = Notice(event=event, channel="slack", to="U0ANA", reviewer=0)
    result = channel.send(notice, approval, link=LINK, thread=thread)
    assert isinstance(result, Sent)
    assert not result.copy
    message = slack.team.said_in(DM)[-1]
    assert (message.thread_ts is not None) is above
    [section] = [block for block in message.blocks if block["type"] == "section"]
    assert section["text"] == {"type": "plain_text", "text": says, "emoji": False}
    assert "<!here>" not in message.text
    assert "answer:" not in str(message.blocks)


@pytest.mark.parametrize(
    ("event", "says", "button"),
    [
        ("inquired", "Ana wants to know more before they answer. The time goes on meanwhile.\n\nWhy <!here>?", "Reply"),
        ("refreshed", "You asked for a new link to your page. The old one has expired.", "Open your page"),
    ],
)
def test_whoever_asks_for_it_gets_the_question_with_the_link_to_their_page_and_no_copy(
    event: Any, says: str, button: str, channel: SlackChannel, slack: CastSlack
) -> None:
    meanwhile = msgspec.structs.replace(APPROVAL.meanwhile, inquiries=(INQUIRY,))
    approval = msgspec.structs.replace(APPROVAL, meanwhile=meanwhile)
    notice = Notice(event=event, channel="slack", to="U0ANA", reviewer=REQUESTER, count=1)
    result = channel.send(notice, approval, link=LINK)
    assert isinstance(result, Sent)
    assert not result.copy
    again = channel.send(notice, approval, link=LINK, ambiguous=True)
    assert again == Sent(receipt=result.receipt)
    [message] = slack.team.said_in(DM)
    [section] = [block for block in message.blocks if block["type"] == "section"]
    assert section["text"] == {"type": "plain_text", "text": says, "emoji": False}
    [element] = message.blocks[-1]["elements"]
    assert (element["text"]["text"], element["url"]) == (button, LINK)
    assert "<!here>" not in message.text


@pytest.mark.parametrize("event", [event for event in get_args(Event) if event != "inquired"])
def test_every_event_has_its_words(event: Any, channel: SlackChannel) -> None:
    notice = Notice(event=event, channel="slack", to="U0ANA", reviewer=0)
    approval = decided(APPROVAL) if event == "settled" else APPROVAL
    assert isinstance(channel.send(notice, approval, link=LINK), Sent)


def test_only_messages_that_show_how_it_stands_are_written_anew(channel: SlackChannel, slack: CastSlack) -> None:
    asked = channel.send(ASKED, APPROVAL, link=LINK)
    assert isinstance(asked, Sent)
    assert (asked.copy, asked.shown) == (True, APPROVAL.version)
    slack.clock.forward(seconds=2)
    reminder = Notice(event="reminded", channel="slack", to="U0ANA", reviewer=0)
    reminded = channel.send(reminder, APPROVAL, link=LINK, thread=asked.receipt)
    assert isinstance(reminded, Sent)
    assert not reminded.copy
    found = channel.send(reminder, APPROVAL, link=LINK, thread=asked.receipt, ambiguous=True)
    assert found == Sent(receipt=reminded.receipt)


def test_a_hostile_title_is_inert_in_what_is_posted(channel: SlackChannel, slack: CastSlack) -> None:
    hostile = an_approval(directory=ANA, reviewers=("ana",), title="<!channel> & <@U0BEN> *now*")
    sent(channel, ASKED, hostile)
    [message] = slack.team.said_in(DM)
    assert "<!channel>" not in message.text
    assert "<@U0BEN>" not in message.text
