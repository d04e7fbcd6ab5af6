"""Readiness: a database that takes no writes is not ready, and a look at it costs its writers nothing."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from approvals.adapters.database import readiness
from approvals.adapters.database.engine import Database
from approvals.adapters.database.readiness import PROBE_SECONDS, REVISION, Readiness
from approvals.domain.model.errors import NotMigrated, Unavailable
from tests.support.database.unwritable import fill, make_read_only, make_writable


class Seconds:
    """A monotonic clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    made = Database(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def lite(sqlite_url: str) -> Generator[Database]:
    made = Database(sqlite_url)
    yield made
    made.engine.dispose()


def notes_in(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM notes")).scalar_one())


def run(database: Database, *statements: str) -> None:
    """In one transaction."""
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_database_that_takes_writes_is_ready_and_nothing_is_left_in_it(database: Database) -> None:
    Readiness(database).check()
    assert notes_in(database) == 0


def test_a_read_only_database_is_not_ready_until_it_takes_writes_again(database: Database) -> None:
    seconds = Seconds()
    checked = Readiness(database, monotonic=seconds)
    checked.check()
    make_read_only(database)
    seconds.now += PROBE_SECONDS
    with pytest.raises(Unavailable) as failed:
        checked.check()
    assert "read" in failed.value.reason
    make_writable(database)
    checked.check()


def test_a_full_sqlite_file_is_not_ready(lite: Database) -> None:
    Readiness(lite).check()
    fill(lite)
    with pytest.raises(Unavailable) as failed:
        Readiness(lite).check()
    assert failed.value.reason == "database or disk is full"


def test_a_full_disk_beside_an_sqlite_file_is_seen_without_the_write_lock(
    lite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder's disk is full: a real one is more than a test may fill."""
    checked = Readiness(lite)
    checked.check()

    class Full:
        def __init__(self, **_: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(readiness.tempfile, "TemporaryFile", Full)
    with lite.write(), pytest.raises(Unavailable) as failed:
        checked.check()
    assert failed.value.reason == "the folder of the database takes no writes: No space left on device"


def test_a_failed_write_of_a_request_makes_the_next_check_try_at_once(lite: Database) -> None:
    checked = Readiness(lite, monotonic=Seconds())
    checked.check()
    make_read_only(lite)
    checked.check()  # no time has passed, and nothing has failed yet
    with pytest.raises(Unavailable), lite.write() as connection:
        connection.execute(sa.text("DELETE FROM notes"))
    with pytest.raises(Unavailable):
        checked.check()


def test_many_checks_are_one_write(lite: Database) -> None:
    checked = Readiness(lite, monotonic=(seconds := Seconds()))
    begun: list[str] = []
    sa.event.listen(lite.engine, "before_cursor_execute", lambda *args: begun.append(args[2]))
    for _ in range(50):
        checked.check()
    assert sum("INSERT" in statement for statement in begun) == 1
    seconds.now += PROBE_SECONDS
    checked.check()
    assert sum("INSERT" in statement for statement in begun) == 2


def test_a_check_does_not_wait_for_a_writer_of_this_process(lite: Database) -> None:
    with lite.write():
        Readiness(lite).check()


def test_a_check_does_not_wait_for_a_writer_of_another_process(lite: Database) -> None:
    notes_in(lite)  # the first connection makes it a WAL file
    path = str(lite.engine.url.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        Readiness(lite).check()
        other.execute("ROLLBACK")
    with lite.read() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 15_000


@pytest.mark.parametrize(("found", "said"), [("0001", "at 0001, "), (None, "at no revision, ")])
def test_older_tables_are_not_migrated_until_they_are(database: Database, found: str | None, said: str) -> None:
    checked = Readiness(database)
    stamp(database, found)
    with pytest.raises(NotMigrated) as failed:
        checked.check()
    assert said in failed.value.reason
    assert "approvals db upgrade" in failed.value.reason
    stamp(database, REVISION)
    checked.check()


def test_newer_tables_serve_too_and_the_revision_is_read_once(database: Database) -> None:
    checked = Readiness(database)
    stamp(database, "9999")
    checked.check_schema()
    stamp(database, None)
    checked.check_schema()


@pytest.mark.parametrize("statement", ["SELECT 1 FROM nowhere", "SELECT absent FROM notes"])
def test_an_unknown_table_or_column_is_not_migrated(database: Database, statement: str) -> None:
    with pytest.raises(NotMigrated), database.read() as connection:
        connection.exec_driver_sql(statement)


def stamp(database: Database, revision: str | None) -> None:
    run(
        database,
        "DELETE FROM alembic_version",
        *([f"INSERT INTO alembic_version VALUES ('{revision}')"] * bool(revision)),
    )


def test_a_missing_table_is_not_ready(bare_database_url: str) -> None:
    bare = Database(bare_database_url)
    with pytest.raises(Unavailable):
        Readiness(bare).check()
    bare.engine.dispose()


def test_a_request_has_to_come_again_if_no_connection_becomes_free(postgres_url: str) -> None:
    small = Database(postgres_url, pool_size=1)
    small.engine.pool._timeout = 0.01  # type: ignore[attr-defined]
    with small.read(), small.read(), pytest.raises(Unavailable) as failed, small.read():
        pass
    assert failed.value.reason == "no connection became free in time"
    small.engine.dispose()


@pytest.mark.parametrize("statement", [
    "SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)",
    "SET LOCAL transaction_read_only = on; DELETE FROM notes",
    "CREATE ROLE nobody_here; SET LOCAL ROLE nobody_here; DELETE FROM notes",
    "SELECT pg_terminate_backend(pg_backend_pid())",
])  # fmt: skip
def test_what_postgresql_refuses_for_now_is_unavailable(postgres_url: str, statement: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(Unavailable):
        run(database, *statement.split("; "))
    database.engine.dispose()


def test_a_damaged_sqlite_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "approvals.db"
    path.write_bytes(b"this is no database, and long enough to be taken for one" * 40)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(Unavailable) as failed, database.read() as connection:
        connection.execute(sa.text("SELECT 1 FROM notes"))
    assert failed.value.reason == "file is not a database"
    database.engine.dispose()


def test_a_refused_connection_is_unavailable() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable), away.read():
        pass


def test_a_mistake_of_ours_stays_one(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.text("INSERT INTO notes (approval_id, number) VALUES (NULL, NULL)"))


def test_threads_that_check_at_once_do_not_hold_each_other_up(lite: Database) -> None:
    checked = Readiness(lite)
    threads = [threading.Thread(target=checked.check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
