"""Run the migrations, from `approvals db upgrade`, which passes the URL, or from the alembic command."""

import os

import sqlalchemy as sa
from alembic import context

from approvals.adapters.database import sqlite_file
from approvals.adapters.database.tables import metadata


def run() -> None:
    url = context.config.attributes.get("database_url") or os.environ["APPROVALS_DATABASE_URL"]
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    sqlite_file.keep_private(engine)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
