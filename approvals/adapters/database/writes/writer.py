"""The writer: the only way in which approvals are written, with all that belongs to them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.message_copies import make_copies_due
from approvals.adapters.database.writes import postgresql, sqlite
from approvals.adapters.database.writes.group_commit import GroupCommit
from approvals.adapters.database.writes.row_batch import Move, arrival_rows, moved_rows
from approvals.domain.model.errors import Stale
from approvals.domain.model.records import Arrival

_a = tables.approvals.c
_BY_TOKEN = sa.select(_a.token_sha256, _a.id).where(_a.token_sha256.in_(sa.bindparam("hashes", expanding=True)))
NO_WINDOW = timedelta(0)


class Writer:
    """Writes arrivals, and changes of approvals. Those of threads that write at the same time are written together."""

    def __init__(self, database: Database, *, window: timedelta = NO_WINDOW) -> None:
        """`window` is how long a notice waits for others to the same recipient."""
        self._database, self._window = database, window
        self._write = sqlite.write if database.is_sqlite else postgresql.write
        self.arrivals = GroupCommit(self._add_all)
        self.changes = GroupCommit(self._change_all, keys=lambda move: [move.before.id])

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        """Add the arrivals whose token is new. Return the id of each approval, old or new."""
        return self.arrivals(arrivals)

    def change(self, move: Move) -> None:
        """Write the changes of an approval. Raises Stale if its version is another one now."""
        if not self.changes(move):
            raise Stale("another transaction changed the approval")

    def change_in(self, connection: sa.Connection, moves: Sequence[Move]) -> None:
        """Write the changes in an open transaction. Raises Stale if one of the versions is another one now."""
        if moves and len(self._changed(connection, moves)) != len(moves):
            raise Stale("another transaction changed the approval")

    def _add_all(self, calls: Sequence[Sequence[Arrival]]) -> list[list[str]]:
        arrivals = [arrival for call in calls for arrival in call]
        with self._database.write_once() as connection:
            new = self._write(connection, arrival_rows(arrivals, window=self._window))
            old = _known(connection, [one.token_sha256 for one in arrivals if _id(one) not in new])
        return [[_id(one) if _id(one) in new else old[one.token_sha256] for one in call] for call in calls]

    def _change_all(self, moves: Sequence[Move]) -> list[bool]:
        several = any(move.copies for move in moves)
        with self._database.write() if several else self._database.write_once() as connection:
            written = self._changed(connection, moves)
        return [move.before.id in written for move in moves]

    def _changed(self, connection: sa.Connection, moves: Iterable[Move]) -> set[str]:
        """Write the changes, and return the ids of the approvals that were written."""
        written = self._write(connection, moved_rows(moves, window=self._window))
        for move in moves:
            if move.copies and move.before.id in written:
                make_copies_due(connection, [move.before.id], now=move.changes[-1].note.at)
        return written


def _id(arrival: Arrival) -> str:
    return arrival.change.approval.id


def _known(connection: sa.Connection, hashes: list[str]) -> dict[str, str]:
    """Return the ids of the approvals that have these tokens. A statement of its own sees what others just wrote."""
    if not hashes:
        return {}
    return {row.token_sha256: row.id for row in connection.execute(_BY_TOKEN, {"hashes": hashes})}
