"""Databases that can be read and not written to: a read-only PostgreSQL, a read-only or full SQLite file."""

from typing import Any

import sqlalchemy as sa

from approvals.adapters.database.engine import Database


def make_read_only(database: Database) -> None:
    """Refuse writes from now on, as after a failover to a standby, or on a file system that is mounted read-only."""
    if database.is_sqlite:
        _at_each_connection(database, "PRAGMA query_only = 1")
    else:
        _set_read_only(database, "on")


def make_writable(database: Database) -> None:
    """Undo `make_read_only`."""
    if database.is_sqlite:
        _at_each_connection(database, "PRAGMA query_only = 0")
    else:
        _set_read_only(database, "off")


def fill(database: Database) -> None:
    """Let the file of an SQLite database grow no further: SQLite says what it says on a full disk."""
    with database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    _at_each_connection(database, f"PRAGMA max_page_count = {pages}")


def _at_each_connection(database: Database, pragma: str) -> None:
    def obey(connection: Any, _record: Any) -> None:
        connection.execute(pragma).close()

    database.engine.dispose()
    sa.event.listen(database.engine, "connect", obey)


def _set_read_only(database: Database, value: str) -> None:
    """Set it for the sessions that begin from now on, by a session that may write."""
    name = database.engine.url.database
    with database.engine.connect().execution_options(reading=True) as connection:
        connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
    database.engine.dispose()
