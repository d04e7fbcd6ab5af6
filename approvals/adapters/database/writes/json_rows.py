"""Rows as one JSON parameter of a statement of PostgreSQL: whatever their number, the statement stays prepared."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from approvals.adapters.database import tables
from approvals.adapters.database.rows import Row

NOT_NEGATIVE = "BETWEEN 0 AND 2147483647"
"""True of every version and of every number of attempts.

The planner expects one row in 200 to be in a range, so it looks up the few rows that it expects by their keys. Without
this it expects 100, would read a small table as a whole, and then go on so when the table has grown.
"""

_OTHERS = {"of_version": "integer", "of_copies": "boolean"}
_dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def json_of(found: Sequence[Row]) -> str:
    """Return rows as JSON. Raises ValueError for a value that would be misread, or appear in PostgreSQL's error."""
    for row in found:
        for value in row.values():
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError("a date and time without a time zone")
            if isinstance(value, str) and "\0" in value:
                raise ValueError("a text with a NUL character")
    return msgspec.json.encode(found).decode()


def records(parameter: str, table: str, columns: Iterable[str]) -> str:
    """Return what a statement selects from: the rows of a parameter, with the types of the table's columns.

    Names that are no column of the table are texts, except those of _OTHERS.
    """
    fields = ", ".join(f"{quoted(name)} {_type(table, name)}" for name in columns)
    return f"json_to_recordset(%({parameter})s::json) AS r ({fields})"


def is_binary(table: str, name: str) -> bool:
    """Return whether a column holds bytes, which are Base64 in JSON."""
    column = tables.metadata.tables[table].c.get(name)
    return column is not None and isinstance(column.type, sa.LargeBinary)


def quoted(name: str) -> str:
    return _dialect.identifier_preparer.quote(name)


def _type(table: str, name: str) -> str:
    column = tables.metadata.tables[table].c.get(name)
    if column is None or is_binary(table, name):
        return _OTHERS.get(name, "text")
    return column.type.compile(_dialect)
