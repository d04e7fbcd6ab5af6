"""Store and outbox with metrics: committed changes, and the lag of sweep and delivery."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from approvals.adapters.aws.emf_metrics import Metrics
from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.adapters.database.store import SqlStore
from approvals.adapters.database.writes.row_batch import Move
from approvals.adapters.database.writes.writer import NO_WINDOW
from approvals.domain.model.approval import CallbackState, Change, callback_state
from approvals.domain.model.messages.outgoing import Callback, Notice
from approvals.domain.model.messages.results import GivenUp, Result
from approvals.domain.model.records import Arrival, Leased

_CALLBACKS = {
    CallbackState.DELIVERED: "CallbacksDelivered",
    CallbackState.TOO_LATE: "CallbacksTooLate",
    CallbackState.FAILED: "CallbacksFailed",
    CallbackState.UNCONFIRMED: "CallbacksUnconfirmed",
}


class MeteredStore(SqlStore):
    """A store that counts ApprovalsOpened, ApprovalsSettled by outcome, and RowsUnreadable."""

    def __init__(
        self, database: Database, *, new_id: Callable[[], str], metrics: Metrics, window: timedelta = NO_WINDOW
    ) -> None:
        super().__init__(database, new_id=new_id, window=window)
        self._metrics = metrics
        database.set_aside.counted_by(partial(metrics.put, {"RowsUnreadable": 1}))

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        ids = super().add(arrivals)
        new = [one.change for one, id_ in zip(arrivals, ids, strict=True) if one.change.approval.id == id_]
        if new:
            self._metrics.put({"ApprovalsOpened": len(new)})
        self._count_settled([change.then for change in new if change.then])
        return ids

    def _committed(self, moves: Sequence[Move]) -> None:
        self._count_settled([change for move in moves for change in move.changes])

    def _count_settled(self, changes: Sequence[Change]) -> None:
        settled = Counter(str(change.approval.status) for change in changes if not change.approval.pending)
        for outcome, count in settled.items():
            self._metrics.put({"ApprovalsSettled": count}, Outcome=outcome)


class MeteredOutbox(SqlOutbox):
    """An outbox that counts the results of callbacks, and notices that failed permanently."""

    def __init__(
        self, database: Database, *, new_id: Callable[[], str], metrics: Metrics, window: timedelta = NO_WINDOW
    ) -> None:
        super().__init__(database, new_id=new_id, window=window)
        self._metrics = metrics

    def settle(self, results: Sequence[tuple[Leased, Result]], *, now: datetime, jitter: Callable[[], float]) -> int:
        ours = super().settle(results, now=now, jitter=jitter)
        self._metrics.put(Counter(name for leased, result in results if (name := _metric(leased, result))))
        return ours


def _metric(leased: Leased, result: Result) -> str | None:
    if isinstance(leased.message, Callback):
        return _CALLBACKS.get(callback_state(result))
    if isinstance(leased.message, Notice) and isinstance(result, GivenUp):
        return "NoticesFailed"
    return None


def lags(database: Database, *, now: datetime) -> Mapping[str, float]:
    """Return the lag of the oldest due approval and message in seconds, by two index look-ups."""
    due: dict[str, Any] = {
        "SweepLag": tables.approvals.c.next_action_at, "OldestMessage": tables.outbox.c.next_attempt_at
    }  # fmt: skip
    with database.read() as connection:
        oldest = {name: _oldest(connection, column, now) for name, column in due.items()}
    return {name: max(0.0, (now - at).total_seconds()) if at else 0.0 for name, at in oldest.items()}


def _oldest(connection: sa.Connection, column: sa.Column[datetime], now: datetime) -> datetime | None:
    query = sa.select(column).where(column <= now).order_by(column).limit(1)
    found = connection.execute(query).scalar()
    return found if isinstance(found, datetime) else None
