"""The database, seen from outside: what is still due, the audit trails, and a copy of all rows."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from approvals.adapters.database import tables

PAUSE = timedelta(minutes=10)
"""Longer than every lease and every delay between two attempts."""
_a, _o, _n, _d = tables.approvals.c, tables.outbox.c, tables.notes.c, tables.decisions.c


@dataclass(frozen=True, kw_only=True)
class Trail:
    """The audit trail of one approval, and what it has to agree with."""

    version: int
    numbers: list[int]
    events: Counter[str]
    decisions: int


class Stored:
    """One database. It is read and copied; only `let_time_pass` writes."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, poolclass=NullPool)

    def let_time_pass(self) -> None:
        """Move the due times of all messages back, as if the machines had been off for `PAUSE`. None may be running."""
        with self._engine.begin() as connection:
            for row in connection.execute(sa.select(tables.outbox).where(_o.next_attempt_at.is_not(None))).mappings():
                moved = {name: row[name] and row[name] - PAUSE for name in ("next_attempt_at", "ambiguous_at")}
                this = sa.and_(_o.approval_id == row["approval_id"], _o.key == row["key"])
                connection.execute(tables.outbox.update().where(this).values(**moved))

    def due(self) -> int:
        """Return how many approvals still wait for an answer or a time-out, and how many messages are not sent."""
        pending = sa.select(sa.func.count()).where(_a.status == "pending")
        unsent = sa.select(sa.func.count()).where(_o.next_attempt_at.is_not(None))
        with self._engine.connect() as connection:
            return int(connection.scalar(pending) or 0) + int(connection.scalar(unsent) or 0)

    def given_up(self) -> list[str]:
        """Return the messages that nobody sends any more though nothing was final about their faults."""
        given_up = sa.select(_o.approval_id, _o.key).where(_o.result == "givenUp", _o.lane == "notice")
        with self._engine.connect() as connection:
            return [f"{row.approval_id} {row.key}" for row in connection.execute(given_up)]

    def trails(self) -> dict[str, Trail]:
        """Return the audit trail of each approval."""
        numbers, events = defaultdict[str, list[int]](list), defaultdict[str, Counter[str]](Counter)
        with self._engine.connect() as connection:
            for note in connection.execute(sa.select(_n.approval_id, _n.number, _n.event).order_by(_n.number)):
                numbers[note.approval_id].append(note.number)
                events[note.approval_id][note.event] += 1
            decided = Counter(connection.execute(sa.select(_d.approval_id)).scalars())
            versions = {row.id: row.version for row in connection.execute(sa.select(_a.id, _a.version))}
        return {
            i: Trail(version=version, numbers=numbers[i], events=events[i], decisions=decided[i])
            for i, version in versions.items()
        }

    def dump(self, path: Path) -> None:
        """Write all rows as JSON, one a line: the database itself may be gone when somebody looks."""
        with self._engine.connect() as connection, path.open("w") as file:
            for table in tables.metadata.sorted_tables:
                for row in connection.execute(sa.select(table)).mappings():
                    file.write(json.dumps({"table": table.name, **row}, default=str) + "\n")
