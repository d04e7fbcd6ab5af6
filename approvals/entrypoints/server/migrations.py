"""Migrations, run by command and on the embedded database at start. Alembic is imported nowhere else."""

import io
from pathlib import Path
from typing import Any

from approvals import resources


def upgrade(database_url: str, *, to: str = "head") -> None:
    """Brings the database to the newest shape, or to revision `to`."""
    from alembic import command

    command.upgrade(_config(database_url), to)


def downgrade(database_url: str, *, to: str) -> None:
    from alembic import command

    command.downgrade(_config(database_url), to)


def check(database_url: str) -> None:
    """Raises alembic.util.CommandError where the tables in the code differ from those the migrations make."""
    from alembic import command

    command.check(_config(database_url))


def current(database_url: str) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest."""
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    engine = sa.create_engine(database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here, ScriptDirectory.from_config(_config(database_url)).get_current_head()


def _config(database_url: str) -> Any:
    from alembic.config import Config

    # Alembic would otherwise print to what was the standard output when it was imported.
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(resources.folder("migrations"))))
    config.attributes["database_url"] = database_url
    return config
