"""The database's clock, so that all machines agree on leases and deadlines."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from approvals.adapters.database.engine import Database

AGREED_FOR = timedelta(minutes=1)


class DatabaseClock:
    """This machine's clock, corrected to the database's. The difference is measured every minute."""

    def __init__(self, database: Database, *, system: Callable[[], datetime]) -> None:
        self._database, self._system = database, system
        self._offset = timedelta(0)
        self._measured: datetime | None = None
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        now = self._system()
        if self._measured is None or abs(now - self._measured) > AGREED_FOR:
            self._measure()
        return self._system() + self._offset

    def _measure(self) -> None:
        """Measure the difference; half of the round trip counts as the time to the database."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            with self._database.read() as connection:
                before = self._system()
                theirs = connection.execute(
                    sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)))
                ).scalar_one()
                after = self._system()
            self._offset = theirs - (before + (after - before) / 2)
            self._measured = after
        finally:
            self._lock.release()
