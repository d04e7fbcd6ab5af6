"""Migrations: one numbered line, the same tables as the code's, and the way back, on both databases."""

import ast
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("path", sorted((resources.folder("migrations") / "versions").glob("*.py"))[8:], ids=str)
def test_a_migration_is_safe_under_traffic(path: Path) -> None:
    """From 0009 on: an index is built concurrently, and a migration with columns has no index and one table."""
    assert unsafe(path.read_text()) == []


@pytest.mark.parametrize("source", [
    'op.create_index("ix", "outbox", ["lane"])',
    'op.add_column("outbox", c)\nop.create_index("ix", "outbox", ["lane"], postgresql_concurrently=True)',
    'op.add_column("outbox", c)\nop.add_column("approvals", c)',
    'op.alter_column("outbox", "lane", nullable=False)',
    'op.add_column("outbox", sa.Column("wanted", sa.Text(), nullable=False))',
])  # fmt: skip
def test_a_migration_that_holds_up_traffic_is_found(source: str) -> None:
    body = "\n    ".join(source.splitlines())
    assert unsafe(f"def upgrade() -> None:\n    {body}\n") != []


def unsafe(source: str) -> list[str]:
    """Return what in a migration, except in `downgrade`, would lock a table for long."""
    parts = [part for part in ast.parse(source).body if getattr(part, "name", "") != "downgrade"]
    calls = [node for part in parts for node in ast.walk(part) if isinstance(node, ast.Call)]
    named = [(ast.unparse(call.func), call) for call in calls]
    columns = {ast.unparse(call.args[0]) for name, call in named if name == "op.add_column"}
    indexes = [call for name, call in named if name == "op.create_index"]
    on_postgresql = [ast.unparse(call) for call in indexes if "sqlite_where" not in ast.unparse(call)]
    found = [f"not concurrently: {text}" for text in on_postgresql if "postgresql_concurrently=True" not in text]
    found += ["columns and indexes in one migration"] if columns and indexes else []
    found += ["columns of two tables"] if len(columns) > 1 else []
    rewriting = {"op.alter_column", "op.create_foreign_key", "op.create_check_constraint"}
    needed = [call for name, call in named if name == "sa.Column" and "nullable=False" in ast.unparse(call)]
    return found + [name for name, _ in named if name in rewriting] + [ast.unparse(call) for call in needed]
