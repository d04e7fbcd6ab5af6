"""What the pane shows to one person at one moment: their conversations, one of them, a modal if one is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from approvals.demo.cast.scenarios import ANA, PEOPLE, Person
from approvals.demo.fake_slack.state.workspace import Message, View
from approvals.demo.slack_ui.mrkdwn import clock_time
from approvals.demo.slack_ui.workspace import CHANNEL_ID, Office

Place = Literal["channel", "dm", "home"]
PLACES: tuple[Place, ...] = ("channel", "dm", "home")
SAME_BREATH = 300
"""Seconds within which the next message of the same author goes without name and face."""

Seen = dict[tuple[str, str], str]
"""By person and conversation: the last message that they have looked at."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message with what stands around it. `day` is told above the first of each day."""

    message: Message
    name: str
    face: str
    is_app: bool
    at: str
    day: str
    follows: bool
    replies: int
    last_reply: str

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks; of one without, its text."""
        plain = {"type": "section", "text": {"type": "mrkdwn", "text": self.message.text}}
        return self.message.blocks or [plain]


@dataclass(frozen=True, kw_only=True)
class Pane:
    """`above` is the message whose thread is open; then `said` are its replies."""

    me: Person
    people: Sequence[tuple[Person, int]]
    place: Place
    said: Sequence[Said]
    above: Said | None = None
    unread: Mapping[Place, int] = field(default_factory=dict)
    home: View | None = None
    modal: View | None = None
    typed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, Any]:
        """By which this view of it is asked for again."""
        return {
            "me": None if self.me is ANA else self.me.slug,
            "place": None if self.place == "channel" else self.place,
            "thread": self.above.message.ts if self.above else None,
        }

    @property
    def latest(self) -> str:
        return f"In Slack, {self.said[-1].name}: {self.said[-1].message.text}" if self.said else ""


def person_of(slug: str) -> Person:
    return next((person for person in PEOPLE if person.slug == slug), ANA)


def look(
    office: Office, *, me: Person, place: str, thread: str, seen: Seen, typed: Mapping[str, Any], now: datetime
) -> Pane:
    """As `me` sees it now, who has then seen it."""
    chosen: Place = next((known for known in PLACES if known == place), "channel")
    channel = CHANNEL_ID if chosen == "channel" else office.dm(me)
    with office.slack.state.lock:
        visible = visible_to(me, channel, office=office)
        root = next((each for each in visible if each.ts == thread and not each.thread_ts), None)
        said = [each for each in visible if each.thread_ts == (root.ts if root else None)]
        if visible and chosen != "home":
            seen[me.slug, channel] = visible[-1].ts
        modals = office.team.open_views(me.member)
        return Pane(
            me=me,
            people=[(person, _unread(office, office.dm(person), person, seen)) for person in PEOPLE],
            place=chosen,
            said=_in_order(office, said, visible, now),
            above=_in_order(office, [root], visible, now)[0] if root else None,
            unread={
                "channel": _unread(office, CHANNEL_ID, me, seen),
                "dm": _unread(office, office.dm(me), me, seen),
            },
            home=office.team.homes.get(me.member),
            modal=modals[-1] if modals else None,
            typed=typed.get(modals[-1].id, {}) if modals else {},
        )


def visible_to(person: Person, channel: str, *, office: Office) -> list[Message]:
    """All of a conversation that this person sees, replies too."""
    return [
        each for each in office.team.messages
        if each.channel == channel and each.only_for in (None, person.member)
    ]  # fmt: skip


def _unread(office: Office, channel: str, person: Person, seen: Seen) -> int:
    last = seen.get((person.slug, channel), "")
    said = [each for each in visible_to(person, channel, office=office) if not each.thread_ts]
    return sum(_moment(each.ts) > _moment(last) for each in said)


def _in_order(office: Office, said: Sequence[Message], visible: Sequence[Message], now: datetime) -> list[Said]:
    shown: list[Said] = []
    for message in said:
        shown.append(_one(office, message, shown[-1] if shown else None, visible, now))
    return shown


def _one(office: Office, message: Message, before: Said | None, visible: Sequence[Message], now: datetime) -> Said:
    user = office.team.users.get(message.user)
    day = _day(_time(message, now), now)
    earlier = before.message if before else None
    new_day = earlier is None or _day(_time(earlier, now), now) != day
    replies = [each for each in visible if each.thread_ts == message.ts]
    return Said(
        message=message,
        name=user.real_name if user else "Slackbot",
        face=user.name if user else "slackbot",
        is_app=bool(message.app_id),
        at=clock_time(_time(message, now)),
        day=day if new_day else "",
        follows=earlier is not None and not new_day and _same_breath(message, earlier),
        replies=len(replies),
        last_reply=_when(replies[-1], now) if replies else "",
    )


def _same_breath(message: Message, before: Message) -> bool:
    alike = (message.user, message.only_for) == (before.user, before.only_for)
    return alike and _moment(message.ts)[0] - _moment(before.ts)[0] < SAME_BREATH


def _moment(ts: str) -> tuple[int, int]:
    seconds, _, number = ts.partition(".")
    return int(seconds or 0), int(number or 0)


def _time(message: Message, now: datetime) -> datetime:
    return datetime.fromtimestamp(_moment(message.ts)[0], now.tzinfo)


def _day(at: datetime, now: datetime) -> str:
    return {0: "Today", -1: "Yesterday"}.get((at.date() - now.date()).days, f"{at:%A}, {at:%B} {at.day}")


def _when(message: Message, now: datetime) -> str:
    at = _time(message, now)
    day = _day(at, now)
    return f"{day.lower() if day in ('Today', 'Yesterday') else day} at {clock_time(at)}"
