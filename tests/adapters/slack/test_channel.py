"""The Slack channel on the stand-in: the recipients of each message, and people who cannot be reached."""

from typing import Any, get_args

import msgspec
import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.adapters.slack.sent_messages import EVENT_TYPE
from approvals.demo.fake_slack.faults import Fails
from approvals.domain.model.action_state import ReviewerQuestion
from approvals.domain.model.approval import Reviewer
from approvals.domain.model.messages.audience import ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Sent
from approvals.domain.model.messages.topics import Asked, EventName, LinkRefreshed
from tests.builders import NOW, an_approval, decided
from tests.support.domain.topics import TOPICS
from tests.support.slack.notices import ANA, APPROVAL, ASKED, DM, IN_OPS, LINK, sent
from tests.support.slack.workspace import OPS, CastSlack


def test_a_person_is_asked_by_direct_message_with_their_own_link(channel: SlackChannel, slack: CastSlack) -> None:
    receipt = sent(channel)
    [message] = slack.team.messages_in(DM)
    assert receipt == f"T0ACME/{DM}/{message.ts}"
    assert "Refund order 1234" in message.text
    assert LINK in str(message.blocks)
    assert message.metadata == {"event_type": EVENT_TYPE, "event_payload": {"key": "approval-1:asked:0:0"}}


@pytest.mark.parametrize("to", ["#ops", "#OPS", OPS, f"T0ACME/{OPS}", "T0ACME/#ops"])
def test_a_channel_is_notified_by_name_or_id_and_never_gets_a_link(
    to: str, channel: SlackChannel, slack: CastSlack
) -> None:
    sent(channel, Notice(about=Asked(0), channel="slack", to=to))
    [message] = slack.team.messages_in(OPS)
    assert "/r/" not in str(message.blocks)
    assert "answer:approve" in str(message.blocks)


def test_a_private_channel_is_found_by_name_once_the_app_was_invited(channel: SlackChannel, slack: CastSlack) -> None:
    notice = Notice(about=Asked(0), channel="slack", to="#board")
    slack.team.channel("C0BOARD", "board", private=True, bot=False)
    refused = channel.send(notice, APPROVAL, link=None)
    assert isinstance(refused, GivenUp)
    assert "/invite" in refused.reason
    slack.team.channels["C0BOARD"].members.add(slack.team.bot_user)
    assert sent(channel, notice).startswith("T0ACME/C0BOARD/")


def test_names_are_asked_for_once_and_direct_messages_not_at_all(channel: SlackChannel, slack: CastSlack) -> None:
    for count in range(3):
        slack.clock.forward(seconds=2)
        sent(channel, Notice(about=LinkRefreshed(count), channel="slack", to="U0ANA", audience=ForReviewer(0)))
        sent(channel, Notice(about=Asked(count), channel="slack", to="#ops"))
    assert (slack.state.calls["conversations.open"], slack.state.calls["users.conversations"]) == (0, 1)


def test_a_name_that_was_given_to_another_channel_means_that_one_before_long(
    channel: SlackChannel, slack: CastSlack
) -> None:
    sent(channel, IN_OPS)
    slack.team.channels[OPS].name = "old-ops"
    slack.team.channel("C0NEW", "ops")
    slack.clock.forward(minutes=11)
    assert sent(channel, Notice(about=Asked(1), channel="slack", to="#ops")).startswith("T0ACME/C0NEW/")


def test_each_workspace_is_reached_with_its_own_token(slack: CastSlack) -> None:
    other = slack.workspace("T0OTHER", domain="other", name="Other")
    other.user("U0ZOE", "zoe", email="zoe@example.com")
    api = SlackApi({t.id: t.token for t in slack.state.workspaces.values()}, url=slack.url, clock=slack.clock)
    channel = SlackChannel(api, conversations=SlackConversations(api), clock=slack.clock)
    sent(channel, Notice(about=Asked(0), channel="slack", to="T0OTHER/U0ZOE", audience=ForReviewer(0)))
    assert len(other.messages_in("D0ZOE")) == 1
    unknown = channel.send(
        Notice(about=Asked(0), channel="slack", to="T0NONE/U0ZOE", audience=ForReviewer(0)), APPROVAL, link=LINK
    )
    assert unknown == GivenUp("there is no token of workspace T0NONE in APPROVALS_SLACK_TOKENS", kind="invalid")


@pytest.mark.parametrize(
    "word",
    [
        "channel_not_found", "is_archived", "not_in_channel", "account_inactive", "invalid_auth", "token_revoked",
        "missing_scope", "restricted_action", "messages_tab_disabled", "invalid_blocks",
    ],
)  # fmt: skip
def test_what_will_never_arrive_is_given_up_with_the_fix(word: str, channel: SlackChannel, slack: CastSlack) -> None:
    slack.faults.next("chat.postMessage", Fails(word))
    result = channel.send(ASKED, APPROVAL, link=LINK)
    assert isinstance(result, GivenUp)
    assert f"({word})" in result.reason


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("U0SAM", "deactivated"),
        ("U0NOBODY", "no such person"),
        ("UBOT0ACME", "correct the directory file"),
        ("#nowhere", "in no channel of this name"),
        ("nonsense", "no address in Slack"),
        ("nobody@example.com", "nobody in the workspace has confirmed"),
        ("", "no address in Slack"),
    ],
)
def test_who_cannot_be_written_to_is_given_up_with_the_fix(
    to: str, says: str, channel: SlackChannel, slack: CastSlack
) -> None:
    result = channel.send(Notice(about=Asked(0), channel="slack", to=to, audience=ForReviewer(0)), APPROVAL, link=LINK)
    assert isinstance(result, GivenUp)
    assert says in result.reason
    assert slack.team.messages == []


def test_a_channel_that_was_recreated_under_its_name_is_found_again(channel: SlackChannel, slack: CastSlack) -> None:
    sent(channel, IN_OPS)
    slack.team.channels[OPS].archived = True
    slack.clock.forward(seconds=2)
    assert isinstance(channel.send(IN_OPS, APPROVAL, link=None), GivenUp)
    slack.team.channels[OPS].name = "old-ops"
    slack.team.channel("C0NEW", "ops")
    assert sent(channel, IN_OPS).startswith("T0ACME/C0NEW/")


class Overheard(SlackApi):
    """Keeps what Slack is asked for."""

    def __init__(self, slack: CastSlack) -> None:
        super().__init__({slack.team.id: slack.team.token}, url=slack.url, clock=slack.clock)
        self.asked: list[dict[str, Any]] = []

    def call(self, method: str, *, team: str, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        return super().call(method, team=team, **arguments)


def test_links_never_unfold_and_nothing_is_posted_as_somebody_else(slack: CastSlack) -> None:
    api = Overheard(slack)
    sent(SlackChannel(api, conversations=SlackConversations(api), clock=slack.clock))
    [post] = [one for one in api.asked if "blocks" in one]
    assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
    assert not {"username", "icon_url", "icon_emoji", "link_names", "as_user", "parse"} & set(post)


STAND_IN = Reviewer(number=1, id="ben", name="Ben *B*", slack="U0BEN", instead_of=(0,))
QUESTION = ReviewerQuestion(
    reviewer=0, text="Why <!here>?", at=NOW, reply="Because *I* say so.", replied_by="rhea", replied_at=NOW
)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("informed", "You do not need to do anything: Ben *B* has been asked in your place."),
        ("replied", "You asked: Why <!here>?\n\nThe reply: Because *I* say so."),
    ],
)
@pytest.mark.parametrize("above", [False, True])
def test_what_asks_for_nothing_is_a_short_message_without_buttons_and_no_copy(
    event: Any, says: str, above: bool, channel: SlackChannel, slack: CastSlack
) -> None:
    thread = sent(channel) if above else None
    slack.clock.forward(seconds=2)
    actions = msgspec.structs.replace(APPROVAL.actions, questions=(QUESTION,))
    approval = msgspec.structs.replace(APPROVAL, reviewers=(APPROVAL.reviewers[0], STAND_IN), actions=actions)
    notice = Notice(about=TOPICS[event], channel="slack", to="U0ANA", audience=ForReviewer(0))
    result = channel.send(notice, approval, link=LINK, thread=thread)
    assert isinstance(result, Sent)
    assert not result.copy
    message = slack.team.messages_in(DM)[-1]
    assert (message.thread_ts is not None) is above
    [section] = [block for block in message.blocks if block["type"] == "section"]
    assert section["text"] == {"type": "plain_text", "text": says, "emoji": False}
    assert "<!here>" not in message.text
    assert "answer:" not in str(message.blocks)


@pytest.mark.parametrize(
    ("event", "says", "button"),
    [
        (
            "inquired",
            "Ana wants to know more before they answer. The deadline does not change.\n\nWhy <!here>?",
            "Reply",
        ),
        ("refreshed", "You asked for a new link to your page. The old one has expired.", "Open your page"),
    ],
)
def test_the_requester_gets_the_question_with_the_link_to_their_page_and_no_copy(
    event: Any, says: str, button: str, channel: SlackChannel, slack: CastSlack
) -> None:
    actions = msgspec.structs.replace(APPROVAL.actions, questions=(QUESTION,))
    approval = msgspec.structs.replace(APPROVAL, actions=actions)
    notice = Notice(about=TOPICS[event], channel="slack", to="U0ANA", audience=ForRequester())
    result = channel.send(notice, approval, link=LINK)
    assert isinstance(result, Sent)
    assert not result.copy
    again = channel.send(notice, approval, link=LINK, ambiguous=True)
    assert again == Sent(receipt=result.receipt)
    [message] = slack.team.messages_in(DM)
    [section] = [block for block in message.blocks if block["type"] == "section"]
    assert section["text"] == {"type": "plain_text", "text": says, "emoji": False}
    [element] = message.blocks[-1]["elements"]
    assert (element["text"]["text"], element["url"]) == (button, LINK)
    assert "<!here>" not in message.text


@pytest.mark.parametrize("event", [event for event in get_args(EventName) if event not in ("inquired", "unreached")])
def test_every_event_has_its_words(event: Any, channel: SlackChannel) -> None:
    notice = Notice(about=TOPICS[event], channel="slack", to="U0ANA", audience=ForReviewer(0))
    approval = decided(APPROVAL) if event == "settled" else APPROVAL
    assert isinstance(channel.send(notice, approval, link=LINK), Sent)


def test_a_hostile_title_is_inert_in_what_is_posted(channel: SlackChannel, slack: CastSlack) -> None:
    hostile = an_approval(directory=ANA, reviewers=("ana",), title="<!channel> & <@U0BEN> *now*")
    sent(channel, ASKED, hostile)
    [message] = slack.team.messages_in(DM)
    assert "<!channel>" not in message.text
    assert "<@U0BEN>" not in message.text
