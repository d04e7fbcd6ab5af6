"""The one statement that writes a batch of rows on PostgreSQL, whatever the number of approvals.

The rows of each table travel as one JSON parameter, so the text does not depend on their number and stays prepared.
Parts are written only for approvals that were written. The statement returns their ids, the verdict of each.
"""

from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa

from approvals.adapters.database.writes.json_rows import NOT_NEGATIVE, is_binary, json_of, quoted, records
from approvals.adapters.database.writes.row_batch import RowBatch

Columns = tuple[str, ...]
Shape = tuple[tuple[str, Columns], ...]
"""The tables of the parts, each with the columns of its rows."""

_HEARTBEAT = "BETWEEN 'heartbeat' AND 'heartbeat'"
"""An equality would make the row unique, for which the planner counts a look-up by key twice (PostgreSQL 15)."""
_OF = ("of_id", "of_version", "of_copies")


def write(connection: sa.Connection, batch: RowBatch) -> set[str]:
    """Write the batch, and return the ids of the approvals that were written."""
    parts = {table.name: found for table, found in batch.parts.items() if found}
    shape = tuple((name, tuple(found[0])) for name, found in parts.items())
    first = batch.new or batch.moved
    statement = _opening(tuple(first[0]), shape) if batch.new else _moving(tuple(first[0]), shape, bool(batch.settled))
    given = {name: json_of(found) for name, found in {"approvals": first, **parts}.items()}
    return set(connection.exec_driver_sql(statement, given).scalars())


@cache
def _opening(columns: Columns, parts: Shape) -> str:
    inserted = _insert("approvals", columns)
    return _statement(f"{inserted} ON CONFLICT (token_sha256) DO NOTHING RETURNING id", parts)


@cache
def _moving(columns: Columns, parts: Shape, heartbeats_end: bool) -> str:
    moved = [name for name in columns if name not in _OF]
    values = ", ".join(f"{name} = {_moved_value(name)}" for name in moved)
    update = (
        f"UPDATE approvals a SET {values} FROM {records('approvals', 'approvals', columns)}"
        f" WHERE a.id = r.of_id AND a.version = r.of_version AND r.of_version {NOT_NEGATIVE}"
        " AND (a.copies IS TRUE) = r.of_copies RETURNING a.id"
    )
    ends = f"DELETE FROM outbox o USING written w WHERE o.approval_id = w.id AND o.key {_HEARTBEAT}"
    return _statement(update, parts, [ends] if heartbeats_end else [])


def _moved_value(name: str) -> str:
    return "coalesce(r.reviewers, a.reviewers)" if name == "reviewers" else f"r.{name}"


def _statement(approvals: str, parts: Shape, more: Iterable[str] = ()) -> str:
    inserts = [f"{_insert(name, columns)} WHERE approval_id IN (SELECT id FROM written)" for name, columns in parts]
    others = "".join(f", part_{number} AS ({text})" for number, text in enumerate([*inserts, *more]))
    return f"WITH written AS ({approvals}){others} SELECT id FROM written"


def _insert(table: str, columns: Columns) -> str:
    values = ", ".join(f"decode({name}, 'base64')" if is_binary(table, name) else quoted(name) for name in columns)
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {records(table, table, columns)}"
