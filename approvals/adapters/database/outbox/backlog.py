"""The backlog: how much waits, and how late it is, by index look-ups and counts that stop at a limit.

Every statement reads a partial index of the few rows that it is about, so none costs more in a larger table. The
conditions are literal text: with parameters in their place, neither database would use a partial index.
"""

from datetime import datetime

import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.unreadable.moments import UtcDateTime
from approvals.domain.model.messages.outgoing import LANES, Lane
from approvals.domain.model.records import COUNTED, Backlog

DUE_COUNTED = 10_000
"""A count of due approvals reads their rows, not only an index; more than so many are late for one reason."""

_a, _o = tables.approvals.c, tables.outbox.c
_NOW = sa.bindparam("now", type_=UtcDateTime())
_MOST = sa.bindparam("most", type_=sa.Integer)
_pending = sa.select(_a.next_action_at).where(_a.next_action_at.is_not(None)).limit(_MOST).subquery()
_PENDING = sa.select(sa.func.count()).select_from(_pending)
_due = sa.select(_a.deadline).where(_a.next_action_at <= _NOW).order_by(_a.next_action_at).limit(DUE_COUNTED).subquery()
_OVERDUE = sa.select(sa.func.count()).select_from(_due).where(_due.c.deadline <= _NOW)
_SOONEST = sa.select(_a.next_action_at).where(_a.next_action_at <= _NOW).order_by(_a.next_action_at).limit(1)
_undelivered = sa.select(_a.callback).where(sa.text(tables.UNDELIVERED)).limit(_MOST).subquery()
_UNDELIVERED = sa.select(_undelivered.c.callback, sa.func.count()).group_by(_undelivered.c.callback)
_lane = _o.lane == sa.bindparam("of_lane")
_FAILING = sa.select(_o.first_at).where(_lane, sa.text(tables.FAILING)).order_by(_o.first_at).limit(1)
_LATE = sa.select(_o.next_attempt_at).where(_lane, _o.next_attempt_at <= _NOW).order_by(_o.next_attempt_at).limit(1)


def backlog(database: Database, *, now: datetime, most: int = COUNTED) -> Backlog:
    """Return how much waits, and how late it is; counts stop at `most`. Raises Unavailable."""
    with database.read() as connection:
        undelivered = dict(connection.execute(_UNDELIVERED, {"most": most}).tuples().all())
        return Backlog(
            pending=connection.execute(_PENDING, {"most": most}).scalar_one(),
            overdue=connection.execute(_OVERDUE, {"now": now}).scalar_one(),
            failed=undelivered.get("failed", 0),
            unconfirmed=undelivered.get("unconfirmed", 0),
            sweep_lag=_age(connection.execute(_SOONEST, {"now": now}).scalar(), now),
            oldest={lane: _oldest(connection, lane, now) for lane in LANES},
        )


def _oldest(connection: sa.Connection, lane: Lane, now: datetime) -> float:
    """Return the age of the oldest message that was tried in vain, or of the oldest that is due and was not tried."""
    of_lane = {"of_lane": lane}
    failing = connection.execute(_FAILING, of_lane).scalar()
    late = connection.execute(_LATE, {**of_lane, "now": now}).scalar()
    return max(_age(failing, now), _age(late, now))


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if isinstance(moment, datetime) else 0.0
