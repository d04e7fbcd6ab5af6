"""The number of statements that a database executes, by pg_stat_statements, which counts only while it is asked to."""

import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.support.database.postgres import find_binaries

LIBRARY = "pg_stat_statements"
SECONDS_TO_RELOAD = 0.3
_EXECUTED = sa.text(
    "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid"
    " WHERE datname = :database"
)


def server_options() -> dict[str, str]:
    """Return the options of a server of our own. It needs one, as the library cannot be loaded later."""
    binaries = find_binaries()
    there = binaries is not None and _library(binaries).exists()
    return {"shared_preload_libraries": LIBRARY} if there else {}


def _library(binaries: Path) -> Path:
    return binaries.parent / "lib" / f"{LIBRARY}.so"


class Statements:
    """Counts the statements in the databases of one server."""

    def __init__(self, server_url: str) -> None:
        self._engine = sa.create_engine(server_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            self._run(f"CREATE EXTENSION IF NOT EXISTS {LIBRARY}")
            self._track("none")
            self.counts = True
        except DBAPIError:  # a server that is not ours may lack the library or the right to use it
            self.counts = False

    def executed(self, action: Callable[[], object], *, database_url: str) -> int:
        """Return how many statements the database executes during an action, BEGIN and COMMIT among them."""
        self._track("top")
        try:
            before = self._so_far(database_url)
            action()
            return self._so_far(database_url) - before
        finally:
            self._track("none")

    def _track(self, what: str) -> None:
        self._run(f"ALTER SYSTEM SET {LIBRARY}.track = '{what}'")
        self._run("SELECT pg_reload_conf()")
        time.sleep(SECONDS_TO_RELOAD)

    def _so_far(self, database_url: str) -> int:
        with self._engine.connect() as connection:
            database = sa.make_url(database_url).database
            return int(connection.execute(_EXECUTED, {"database": database}).scalar_one())

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)
