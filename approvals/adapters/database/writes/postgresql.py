"""The one statement that writes a batch of rows on PostgreSQL, whatever the number of approvals.

The rows of each table travel as one JSON parameter, so the text does not depend on their number and stays prepared.
Parts are written only for approvals that were written. The statement returns their ids, the verdict of each.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from approvals.adapters.database import tables
from approvals.adapters.database.rows import Row
from approvals.adapters.database.writes.row_batch import RowBatch

Columns = tuple[str, ...]
Shape = tuple[tuple[str, Columns], ...]
"""The tables of the parts, each with the columns of its rows."""

_FEW = "BETWEEN 1 AND 2147483647"
"""True of every version. The planner expects one row in 200 to be in a range, so it looks for few approvals, by their
keys. Without this it expects 100, and chooses to read all of a small table, even after that has grown."""
_OF = {"of_id": "text", "of_version": "integer"}
_dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def write(connection: sa.Connection, batch: RowBatch) -> set[str]:
    """Write the batch, and return the ids of the approvals that were written."""
    parts = {table.name: found for table, found in batch.parts.items() if found}
    shape = tuple((name, tuple(found[0])) for name, found in parts.items())
    first = batch.new or batch.moved
    statement = _opening(tuple(first[0]), shape) if batch.new else _moving(tuple(first[0]), shape, bool(batch.settled))
    given = {name: _json(found) for name, found in {"approvals": first, **parts}.items()}
    return set(connection.exec_driver_sql(statement, given).scalars())


def _json(found: Sequence[Row]) -> str:
    """Return rows as JSON. Raises ValueError for a value that would be misread, or appear in PostgreSQL's error."""
    for row in found:
        for value in row.values():
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError("a date and time without a time zone")
            if isinstance(value, str) and "\0" in value:
                raise ValueError("a text with a NUL character")
    return msgspec.json.encode(found).decode()


@cache
def _opening(columns: Columns, parts: Shape) -> str:
    inserted = _insert("approvals", columns)
    return _statement(f"{inserted} ON CONFLICT (token_sha256) DO NOTHING RETURNING id", parts)


@cache
def _moving(columns: Columns, parts: Shape, heartbeats_end: bool) -> str:
    moved = [name for name in columns if name not in _OF]
    values = ", ".join(f"{name} = {_moved_value(name)}" for name in moved)
    update = (
        f"UPDATE approvals a SET {values} FROM {_records('approvals', columns)}"
        f" WHERE a.id = r.of_id AND a.version = r.of_version AND r.of_version {_FEW} RETURNING a.id"
    )
    ends = "DELETE FROM outbox o USING written w WHERE o.approval_id = w.id AND o.key = 'heartbeat'"
    return _statement(update, parts, [ends] if heartbeats_end else [])


def _moved_value(name: str) -> str:
    return "coalesce(r.reviewers, a.reviewers)" if name == "reviewers" else f"r.{name}"


def _statement(approvals: str, parts: Shape, more: Iterable[str] = ()) -> str:
    inserts = [f"{_insert(name, columns)} WHERE approval_id IN (SELECT id FROM written)" for name, columns in parts]
    others = "".join(f", part_{number} AS ({text})" for number, text in enumerate([*inserts, *more]))
    return f"WITH written AS ({approvals}){others} SELECT id FROM written"


def _insert(table: str, columns: Columns) -> str:
    values = ", ".join(f"decode({name}, 'base64')" if _is_binary(table, name) else _quoted(name) for name in columns)
    names = ", ".join(map(_quoted, columns))
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {_records(table, columns)}"


def _records(table: str, columns: Columns) -> str:
    fields = ", ".join(f"{_quoted(name)} {_type(table, name)}" for name in columns)
    return f"json_to_recordset(%({table})s::json) AS r ({fields})"


def _type(table: str, name: str) -> str:
    if _is_binary(table, name):
        return "text"  # JSON holds bytes as Base64
    return _OF.get(name) or tables.metadata.tables[table].c[name].type.compile(_dialect)


def _is_binary(table: str, name: str) -> bool:
    column = tables.metadata.tables[table].c.get(name)
    return column is not None and isinstance(column.type, sa.LargeBinary)


def _quoted(name: str) -> str:
    return _dialect.identifier_preparer.quote(name)
