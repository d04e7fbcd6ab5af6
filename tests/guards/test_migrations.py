"""Migrations: one numbered line, the same tables as the code's, and the way back, on both databases."""

import sqlalchemy as sa

from approvals import resources
from approvals.adapters.database.readiness import REVISION
from approvals.adapters.database.tables import metadata
from approvals.entrypoints.server import migrations


def _tables(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again_ends_with_the_tables_of_the_code(bare_database_url: str) -> None:
    migrations.upgrade(bare_database_url)
    migrations.check(bare_database_url)
    migrations.downgrade(bare_database_url, to="base")
    assert _tables(bare_database_url) == set()
    migrations.upgrade(bare_database_url)
    migrations.check(bare_database_url)
    assert _tables(bare_database_url) == set(metadata.tables)
    here, newest = migrations.current(bare_database_url)
    assert here == newest == REVISION, "the release needs its newest migration"


def test_migrations_are_numbered_one_after_the_other() -> None:
    names = sorted(path.name for path in (resources.folder("migrations") / "versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
