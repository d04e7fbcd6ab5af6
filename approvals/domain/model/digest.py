"""Digests: several notices to one person as one message that lists them, so that a Map of hundreds asks them once."""

from datetime import datetime, timedelta

import msgspec

from approvals.domain.model.approval import Approval
from approvals.domain.model.messages import Message, Notice

GATHERED = frozenset({"asked", "reminded", "escalated"})
MOST_LINES = 50


class Line(msgspec.Struct, frozen=True):
    """An approval that waits for one person, and their number in it."""

    approval: Approval
    reviewer: int


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for one person. `lines` are the most urgent of `count`, `high_risk` how many of all are that."""

    to: str
    lines: tuple[Line, ...]
    count: int
    high_risk: int
    key: str
    """The same for the same content, so that a repeated one can be told from another."""


def recipient(message: Message) -> str | None:
    """Who it is for, where it may become part of a digest: a person who is asked by mail."""
    match message:
        case Notice(event=event, channel="mail", to=to, reviewer=int()) if event in GATHERED:
            return f"mail:{to.casefold()}"
    return None


def held_back(message: Message, approval: Approval, *, window: timedelta) -> timedelta:
    """How long it waits for others to the same person. High risk waits for nothing, quiet hours are wait enough."""
    waits = recipient(message) and approval.content.risk != "high"
    return window if waits and isinstance(message, Notice) and message.not_before is None else timedelta(0)


def urgency(line: Line) -> tuple[bool, datetime, str]:
    """High risk first, then by deadline."""
    return line.approval.content.risk != "high", line.approval.deadline, line.approval.id
