"""The lag of sweep and delivery: how long the oldest due approval and message have waited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database


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
