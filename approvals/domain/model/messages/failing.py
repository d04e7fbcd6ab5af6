"""Failing messages: an attempt to deliver them has failed, and another one will be made."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from approvals.domain.model.messages.audience import Audience
from approvals.domain.model.messages.outgoing import Callback, Copy, Heartbeat, Lane, Message, Notice
from approvals.domain.model.messages.results import ReasonClass, Result, TryAgain
from approvals.domain.model.messages.topics import EventName
from approvals.domain.model.records import Leased

FAILED_AFTER = timedelta(minutes=5)
"""A callback that somebody has to make possible counts as failed after this time, which is the second attempt.

The first one may have met a permission that AWS had not spread yet.
"""
NEEDS_SOMEBODY: frozenset[ReasonClass] = frozenset({"denied", "invalid", "refused"})
"""The reasons that do not pass by themselves: somebody has to give a permission, or to correct a setting."""

MessageKind = Literal["callback", "heartbeat", "notice", "copy"]


class FailingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was tried in vain, and is tried again. A callback has no channel, and nobody as its audience."""

    lane: Lane
    what: MessageKind
    topic: EventName | None = None
    """What a notice is about; None for other messages, and for one that this release cannot read."""
    channel: str = ""
    to: str = ""
    audience: Audience | None = None
    attempts: int
    kind: ReasonClass
    reason: str
    since: datetime
    """The time from which it should have been delivered."""
    next_attempt: datetime


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """The failing messages of one approval, callbacks first, then the oldest; not always all of `count`."""

    count: int = 0
    messages: tuple[FailingMessage, ...] = ()

    @property
    def callback(self) -> FailingMessage | None:
        """Return the callback, if it fails."""
        return next((one for one in self.messages if one.what == "callback"), None)


class FailingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The failing messages of one lane for one class of reasons, with the facts of the oldest of them."""

    lane: Lane
    kind: ReasonClass
    count: int
    since: datetime
    reason: str
    attempts: int
    next_attempt: datetime
    approval_id: str


NOTHING_FAILS = Failing()


def kind_of(message: Message) -> MessageKind:
    """Return the kind of a message in one word."""
    match message:
        case Callback():
            return "callback"
        case Heartbeat():
            return "heartbeat"
        case Notice():
            return "notice"
        case Copy():
            return "copy"


def failure_of(result: Result) -> TryAgain | None:
    """Return the result of an attempt that failed and is repeated; None if it did not fail, or nothing was tried.

    A circuit that is open is such a failure: the service did not respond to other messages.
    """
    if isinstance(result, TryAgain) and (result.tried or result.kind != "other"):
        return result
    return None


def becomes_failed(leased: Leased, result: Result, *, now: datetime) -> bool:
    """Return whether a callback counts as failed since this attempt, though it is repeated."""
    if not isinstance(leased.message, Callback) or leased.target.failed:
        return False
    overdue = now - leased.first_at >= FAILED_AFTER
    return isinstance(result, TryAgain) and result.kind in NEEDS_SOMEBODY and overdue
