"""Moments: an aware UTC date and time on both databases. One that cannot be read must not spoil the rows beside it."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite


class Unparsed:
    """Takes the place of a moment that cannot be read: it is no datetime, so reading its row fails, and only that."""


UNPARSED = Unparsed()


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC date and time. Naive ones are refused; SQLite, which has no time zones, stores them without."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        ours: Any = _Sqlite
        return dialect.type_descriptor(ours()) if dialect.name == "sqlite" else super().load_dialect_impl(dialect)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a date and time without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        if not isinstance(value, datetime):
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _Sqlite(sqlite.DATETIME):
    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        read: Any = super().result_processor(dialect, coltype)

        def process(value: Any) -> Any:
            try:
                return read(value)
            except (ValueError, TypeError):
                return UNPARSED

        return process


def tolerate(connection: Any, _record: Any) -> None:
    """Let psycopg give UNPARSED for what Python has no date for, such as infinity; by default it raises."""
    from psycopg import DataError
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    oid = connection.adapters.types["timestamptz"].oid
    usual = connection.adapters.get_loader(oid, Format.TEXT)

    class Tolerant(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._load = usual(oid, context).load

        def load(self, data: Any) -> Any:
            try:
                return self._load(data)
            except DataError:
                return UNPARSED

    connection.adapters.register_loader(oid, Tolerant)
