"""Translate errors of the drivers: Stale, which is retried at once, and Unavailable, which is retried later."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from approvals.domain.model.errors import NotMigrated, Stale, Unavailable

# Deadlock, serialization failure, lock not available. The codes are in PostgreSQL's documentation, appendix A.
_CONTENTION = frozenset({"40P01", "40001", "55P03"})
_UNUSABLE = {
    "25006": "read-only transaction",
    "42501": "insufficient privilege",
}
"""What psycopg does not report as OperationalError: the database is read-only, or not ours to write."""
_UNDEFINED = frozenset({"42P01", "42703"})
"""An undefined table or column."""
_UNDEFINED_IN_SQLITE = ("no such table: ", "no such column: ", " has no column named ")
_SQLITE_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def translated(dialect: sa.Dialect, *, writing: bool = True) -> Iterator[None]:
    """Raise Unavailable in place of an error that calls for it; or Stale, where `writing` met a conflict."""
    try:
        yield
    except (DBAPIError, sa.exc.TimeoutError, dialect.loaded_dbapi.Error) as error:
        if writing and _contended(error):
            raise Stale("another transaction was in the way") from error
        if is_undefined(error):
            raise not_migrated(_first_line(_cause(error))) from error
        if why := unusable(error):
            raise Unavailable(why) from error
        raise


def unusable(error: BaseException) -> str | None:
    """Return why the database cannot be used, or None for errors of our own."""
    if isinstance(error, sa.exc.TimeoutError):
        return "no connection became free in time"
    cause = _cause(error)
    named = {kind.__name__ for kind in type(cause).__mro__}
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if not (lost or "OperationalError" in named or _code(cause) in _UNUSABLE or _is_damaged(cause)):
        return None
    return _first_line(cause)


def not_migrated(found: str) -> NotMigrated:
    """Return the error, with what was found and what to do, for the log and for operators."""
    return NotMigrated(f"it is not migrated: run `approvals db upgrade` ({found})")


def is_undefined(error: BaseException) -> bool:
    """Return whether a table or a column is missing, as in a database that is not migrated."""
    cause = _cause(error)
    in_sqlite = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return _code(cause) in _UNDEFINED or (in_sqlite and any(words in str(cause) for words in _UNDEFINED_IN_SQLITE))


def _contended(error: BaseException) -> bool:
    """Return whether the error is a conflict with another transaction."""
    cause = _cause(error)
    busy = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    return busy or _code(cause) in _CONTENTION


def _is_damaged(cause: BaseException) -> bool:
    """Return whether it is an error of SQLite's file; the low byte of an extended code is its kind."""
    code = getattr(cause, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _SQLITE_DAMAGED


def _cause(error: BaseException) -> BaseException:
    """Return the driver's own error."""
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _first_line(cause: BaseException) -> str:
    return str(cause).strip().partition("\n")[0] or type(cause).__name__


def _code(cause: BaseException) -> object:
    return getattr(cause, "sqlstate", None)
