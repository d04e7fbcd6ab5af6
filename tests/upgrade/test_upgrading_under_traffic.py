"""An upgrade waits for another one and for a table that is in use, and holds nobody up for long."""

import logging
import threading

import pytest
import sqlalchemy as sa

from approvals.entrypoints.server import migrations
from tests.support.database.postgres import PostgresServer

AGAIN, WAITS = "upgrade.again", "upgrade.waits"


class Told(logging.Handler):
    """Lets somebody go on once an event is logged."""

    def __init__(self, event: str) -> None:
        super().__init__()
        self._event, self.seen = event, threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", "") == self._event:
            self.seen.set()


@pytest.mark.parametrize(
    ("holding", "event"),
    [("LOCK TABLE outbox IN ACCESS SHARE MODE", AGAIN), ("SELECT pg_advisory_lock(7221001)", WAITS)],
)
def test_an_upgrade_waits_and_ends_when_it_may(postgres_server: PostgresServer, holding: str, event: str) -> None:
    told = Told(event)
    logging.getLogger("approvals.migrations").addHandler(told)
    with postgres_server.database() as url:
        migrations.upgrade(url, to="0008")
        other = sa.create_engine(url, poolclass=sa.pool.NullPool).connect()
        other.execute(sa.text(holding))
        upgrading = threading.Thread(target=migrations.upgrade, args=(url,), kwargs={"to": "0010"})
        upgrading.start()
        assert told.seen.wait(20)
        other.close()
        upgrading.join(30)
        assert migrations.current(url)[0] == "0010"
    logging.getLogger("approvals.migrations").removeHandler(told)
