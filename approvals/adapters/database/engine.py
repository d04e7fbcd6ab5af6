"""The database engine: SQLite (WAL, synchronous FULL, one writer at a time) or PostgreSQL with psycopg 3."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import sqlite_file
from approvals.adapters.database.errors import translated
from approvals.adapters.database.unreadable.moments import tolerate
from approvals.adapters.database.unreadable.set_aside import SetAside
from approvals.domain.model.errors import Misconfigured, Stale, Unavailable

SQLITE_WAIT_SECONDS = 15
IDLE_SECONDS = 5
POOL_WAIT_SECONDS = 10
"""How long a request waits for a free connection before it is told to come again."""


class Database:
    """An engine for short write transactions and for reads."""

    def __init__(
        self, url: str, *, pool_size: int = 8, idle_seconds: float = IDLE_SECONDS,
        password: Callable[[], str] | None = None, prepared: bool = True,
    ) -> None:  # fmt: skip
        """`password` returns the password for each new connection, if it is not in the URL.

        `prepared` is false behind a pooler that gives each transaction another connection of the server.
        """
        is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if is_sqlite else _postgresql(url, pool_size, idle_seconds, prepared)
        if password:
            sa.event.listen(self.engine, "do_connect", partial(_log_in, password))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite's own back-off starves some writers; a queue here keeps the slowest write near the median.
        self._turn: Any = threading.Lock() if self.is_sqlite else nullcontext()
        self.set_aside = SetAside()
        self.failures = 0
        """How many writes have failed because the database could not be used."""
        self.failed: Callable[[], None] = lambda: None
        """Called each time when the database could not be used."""
        self._reading = self.engine.execution_options(reading=True)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction: commit at the end, roll back on an exception. Raises Stale on a conflict, Unavailable."""
        with self._counting_failures(), self._turn, self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write_once(self) -> Iterator[sa.Connection]:
        """Open a connection for one statement that writes, on PostgreSQL without a transaction around it.

        Raises Stale on a conflict, Unavailable.
        """
        if self.is_sqlite:
            with self.write() as connection:
                yield connection
            return
        with self._counting_failures(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def probe(self, *, wait_milliseconds: int) -> Iterator[sa.Connection]:
        """Open a transaction that is always rolled back. Raises Stale if others write for longer, Unavailable."""
        with (
            translated(self.engine.dialect),
            self._turn_within(wait_milliseconds),
            self.engine.connect() as connection,
            _impatient(connection, wait_milliseconds),
            connection.begin() as transaction,
        ):
            yield connection
            transaction.rollback()

    @contextmanager
    def _counting_failures(self, *, writing: bool = True) -> Iterator[None]:
        try:
            with translated(self.engine.dialect, writing=writing):
                yield
        except Unavailable:
            self.failures += writing
            self.failed()
            raise

    @contextmanager
    def _turn_within(self, milliseconds: int) -> Iterator[None]:
        """Take the turn of a writer, if it comes in time. Raises Stale."""
        if not self.is_sqlite:
            yield
        elif self._turn.acquire(timeout=milliseconds / 1000):
            try:
                yield
            finally:
                self._turn.release()
        else:
            raise Stale("others write")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a connection to read from. Raises Unavailable."""
        with self._counting_failures(writing=False), self._reading.connect() as connection:
            yield connection


@contextmanager
def _impatient(connection: sa.Connection, milliseconds: int) -> Iterator[None]:
    """Wait no longer than this for a lock of another process or transaction."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.execute(f"PRAGMA busy_timeout = {milliseconds}").close()
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {1000 * SQLITE_WAIT_SECONDS}").close()


def _postgresql(url: str, pool_size: int, idle_seconds: float, prepared: bool) -> sa.Engine:
    # A prepared statement belongs to one connection of the server. None: psycopg never prepares one.
    options: dict[str, Any] = {"connect_timeout": 5, **({} if prepared else {"prepare_threshold": None})}
    try:
        engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_use_lifo=True, hide_parameters=True,
            pool_timeout=POOL_WAIT_SECONDS, connect_args=options, isolation_level="AUTOCOMMIT",
        )  # fmt: skip
    except ModuleNotFoundError:
        raise Misconfigured("PostgreSQL needs one more package: pip install 'approvals-gateway[postgres]'") from None
    sa.event.listen(engine, "connect", tolerate)
    sa.event.listen(engine, "begin", partial(_begin, "BEGIN"))
    sa.event.listen(engine, "checkin", _remember_use)
    sa.event.listen(engine, "checkout", partial(_ping_when_idle, idle_seconds))
    return engine


def _log_in(password: Callable[[], str], _dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
    """Log in with a fresh password, and require TLS so that it is not sent in the clear."""
    parameters["password"] = password()
    parameters.setdefault("sslmode", "require")


def _sqlite(url: str) -> sa.Engine:
    in_memory = sa.make_url(url).database in (None, "", ":memory:")  # its pool never waits, and refuses a time limit
    wait = {} if in_memory else {"pool_timeout": POOL_WAIT_SECONDS}
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": SQLITE_WAIT_SECONDS}, **wait)
    sqlite_file.keep_private(engine)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    # Takes the write lock at once, because upgrading a read transaction can fail with SQLITE_BUSY.
    sa.event.listen(engine, "begin", partial(_begin, "BEGIN IMMEDIATE"))
    return engine


_AS_IT_IS = partial(str, encoding="utf-8", errors="surrogateescape")
"""Reads text that is not UTF-8, too: it must not keep the rows beside it from being read."""


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # _begin emits BEGIN IMMEDIATE
    connection.text_factory = _AS_IT_IS
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(begin: str, connection: sa.Connection) -> None:
    """Begin a transaction, except to read: PostgreSQL reads without one, and SQLite with one that waits for nobody."""
    if not connection.get_execution_options().get("reading"):
        connection.exec_driver_sql(begin)
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")


def _remember_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _ping_when_idle(idle_seconds: float, connection: Any, record: Any, _proxy: Any) -> None:
    """Check connections after idle time (restart, firewall); a check at every use would cost a round trip."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < idle_seconds:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:  # after any error of the driver this connection is unusable
        raise sa.exc.DisconnectionError from error  # the pool logs it and takes another
