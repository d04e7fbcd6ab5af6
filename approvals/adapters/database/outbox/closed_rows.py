"""The rows of the outbox after an attempt to send: closed with their result, or due again later."""

from datetime import datetime, timedelta

from approvals.adapters.database.rows import Row
from approvals.domain.model.messages.backoff import backoff
from approvals.domain.model.messages.failing import failure_of
from approvals.domain.model.messages.outgoing import Heartbeat
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain, Unconfirmed
from approvals.domain.model.records import Leased

RAREST_BEAT = timedelta(hours=6)
"""SendTaskHeartbeat has a quota (300 to 500 a second for an account and Region), shared by all workers."""
_RESULTS = {Sent: "sent", GivenUp: "givenUp", Unconfirmed: "unconfirmed", Moot: "moot"}
CLOSED = ("next_attempt_at", "closed_at", "result", "detail", "ambiguous", "ambiguous_at", "attempts", "failure")
"""The columns that change."""


def closed_row(leased: Leased, result: Result, now: datetime, jitter: float) -> Row:
    """Return the columns after this result: closed, or due again at a later time."""
    again = _again(leased, result, now, jitter)
    failure = failure_of(result)
    return {
        "of_id": leased.target.approval_id,
        "of_key": leased.key,
        "of_lease": leased.lease,
        "next_attempt_at": None if again is None else now + again,
        "closed_at": now if again is None else None,
        "result": _RESULTS[type(result)] if again is None and not isinstance(result, TryAgain) else None,
        "detail": _detail(result),
        "ambiguous": leased.ambiguous or (isinstance(result, TryAgain) and result.ambiguous),
        "ambiguous_at": _ambiguous_at(leased, result, now),
        "attempts": _attempts(leased, result),
        "failure": failure.kind if failure else None,
    }


def _detail(result: Result) -> str | None:
    """Return the receipt, or the reason of a failure. A message that was only postponed has none."""
    match result:
        case Sent(receipt=receipt):
            return receipt
        case Moot():
            return ""
        case TryAgain() if failure_of(result) is None:
            return None
    return result.reason


def _attempts(leased: Leased, result: Result) -> int:
    """Return the number of attempts made, from which the next back-off follows; the lease has counted this one."""
    if isinstance(result, Sent):
        return 0
    return leased.attempts - (isinstance(result, TryAgain) and not result.tried)


def _ambiguous_at(leased: Leased, result: Result, now: datetime) -> datetime | None:
    """Return when the last attempt that may have arrived was over; at the latest now, if an older row lacks it."""
    if isinstance(result, TryAgain) and result.ambiguous:
        return now
    return (leased.ambiguous_at or now) if leased.ambiguous else None


def _again(leased: Leased, result: Result, now: datetime, jitter: float) -> timedelta | None:
    """Return the delay until the next attempt, or None if the result is final."""
    if isinstance(leased.message, Heartbeat):
        return _next_beat(leased, leased.message, result, now, jitter)
    if isinstance(result, TryAgain):
        return backoff(leased.attempts, jitter) if result.after is None else result.after
    return None


def _next_beat(leased: Leased, beat: Heartbeat, result: Result, now: datetime, jitter: float) -> timedelta | None:
    """Return the delay until the next heartbeat, or None if no state waits. Unneeded ones become rarer with age."""
    every = timedelta(seconds=beat.every_seconds)
    if isinstance(result, GivenUp) and result.closed:
        return None
    if beat.required and isinstance(result, TryAgain):
        return min(every, result.after or backoff(leased.attempts, jitter))
    if beat.required:
        return every
    return max(every, min((now - leased.first_at) / 10, RAREST_BEAT))
