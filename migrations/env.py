"""Run the migrations, from `approvals db upgrade`, which passes the URL, or from the alembic command.

On PostgreSQL one process at a time runs them. A statement that needs a lock on a table waits for it for a moment only,
since everybody else waits behind it; then the migration is rolled back and tried again.
"""

import logging
import os
import time

import sqlalchemy as sa
from alembic import context

from approvals.adapters.database import sqlite_file
from approvals.adapters.database.tables import metadata

ONE_UPGRADE = 7_221_001
"""The key of the advisory lock."""
LOCK_TIMEOUT = "SET lock_timeout = '500ms'"
TRIES = 60
PAUSE_SECONDS = 0.5
_CONTENTION = frozenset({"55P03", "40P01"})
"""Lock not available, deadlock: appendix A of PostgreSQL's documentation."""

log = logging.getLogger("approvals.migrations")


def run() -> None:
    url = context.config.attributes.get("database_url") or os.environ["APPROVALS_DATABASE_URL"]
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    sqlite_file.keep_private(engine)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            _take_turn(connection)
        _migrate_patiently(connection)
    engine.dispose()


def _take_turn(connection: sa.Connection) -> None:
    """Wait for other upgrades. The lock ends with the connection.

    It is asked for again and again: a statement that waits has a snapshot, for which CREATE INDEX CONCURRENTLY waits.
    """
    waits = False
    while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(ONE_UPGRADE))).scalar():
        connection.rollback()
        if not waits:
            log.warning("another process upgrades this database: this one waits", extra={"event": "upgrade.waits"})
        waits = True
        time.sleep(PAUSE_SECONDS)
    connection.rollback()


def _migrate_patiently(connection: sa.Connection) -> None:
    """Run the migrations. Those before one that did not get a lock stay, and it is tried again."""
    for left in reversed(range(TRIES)):
        try:
            _migrate(connection)
        except sa.exc.DBAPIError as error:
            if not left or getattr(error.orig, "sqlstate", None) not in _CONTENTION:
                raise
            connection.rollback()
            log.warning("a table is in use: the migration is tried again", extra={"event": "upgrade.again"})
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _migrate(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(LOCK_TIMEOUT))  # for each try: one that builds an index without it may have failed
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
