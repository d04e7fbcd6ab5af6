"""Digests: one message that lists several notices to one person, so that a Map of hundreds asks them once.

Notices that ask for an answer become a `Digest`, notices of an outcome an `OutcomeDigest`.
"""

from datetime import datetime, timedelta

import msgspec

from approvals.domain.mail_addresses import reference_key
from approvals.domain.model.approval import Approval, CallbackState, Status
from approvals.domain.model.messages.audience import ForChannel, ForReviewer
from approvals.domain.model.messages.outgoing import Message, Notice
from approvals.domain.model.messages.topics import AskingTopic, Settled

MOST_LINES = 50
HIGH_RISK_WINDOW = timedelta(seconds=5)
"""How long a notice of high risk waits for others at most: a burst of them is one digest, too."""


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


class OutcomeLine(msgspec.Struct, frozen=True):
    """A settled approval, with the link of the person who is told."""

    approval: Approval
    link: str


class OutcomeDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes for one person: the most important `lines` of `count`."""

    to: str
    lines: tuple[OutcomeLine, ...]
    count: int
    by_status: tuple[tuple[Status, int], ...]
    key: str
    """Equal for equal content, so that a repeated digest can be recognized."""
    thread: str | None = None
    """The receipt of the digest that asked about most of them."""


def recipient(message: Message) -> str | None:
    """Return the recipient of a notice that may become part of a digest: a reviewer asked by mail."""
    match message:
        case Notice(about=about, channel="mail", to=to, audience=ForReviewer()) if isinstance(about, AskingTopic):
            return mailbox(to)
    return None


def outcome_recipient(message: Message) -> str | None:
    """Return the recipient of an outcome that may become one with others: a reviewer or a requester."""
    match message:
        case Notice(about=Settled(), channel="mail" | "slack" as channel, to=to, audience=audience) if not isinstance(
            audience, ForChannel
        ):
            return f"settled:{channel}:{reference_key(to)}"
    return None


def mailbox(address: str) -> str:
    """Return a mailbox as a recipient of digests."""
    return f"mail:{reference_key(address)}"


def held_back(message: Message, approval: Approval, *, window: timedelta) -> timedelta:
    """Return how long a notice waits for others. Quiet hours are wait enough; high risk waits for seconds only."""
    if not isinstance(message, Notice) or message.not_before is not None:
        return timedelta(0)
    if outcome_recipient(message):
        return window
    if not recipient(message):
        return timedelta(0)
    return min(window, HIGH_RISK_WINDOW) if approval.content.risk == "high" else window


def importance(line: OutcomeLine) -> tuple[bool, datetime, str]:
    """Return a sort key: first what was not approved or did not reach its workflow, then the latest outcomes last."""
    approval = line.approval
    fine = approval.status is Status.APPROVED and approval.callback is CallbackState.DELIVERED
    return fine, approval.settled_at or approval.created_at, approval.id


def urgency(line: DigestLine) -> tuple[bool, datetime, str]:
    """Return a sort key: high risk first, then by deadline."""
    return line.approval.content.risk != "high", line.approval.deadline, line.approval.id
