"""The database's clock corrects this machine's."""

from datetime import UTC, datetime, timedelta

from approvals.adapters.database.clock import DatabaseClock
from approvals.adapters.database.engine import Database


def test_a_machine_whose_clock_is_wrong_goes_by_the_databases(postgres_url: str) -> None:
    database = Database(postgres_url)
    wrong = DatabaseClock(database, system=lambda: datetime.now(UTC) - timedelta(hours=3))
    assert abs(wrong() - datetime.now(UTC)) < timedelta(seconds=2)
    database.engine.dispose()
