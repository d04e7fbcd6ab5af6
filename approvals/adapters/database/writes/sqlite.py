"""The statements that write a batch of rows on SQLite, inside a transaction, which has the only write lock."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from approvals.adapters.database import rows, tables
from approvals.adapters.database.writes.row_batch import PARTS, RowBatch
from approvals.domain.model.errors import Stale

_a, _o = tables.approvals.c, tables.outbox.c
_KNOWN = sa.select(_a.id).where(_a.id.in_(sa.bindparam("ids", expanding=True)))
_COUNTED = {"preserve_rowcount": True}
_MOVE = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"), _a.version == sa.bindparam("of_version"))
    .where(sa.func.coalesce(_a.copies, sa.false()) == sa.bindparam("of_copies", type_=sa.Boolean))
    .values({name: sa.bindparam(name) for name in rows.MOVED})
    .values(reviewers=sa.func.coalesce(sa.bindparam("reviewers"), _a.reviewers))
)
_STOP_HEARTBEAT = tables.outbox.delete().where(_o.approval_id == sa.bindparam("of_id"), _o.key == "heartbeat")
_INSERTS = {table: table.insert() for table in PARTS}


def write(connection: sa.Connection, batch: RowBatch) -> set[str]:
    """Write the batch, and return the ids of the approvals that were written.

    Raises Stale if one of several changes is too late: the transaction is given up, and each tried by itself.
    """
    return _open(connection, batch) if batch.new else _move(connection, batch)


def _open(connection: sa.Connection, batch: RowBatch) -> set[str]:
    """Insert the approvals whose token is new, and their parts."""
    insert = _insert_unless_known(connection.dialect, tuple(batch.new[0]))
    inserted = connection.execute(insert, one_or_all(batch.new), execution_options=_COUNTED).rowcount
    ours = {row["id"] for row in batch.new}
    if inserted < len(ours):
        ours = set(connection.execute(_KNOWN, {"ids": sorted(ours)}).scalars())
        batch = batch.only(ours)
    _write_parts(connection, batch)
    return ours


def _move(connection: sa.Connection, batch: RowBatch) -> set[str]:
    """Update the approvals that still have the version from which they were changed, and insert the parts."""
    moved = connection.execute(_MOVE, one_or_all(batch.moved)).rowcount
    if moved < len(batch.moved):
        raise Stale("another transaction changed one of the approvals")
    _write_parts(connection, batch)
    return {row["of_id"] for row in batch.moved}


def _write_parts(connection: sa.Connection, batch: RowBatch) -> None:
    for table, found in batch.parts.items():
        if found:
            connection.execute(_INSERTS[table], one_or_all(found))
    if batch.settled:
        connection.execute(_STOP_HEARTBEAT, one_or_all([{"of_id": approval_id} for approval_id in batch.settled]))


@lru_cache(maxsize=16)
def _insert_unless_known(dialect: sa.Dialect, columns: tuple[str, ...]) -> Any:
    """Compile the insert once; SQLAlchemy never caches an ON CONFLICT insert (its `inherit_cache` is False)."""
    statement = sqlite.insert(tables.approvals).on_conflict_do_nothing(index_elements=["token_sha256"])
    return statement.compile(dialect=dialect, column_keys=columns)


def one_or_all(found: Iterable[rows.Row]) -> Any:
    """Return a single row without its list, which SQLAlchemy executes faster."""
    several = list(found)
    return several[0] if len(several) == 1 else several
