"""Migrations, run by command, and at start on the embedded database. Only this module imports Alembic."""

import io
from pathlib import Path
from typing import Any

from approvals import resources


def upgrade(database_url: str, *, to: str = "head") -> None:
    """Upgrade the database to the newest revision, or to `to`."""
    from alembic import command

    command.upgrade(_config(database_url), to)


def downgrade(database_url: str, *, to: str) -> None:
    from alembic import command

    command.downgrade(_config(database_url), to)


def check(database_url: str) -> None:
    """Compare the tables in the code with the migrations. Raises alembic.util.CommandError if they differ."""
    from alembic import command

    command.check(_config(database_url))


def current(database_url: str) -> tuple[str | None, str | None]:
    """Return the database's revision, and the newest one."""
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from approvals.adapters.database import sqlite_file

    engine = sa.create_engine(database_url, poolclass=sa.pool.NullPool)
    sqlite_file.keep_private(engine)
    with engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here, ScriptDirectory.from_config(_config(database_url)).get_current_head()


def _config(database_url: str) -> Any:
    from alembic.config import Config

    # By default Alembic prints to the standard output of the time when it was imported.
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(resources.folder("migrations"))))
    config.attributes["database_url"] = database_url
    return config
