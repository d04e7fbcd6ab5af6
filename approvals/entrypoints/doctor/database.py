"""Database checks: reachable, new enough, migrated, and its clock close to ours."""

import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.database import sqlite_file
from approvals.adapters.database.engine import Database
from approvals.adapters.database.readiness import Readiness
from approvals.adapters.database.unreadable.scan import unreadable_rows
from approvals.domain.model.errors import Misconfigured, NotMigrated, Unavailable
from approvals.domain.problems import ApprovalsError
from approvals.domain.web_addresses import is_loopback
from approvals.entrypoints.doctor.result import CheckLine, fail, ok, warn
from approvals.entrypoints.server import migrations
from approvals.entrypoints.server.local_setup import ENV_FILE
from approvals.settings.environment import Settings

OLDEST: dict[str, tuple[int, ...]] = {"PostgreSQL": (14,), "SQLite": (3, 35)}
MOST_READ, MOST_NAMED = 5000, 20
UNREADABLE_FIX = "run the release that wrote it everywhere, or repair the row; the others are not affected"
SKEW_SECONDS = 2.0


def check(settings: Settings, clients: Clients, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    if missing := _missing_file(settings.database_url):
        yield fail(f"database: the file {missing} does not exist yet", "approvals db upgrade")
        return
    try:
        found = wiring.open_database(settings, clients, pool_size=1)
    except Misconfigured as error:
        yield fail(f"database: {error}", "or fix APPROVALS_DATABASE_URL")
        return
    except (sa.exc.ArgumentError, ApprovalsError, ValueError, ImportError) as error:
        yield fail(f"database: its URL cannot be used ({type(error).__name__})", "fix APPROVALS_DATABASE_URL")
        return
    try:
        with found.read() as connection:
            name = "SQLite" if found.is_sqlite else "PostgreSQL"
            yield engine(name, connection.dialect.server_version_info or (), public_url=settings.public_url)
            yield from _clock(connection, found, clock)
        yield from _writable(found)
        yield from private_files(settings.database_url)
        migrated = _migrated(settings)
        yield migrated
        if migrated.state == "ok":
            yield from _unreadable(found)
    except Unavailable as error:
        yield _unreachable(error.__cause__ or error, settings)
    except (SQLAlchemyError, OSError) as error:
        yield _unreachable(error, settings)
    finally:
        found.engine.dispose()


def _missing_file(url: str) -> str:
    """Return the missing file of an SQLite database; connecting would create it."""
    try:
        place = sa.make_url(url)
    except sa.exc.ArgumentError:
        return ""
    named = place.get_backend_name() == "sqlite" and place.database not in (None, "", ":memory:")
    return str(place.database) if named and not Path(str(place.database)).exists() else ""


def engine(name: str, version: tuple[Any, ...], *, public_url: str) -> CheckLine:
    """Check the version, and that SQLite serves one machine only."""
    said = f"database: {name} {'.'.join(map(str, version))} answers"
    if version < OLDEST[name]:
        return fail(said, f"use {name} {'.'.join(map(str, OLDEST[name]))} or later")
    if name == "SQLite" and not is_loopback(_host(public_url)):
        return warn(
            f"{said}, for one machine only", "use PostgreSQL if there are several machines, or if the disk can be lost"
        )
    return ok(said)


def _clock(connection: sa.Connection, found: Database, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    if found.is_sqlite:
        return
    before = clock()
    theirs = connection.execute(sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)))).scalar_one()
    away = (theirs - (before + (clock() - before) / 2)).total_seconds()
    said = f"clock: {abs(away):.1f} s {'behind' if away > 0 else 'ahead of'} the database's"
    yield ok(said) if abs(away) <= SKEW_SECONDS else warn(said, "synchronize this machine's clock by NTP")


def _writable(found: Database) -> Iterator[CheckLine]:
    """Try to write, if the tables are there: a row that is rolled back."""
    if not sa.inspect(found.engine).has_table("notes"):
        return
    try:
        Readiness(found).check()
    except NotMigrated:  # the next check reports it
        return
    except Unavailable as error:
        yield fail(f"database: takes no writes: {error.reason}", "make room on its disk, or make it writable")


def _unreadable(found: Database) -> Iterator[CheckLine]:
    """Name the rows that this release cannot read. Others are not affected by them."""
    rows = list(unreadable_rows(found, most=MOST_READ))
    for row in rows[:MOST_NAMED]:
        what = "approval" if row.table == "approvals" else "a message of approval"
        yield fail(f"database: cannot read {what} {row.approval_id}: {row.reason}", UNREADABLE_FIX)
    if len(rows) > MOST_NAMED:
        yield fail(f"database: cannot read {len(rows) - MOST_NAMED} more rows", UNREADABLE_FIX)


def private_files(url: str) -> Iterator[CheckLine]:
    """Check that other users of this machine cannot read an SQLite database, nor approvals.env."""
    path = sqlite_file.file_of(url)
    named = [path, *(Path(f"{path}{end}") for end in ("-wal", "-shm"))] if path else []
    for one in (*named, Path(ENV_FILE)):
        if one.is_file() and (mode := stat.S_IMODE(one.stat().st_mode)) & 0o077:
            yield warn(f"file: other users of this machine may open {one.name} (mode {mode:04o})", f"chmod 600 {one}")


def _migrated(settings: Settings) -> CheckLine:
    here, newest = migrations.current(wiring.database_url(settings))
    if here == newest:
        return ok(f"database: migrated to {here}, the newest")
    if here is not None and newest is not None and here > newest:
        return fail(f"database: at {here}, which is unknown to this release", "install the release that migrated it")
    return fail(f"database: at {here or 'no revision'}, the newest is {newest}", "approvals db upgrade")


def _unreachable(error: BaseException, settings: Settings) -> CheckLine:
    """Fail with the first line of the driver's error, without the password."""
    words = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
    try:
        password = sa.make_url(settings.database_url).password
    except sa.exc.ArgumentError:
        password = None
    said = words.replace(str(password), "…") if password else words
    return fail(f"database: cannot be reached: {said}", "fix APPROVALS_DATABASE_URL, or the network to the database")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
