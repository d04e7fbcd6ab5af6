"""The outbox: what still has to leave. A row is free when its moment has come; a lease only moves that moment ahead.

Every closing write names its lease, so a slow sender whose lease was taken over can change nothing. A row found with an
old lease on it belonged to a process that died: whether its message arrived is not known, so it is `ambiguous`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from approvals.adapters import rows, tables
from approvals.adapters.engine import Database
from approvals.adapters.store import load_targets
from approvals.domain.approval import Note, callback_state
from approvals.domain.messages import (
    Callback,
    GivenUp,
    Heartbeat,
    Lane,
    Leased,
    Moot,
    Notice,
    Result,
    Sent,
    Target,
    TryAgain,
    Unconfirmed,
    backoff,
)  # fmt: skip

_o = tables.outbox.c
_KEY = sa.tuple_(_o.approval_id, _o.key)
_CLOSE = (
    tables.outbox.update()
    .where(_o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"))
    .values({name: sa.bindparam(name) for name in (
        "lease", "next_attempt_at", "closed_at", "result", "detail", "ambiguous", "attempts",
    )})
)  # fmt: skip
_a = tables.approvals.c
_TOLD = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"))
    .values({name: sa.bindparam(name) for name in ("version", "callback", "callback_detail")})
)
_RESULTS = {Sent: "sent", GivenUp: "givenUp", Unconfirmed: "unconfirmed", Moot: "moot"}


class SqlOutbox:
    """Implements ports.Outbox."""

    def __init__(self, database: Database, *, new_id: Callable[[], str]) -> None:
        self._database, self._new_id = database, new_id

    def lease(self, *, lane: Lane, now: datetime, until: datetime, limit: int, only: str | None = None) -> list[Leased]:
        with self._database.write() as connection:
            taken = connection.execute(self._claim(lane, now, until, limit, only)).mappings().all()
            targets = load_targets(connection, [row["approval_id"] for row in taken]) if lane == "callback" else {}
        leased = (_leased(row, until, targets) for row in taken)
        return sorted(leased, key=lambda one: one.first_at)

    def settle(self, results: Sequence[tuple[Leased, Result]], *, now: datetime, chance: Callable[[], float]) -> int:
        """Heartbeats in a transaction of their own: it locks no approvals, so no two of ours wait for each other."""
        beats = [pair for pair in results if isinstance(pair[0].message, Heartbeat)]
        others = [pair for pair in results if not isinstance(pair[0].message, Heartbeat)]
        return self._settle(beats, now, chance) + self._settle(others, now, chance)

    def _claim(self, lane: Lane, now: datetime, until: datetime, limit: int, only: str | None) -> Any:
        free = (
            sa.select(_o.approval_id, _o.key)
            .where(_o.lane == lane, _o.next_attempt_at <= now)
            .order_by(_o.next_attempt_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            free = free.where(_o.approval_id == only)
        return (
            tables.outbox.update()
            .where(_KEY.in_(free))
            .values(
                lease=self._new_id(), next_attempt_at=until, attempts=_o.attempts + 1,
                ambiguous=sa.or_(_o.ambiguous, _o.lease.is_not(None)),
            )
            .returning(tables.outbox)
        )  # fmt: skip

    def _settle(self, results: Sequence[tuple[Leased, Result]], now: datetime, chance: Callable[[], float]) -> int:
        if not results:
            return 0
        with self._database.write() as connection:
            ours = self._still_ours(connection, [leased for leased, _ in results])
            kept = [(leased, result) for leased, result in results if (leased.target.approval_id, leased.key) in ours]
            if kept:
                connection.execute(_CLOSE, [_closing(leased, result, now, chance()) for leased, result in kept])
                _record(connection, kept, now)
        return len(kept)

    def _still_ours(self, connection: sa.Connection, leased: Iterable[Leased]) -> set[tuple[str, str]]:
        """The rows that still carry our lease, locked."""
        leases = {(one.target.approval_id, one.key): one.lease for one in leased}
        query = sa.select(_o.approval_id, _o.key, _o.lease).where(_KEY.in_(list(leases))).with_for_update()
        return {(r.approval_id, r.key) for r in connection.execute(query) if leases[r.approval_id, r.key] == r.lease}


def _leased(row: Any, until: datetime, targets: dict[str, Target]) -> Leased:
    nowhere = Target(approval_id=row["approval_id"], sealed_token=None, execution_arn=None, created_at=row["first_at"])
    return Leased(
        key=row["key"], lease=row["lease"], until=until, attempts=row["attempts"], ambiguous=row["ambiguous"],
        first_at=row["first_at"], message=rows.message(row["message"]), target=targets.get(row["approval_id"], nowhere),
    )  # fmt: skip


def _closing(leased: Leased, result: Result, now: datetime, chance: float) -> rows.Row:
    """The row after this result: closed, or free again at some moment."""
    again = _again(leased, result, chance)
    detail = result.receipt if isinstance(result, Sent) else "" if isinstance(result, Moot) else result.reason
    return {
        "of_id": leased.target.approval_id,
        "of_key": leased.key,
        "lease": None,
        "next_attempt_at": None if again is None else now + again,
        "closed_at": now if again is None else None,
        "result": _RESULTS[type(result)] if again is None and not isinstance(result, TryAgain) else None,
        "detail": detail,
        "ambiguous": leased.ambiguous or (isinstance(result, TryAgain) and result.ambiguous),
        "attempts": 0 if isinstance(result, Sent) else leased.attempts,
    }


def _again(leased: Leased, result: Result, chance: float) -> timedelta | None:
    """After how long to try again; None when it is over. A heartbeat is over only when nothing waits any more."""
    if isinstance(leased.message, Heartbeat):
        every = timedelta(seconds=leased.message.every_seconds)
        if isinstance(result, GivenUp) and result.closed:
            return None
        return (
            min(every, backoff(leased.attempts, chance))
            if isinstance(result, TryAgain) and leased.message.required
            else every
        )
    if isinstance(result, TryAgain):
        return backoff(leased.attempts, chance) if result.after is None else result.after
    return None


def _record(connection: sa.Connection, results: Sequence[tuple[Leased, Result]], now: datetime) -> None:
    """What people should see of it: the callback's state, and who could not be reached. Each with its note."""
    told = [(one, result, note) for one, result in results if (note := _note(one, result, now))]
    if not told:
        return
    ids = sorted({one.target.approval_id for one, _, _ in told})
    query = sa.select(_a.id, _a.version, _a.callback, _a.callback_detail).where(_a.id.in_(ids)).order_by(_a.id)
    known = {row["id"]: dict(row) for row in connection.execute(query.with_for_update()).mappings()}
    moved, noted = [], []
    for one, result, note in told:
        row = known[one.target.approval_id]
        row["version"] += 1
        if isinstance(one.message, Callback):
            row["callback"] = callback_state(result).value
            row["callback_detail"] = "" if isinstance(result, Sent | Moot) else result.reason
        moved.append({"of_id": row["id"], **{n: row[n] for n in ("version", "callback", "callback_detail")}})
        noted.append(rows.note_row(row["id"], row["version"], note))
    connection.execute(_TOLD, moved)
    connection.execute(tables.notes.insert(), noted)


def _note(leased: Leased, result: Result, now: datetime) -> Note | None:
    """The audit line of what became final; tries in between leave none."""
    match leased.message, result:
        case Callback(), Sent(receipt=receipt):
            return Note(event="callback.delivered", at=now, actor="delivery", facts={"requestId": receipt})
        case Callback(), GivenUp(reason=reason, closed=True):
            return Note(event="callback.tooLate", at=now, actor="delivery", facts={"reason": reason})
        case Callback(), GivenUp(reason=reason):
            return Note(event="callback.failed", at=now, actor="delivery", facts={"reason": reason})
        case Callback(), Unconfirmed(reason=reason):
            return Note(event="callback.unconfirmed", at=now, actor="delivery", facts={"reason": reason})
        case Notice() as notice, GivenUp(reason=reason):
            return Note(event="notice.failed", at=now, actor="delivery", facts={"to": notice.to, "reason": reason})
    return None
