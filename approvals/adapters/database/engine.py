"""The database engine: SQLite (WAL, synchronous FULL, one writer at a time) or PostgreSQL with psycopg 3."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from approvals.domain.model.errors import Misconfigured, Stale

SQLITE_WAIT_SECONDS = 15
IDLE_SECONDS = 5
# Deadlock, serialization failure, lock not available: PostgreSQL's documentation, appendix A.
_CONTENTION = frozenset({"40P01", "40001", "55P03"})
_UNDEFINED_TABLE = "42P01"


class Database:
    """An engine for short write transactions and for reads."""

    def __init__(
        self, url: str, *, pool_size: int = 8, idle_seconds: float = IDLE_SECONDS,
        password: Callable[[], str] | None = None,
    ) -> None:  # fmt: skip
        """`password` returns the password for each new connection, if it is not in the URL."""
        is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if is_sqlite else _postgresql(url, pool_size, idle_seconds)
        if password:
            sa.event.listen(self.engine, "do_connect", partial(_log_in, password))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite's own back-off starves some writers; a queue here keeps the slowest write near the median.
        self._turn: Any = threading.Lock() if self.is_sqlite else nullcontext()
        reading = {"reading": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._reading = self.engine.execution_options(**reading)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction: commit at the end, roll back on an exception. Raises Stale on a conflict."""
        try:
            with self._turn, self.engine.connect() as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            if _contended(error.orig):
                raise Stale("another transaction was in the way") from error
            raise

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        with self._reading.connect() as connection:
            yield connection


@contextmanager
def pipelined(connection: sa.Connection) -> Iterator[None]:
    """Send statements whose results are not read together, if the driver can (psycopg)."""
    if connection.dialect.name == "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():
        yield


def unusable(error: DBAPIError) -> str | None:
    """Return why the database is unavailable or not migrated, or None for errors of our own."""
    if not isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) != _UNDEFINED_TABLE:
        return None
    return str(error.orig).strip().partition("\n")[0]


def _contended(error: BaseException | None) -> bool:
    """Return whether the error is a conflict with another transaction."""
    busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    return busy or getattr(error, "sqlstate", None) in _CONTENTION


def _postgresql(url: str, pool_size: int, idle_seconds: float) -> sa.Engine:
    try:
        engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_use_lifo=True, hide_parameters=True,
            connect_args={"connect_timeout": 5},
        )  # fmt: skip
    except ModuleNotFoundError:
        raise Misconfigured("PostgreSQL needs one more package: pip install 'approvals-gateway[postgres]'") from None
    sa.event.listen(engine, "checkin", _remember_use)
    sa.event.listen(engine, "checkout", partial(_ping_when_idle, idle_seconds))
    return engine


def _log_in(password: Callable[[], str], _dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
    """Log in with a fresh password, and require TLS so that it is not sent in the clear."""
    parameters["password"] = password()
    parameters.setdefault("sslmode", "require")


def _sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": SQLITE_WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # _begin emits BEGIN IMMEDIATE
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    """Take the write lock at once, because upgrading a read transaction can fail with SQLITE_BUSY."""
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


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
