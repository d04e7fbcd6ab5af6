"""Digests: one message that lists several notices to one person, so that a Map of hundreds asks them once."""

from datetime import datetime, timedelta

import msgspec

from approvals.domain.mail_addresses import reference_key
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Message, Notice
from approvals.domain.model.messages.topics import AskingTopic

MOST_LINES = 50


class DigestLine(msgspec.Struct, frozen=True):
    """An approval that waits for one person, with their number in it."""

    approval: Approval
    reviewer: int


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """The notices to one person: the most urgent `lines` of `count`, of which `high_risk` are high risk."""

    to: str
    lines: tuple[DigestLine, ...]
    count: int
    high_risk: int
    key: str
    """Equal for equal content, so that a repeated digest can be recognized."""


def recipient(message: Message) -> str | None:
    """Return the recipient of a notice that may become part of a digest: a reviewer asked by mail."""
    match message:
        case Notice(about=about, channel="mail", to=to, audience=ForReviewer()) if isinstance(about, AskingTopic):
            return f"mail:{reference_key(to)}"
    return None


def held_back(message: Message, approval: Approval, *, window: timedelta) -> timedelta:
    """Return how long a notice waits for others. High risk does not wait, and quiet hours are wait enough."""
    waits = recipient(message) and approval.content.risk != "high"
    return window if waits and isinstance(message, Notice) and message.not_before is None else timedelta(0)


def urgency(line: DigestLine) -> tuple[bool, datetime, str]:
    """Return a sort key: high risk first, then by deadline."""
    return line.approval.content.risk != "high", line.approval.deadline, line.approval.id
