"""The event of a message that was sent, or could not be."""

from datetime import datetime

from approvals.domain.model.messages.failing import becomes_failed
from approvals.domain.model.messages.outgoing import Callback, Copy, Heartbeat, Message, Notice, lane
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain, Unconfirmed
from approvals.domain.model.records import Leased
from approvals.telemetry.event import Event, Name

STEP_FUNCTIONS = "stepfunctions"
OTHER = "other"


def event_of(leased: Leased, result: Result, *, at: datetime) -> Event | None:
    """Return the event of a result; None if nothing was tried, or nobody needed the message any more."""
    message = leased.message
    name = _name(leased, result, at)
    if name is None:
        return None
    return Event(
        name=name, at=at, approval_id=leased.target.approval_id, execution_arn=leased.target.execution_arn or "",
        callback_id=message.callback_id if isinstance(message, Callback) else "", lane=lane(message),
        channel=message.channel if isinstance(message, Notice | Copy) else STEP_FUNCTIONS,
        reason=_reason(result), attempts=leased.attempts, seconds=_seconds(leased, at),
        facts={"about": message.event} if isinstance(message, Notice) else {},
    )  # fmt: skip


def _name(leased: Leased, result: Result, at: datetime) -> Name | None:
    message = leased.message
    if becomes_failed(leased, result, now=at):
        return Name.CALLBACK_FAILED
    match result:
        case Moot() | TryAgain(tried=False):
            return None
        case TryAgain():
            return _RETRYING[type(message)]
        case Sent(instead_of=reason) if reason and isinstance(message, Notice):
            return Name.NOTICE_SENT_OTHERWISE
        case Sent():
            return _SENT.get(type(message))
        case GivenUp(closed=True) if isinstance(message, Callback):
            return Name.CALLBACK_TOO_LATE
        case GivenUp():
            return _GIVEN_UP[type(message)]
        case Unconfirmed():
            return Name.CALLBACK_UNCONFIRMED


_SENT: dict[type[Message], Name] = {
    Callback: Name.CALLBACK_DELIVERED, Notice: Name.NOTICE_SENT, Heartbeat: Name.HEARTBEAT_SENT
}  # fmt: skip
_RETRYING: dict[type[Message], Name] = {
    Callback: Name.CALLBACK_RETRYING, Notice: Name.NOTICE_RETRYING, Heartbeat: Name.HEARTBEAT_RETRYING,
    Copy: Name.COPY_RETRYING,
}  # fmt: skip
_GIVEN_UP: dict[type[Message], Name] = {
    Callback: Name.CALLBACK_FAILED, Notice: Name.NOTICE_FAILED, Heartbeat: Name.HEARTBEAT_REFUSED,
    Copy: Name.COPY_FAILED,
}  # fmt: skip


def _reason(result: Result) -> str:
    """Return the class of a failure. Its text may name an address."""
    if isinstance(result, Sent | Moot):
        return ""
    return getattr(result, "kind", "") or OTHER


def _seconds(leased: Leased, at: datetime) -> float:
    """Return the time since the message was due; its first time may lie ahead of a digest that took it along."""
    return max(0.0, (at - leased.first_at).total_seconds())
