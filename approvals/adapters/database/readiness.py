"""Readiness: whether the database is migrated, can be read, and written to.

The revision is read until it is one that this release can serve, and not again: tables are never downgraded.

A read and a look at the settings and the disk come with every check. A write is tried at most once in PROBE_SECONDS,
unless one has failed since: it takes SQLite's write lock for an instant, and is rolled back.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from approvals.adapters.database import sqlite_file, tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.errors import not_migrated
from approvals.domain.model.errors import Stale, Unavailable

PROBE_SECONDS = 2.0
LOCK_MILLISECONDS = 250
ROOM = 64 * 1024
"""The bytes that must still fit on the disk of an SQLite file: a submission with its page, its index and the log."""
REVISION = "0011"
"""The migration that this release needs. A newer one serves it too: old code runs on newer tables."""
_REVISION = sa.text("SELECT max(version_num) FROM alembic_version")
_READ = sa.select(tables.approvals.c.id).limit(1)
_WRITE = tables.notes.insert().values(
    approval_id="", number=0, event="readyz", at=datetime.fromtimestamp(0, UTC), actor="readyz", facts="{}" + " " * ROOM
)
"""So long that SQLite needs new pages for it, which a full file does not have."""


class Readiness:
    """Checks one database. The last successful try to write counts for a moment."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database, self._monotonic = database, monotonic
        self._written_at: float | None = None
        self._failures = 0
        self._migrated = False

    def check(self) -> None:
        """Raise Unavailable if the database cannot be read or written to, or is not migrated."""
        self.check_schema()
        with self._database.read() as connection:
            connection.execute(_READ).first()
            if (
                not self._database.is_sqlite
                and connection.execute(sa.text("SHOW transaction_read_only")).scalar() == "on"
            ):
                raise Unavailable("the database takes no writes: transaction_read_only is on")
        if (path := sqlite_file.file_of(self._database.engine.url)) is not None:
            _check_disk(path)
        if not self._wrote_just_now():
            self._try_to_write()

    def check_schema(self) -> None:
        """Raise NotMigrated if the tables are older than this release, Unavailable if that cannot be read."""
        if self._migrated:
            return
        with self._database.read() as connection:
            found = connection.execute(_REVISION).scalar()
        if found is None or found < REVISION:
            raise not_migrated(f"at {found or 'no revision'}, this release needs {REVISION}")
        self._migrated = True

    def _wrote_just_now(self) -> bool:
        recent = self._written_at is not None and self._monotonic() - self._written_at < PROBE_SECONDS
        return recent and self._failures == self._database.failures

    def _try_to_write(self) -> None:
        """Insert a row and roll it back. A writer who holds the lock for longer shows that writing works."""
        failures = self._database.failures
        try:
            with self._database.probe(wait_milliseconds=LOCK_MILLISECONDS) as connection:
                connection.execute(_WRITE)
        except Stale:
            return
        self._written_at, self._failures = self._monotonic(), failures


def _check_disk(path: Path) -> None:
    """Write a file beside the database, without SQLite's lock. It has no name, or is removed at once."""
    try:
        with tempfile.TemporaryFile(dir=path.parent, prefix=".approvals-", buffering=0) as file:
            file.write(bytes(ROOM))
    except OSError as error:
        raise Unavailable(f"the folder of the database takes no writes: {error.strerror or error}") from error
