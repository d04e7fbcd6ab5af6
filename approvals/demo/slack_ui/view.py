"""The view model of the Slack pane: one person's conversations, the open one, and the open modal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from approvals.demo.cast.scenarios import ANA, PEOPLE, DemoPerson
from approvals.demo.fake_slack.state.workspace import SlackMessage, SlackView
from approvals.demo.slack_ui.mrkdwn import clock_time
from approvals.demo.slack_ui.workspace import CHANNEL_ID, ShopSlack

Screen = Literal["channel", "dm", "home"]
SCREENS: tuple[Screen, ...] = ("channel", "dm", "home")
GROUPING_SECONDS = 300
"""Seconds within which the next message of the same author is shown without name and avatar."""

LastSeen = dict[tuple[str, str], str]
"""The timestamp of the last message seen, by person and conversation."""


@dataclass(frozen=True, kw_only=True)
class ShownMessage:
    """A message as shown. `day` is the heading above the first message of a day, else empty."""

    message: SlackMessage
    name: str
    avatar: str
    is_app: bool
    at: str
    day: str
    follows: bool
    replies: int
    last_reply: str

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks of the message, or its text as a block."""
        plain = {"type": "section", "text": {"type": "mrkdwn", "text": self.message.text}}
        return self.message.blocks or [plain]


@dataclass(frozen=True, kw_only=True)
class PaneView:
    """The pane as one person sees it. With an open thread, `parent` is its first message and `messages` its replies."""

    me: DemoPerson
    people: Sequence[tuple[DemoPerson, int]]
    screen: Screen
    messages: Sequence[ShownMessage]
    parent: ShownMessage | None = None
    unread: Mapping[Screen, int] = field(default_factory=dict)
    home: SlackView | None = None
    modal: SlackView | None = None
    typed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, Any]:
        """The query parameters of this view."""
        return {
            "me": None if self.me is ANA else self.me.slug,
            "screen": None if self.screen == "channel" else self.screen,
            "thread": self.parent.message.ts if self.parent else None,
        }

    @property
    def latest(self) -> str:
        return f"In Slack, {self.messages[-1].name}: {self.messages[-1].message.text}" if self.messages else ""


def person_of(slug: str) -> DemoPerson:
    return next((person for person in PEOPLE if person.slug == slug), ANA)


def pane_view(
    slack: ShopSlack,
    *,
    me: DemoPerson,
    screen: str,
    thread: str,
    seen: LastSeen,
    typed: Mapping[str, Any],
    now: datetime,
) -> PaneView:
    """Build the pane for `me`, and record its messages as seen."""
    chosen: Screen = next((known for known in SCREENS if known == screen), "channel")
    channel = CHANNEL_ID if chosen == "channel" else slack.dm(me)
    with slack.server.state.lock:
        visible = visible_to(me, channel, slack=slack)
        parent = next((each for each in visible if each.ts == thread and not each.thread_ts), None)
        messages = [each for each in visible if each.thread_ts == (parent.ts if parent else None)]
        if visible and chosen != "home":
            seen[me.slug, channel] = visible[-1].ts
        modals = slack.team.open_views(me.member)
        return PaneView(
            me=me,
            people=[(person, _unread(slack, slack.dm(person), person, seen)) for person in PEOPLE],
            screen=chosen,
            messages=_in_order(slack, messages, visible, now),
            parent=_in_order(slack, [parent], visible, now)[0] if parent else None,
            unread={
                "channel": _unread(slack, CHANNEL_ID, me, seen),
                "dm": _unread(slack, slack.dm(me), me, seen),
            },
            home=slack.team.homes.get(me.member),
            modal=modals[-1] if modals else None,
            typed=typed.get(modals[-1].id, {}) if modals else {},
        )


def visible_to(person: DemoPerson, channel: str, *, slack: ShopSlack) -> list[SlackMessage]:
    """Return all messages of a conversation that this person can see, including replies."""
    return [
        each for each in slack.team.messages
        if each.channel == channel and each.only_for in (None, person.member)
    ]  # fmt: skip


def _unread(slack: ShopSlack, channel: str, person: DemoPerson, seen: LastSeen) -> int:
    last = seen.get((person.slug, channel), "")
    messages = [each for each in visible_to(person, channel, slack=slack) if not each.thread_ts]
    return sum(_moment(each.ts) > _moment(last) for each in messages)


def _in_order(
    slack: ShopSlack, messages: Sequence[SlackMessage], visible: Sequence[SlackMessage], now: datetime
) -> list[ShownMessage]:
    shown: list[ShownMessage] = []
    for message in messages:
        shown.append(_one(slack, message, shown[-1] if shown else None, visible, now))
    return shown


def _one(
    slack: ShopSlack, message: SlackMessage, before: ShownMessage | None, visible: Sequence[SlackMessage], now: datetime
) -> ShownMessage:
    user = slack.team.users.get(message.user)
    day = _day(_time(message, now), now)
    earlier = before.message if before else None
    new_day = earlier is None or _day(_time(earlier, now), now) != day
    replies = [each for each in visible if each.thread_ts == message.ts]
    return ShownMessage(
        message=message,
        name=user.real_name if user else "Slackbot",
        avatar=user.name if user else "slackbot",
        is_app=bool(message.app_id),
        at=clock_time(_time(message, now)),
        day=day if new_day else "",
        follows=earlier is not None and not new_day and _continues(message, earlier),
        replies=len(replies),
        last_reply=_when(replies[-1], now) if replies else "",
    )


def _continues(message: SlackMessage, before: SlackMessage) -> bool:
    same_author = (message.user, message.only_for) == (before.user, before.only_for)
    return same_author and _moment(message.ts)[0] - _moment(before.ts)[0] < GROUPING_SECONDS


def _moment(ts: str) -> tuple[int, int]:
    seconds, _, number = ts.partition(".")
    return int(seconds or 0), int(number or 0)


def _time(message: SlackMessage, now: datetime) -> datetime:
    return datetime.fromtimestamp(_moment(message.ts)[0], now.tzinfo)


def _day(at: datetime, now: datetime) -> str:
    return {0: "Today", -1: "Yesterday"}.get((at.date() - now.date()).days, f"{at:%A}, {at:%B} {at.day}")


def _when(message: SlackMessage, now: datetime) -> str:
    at = _time(message, now)
    day = _day(at, now)
    return f"{day.lower() if day in ('Today', 'Yesterday') else day} at {clock_time(at)}"
