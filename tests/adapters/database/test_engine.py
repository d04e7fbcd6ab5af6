"""The engine: connections that broke while they were idle, and writers in conflict."""

import threading

import pytest
import sqlalchemy as sa

from approvals.adapters.database.engine import Database
from approvals.domain.model.errors import Stale, Unavailable


def test_a_connection_that_died_while_idle_is_replaced_unseen(postgres_url: str) -> None:
    database, other = Database(postgres_url, pool_size=1, idle_seconds=0), Database(postgres_url)
    with database.read() as connection:
        pid = connection.execute(sa.text("select pg_backend_pid()")).scalar_one()
    with other.read() as connection:
        connection.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with database.write() as connection:
        assert connection.execute(sa.text("select pg_backend_pid()")).scalar_one() != pid
    database.engine.dispose()
    other.engine.dispose()


def test_two_who_wait_for_each_other_have_to_try_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    met = threading.Barrier(2, timeout=10)
    outcomes = []

    def update(first: str, second: str) -> None:
        lock = sa.text("select pg_advisory_xact_lock(:key)")
        try:
            with database.write() as connection:
                connection.execute(lock, {"key": first})
                met.wait()
                connection.execute(lock, {"key": second})
            outcomes.append("done")
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=update, args=pair) for pair in (("1", "2"), ("2", "1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["done", "stale"]
    database.engine.dispose()


def test_a_reader_of_sqlite_does_not_wait_for_a_writer(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.write() as writer:
        writer.execute(sa.text("insert into tags (name, value, approval_id) values ('a', 'b', 'c')"))
        with database.read() as reader:
            assert reader.execute(sa.text("select count(*) from tags")).scalar_one() == 0
    with database.read() as reader:
        assert reader.execute(sa.text("select count(*) from tags")).scalar_one() == 1
    database.engine.dispose()


@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("synchronous", 2)])
def test_sqlite_keeps_what_it_has_confirmed(sqlite_url: str, pragma: tuple[str, object]) -> None:
    database = Database(sqlite_url)
    with database.read() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma[0]}").scalar_one() == pragma[1]
    database.engine.dispose()


def test_what_was_written_does_not_stand_in_errors_that_are_logged(database_url: str) -> None:
    """Comments, details and sealed tokens are parameters of statements."""
    database = Database(database_url)
    with pytest.raises(Unavailable) as failed, database.write() as connection:
        connection.execute(sa.text("SELECT nothing FROM nowhere WHERE a = :secret"), {"secret": "the-comment"})
    assert isinstance(failed.value.__cause__, sa.exc.DBAPIError)
    assert "the-comment" not in f"{failed.value} {failed.value.reason} {failed.value.__cause__}"
    database.engine.dispose()
