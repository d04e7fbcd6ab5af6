"""The file of an SQLite database is its owner's alone, however it is created."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest
import sqlalchemy as sa

from approvals.adapters.database import sqlite_file
from approvals.adapters.database.engine import Database
from approvals.entrypoints.server import migrations
from approvals.entrypoints.server.local_setup import ENV_FILE, ensure_env_file


@pytest.fixture(autouse=True)
def a_generous_umask() -> Generator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes_in(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_the_file_and_its_log_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'approvals.db'}")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
        assert {path.name for path in tmp_path.iterdir()} == {"approvals.db", "approvals.db-wal", "approvals.db-shm"}
        assert modes_in(tmp_path) == {0o600}
    database.engine.dispose()


def test_the_migrations_create_it_for_its_owner_only(tmp_path: Path) -> None:
    migrations.upgrade(f"sqlite:///{tmp_path / 'approvals.db'}")
    assert modes_in(tmp_path) == {0o600}


def test_asking_for_its_revision_creates_it_for_its_owner_only(tmp_path: Path) -> None:
    assert migrations.current(f"sqlite:///{tmp_path / 'approvals.db'}")[0] is None
    assert modes_in(tmp_path) == {0o600}


def test_a_file_that_is_there_keeps_its_mode_and_its_content(tmp_path: Path) -> None:
    path = tmp_path / "approvals.db"
    migrations.upgrade(f"sqlite:///{path}")
    path.chmod(0o640)
    database = Database(f"sqlite:///{path}")
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM approvals")).scalar_one() == 0
    database.engine.dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("url", [
    "sqlite://", "sqlite:///:memory:", "sqlite:///file:approvals.db?uri=true", "postgresql+psycopg://db/approvals",
])  # fmt: skip
def test_what_is_no_file_of_ours_is_left_alone(url: str) -> None:
    assert sqlite_file.file_of(url) is None


def test_keys_are_never_written_into_a_file_that_others_can_read(tmp_path: Path) -> None:
    (tmp_path / ENV_FILE).write_text("# mine\n")
    (tmp_path / ENV_FILE).chmod(0o644)
    ensure_env_file({}, tmp_path)
    assert modes_in(tmp_path) == {0o600}
