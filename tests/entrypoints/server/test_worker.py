"""Errors in the worker: its loops survive them, and log what an operator needs and no more."""

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest

from approvals.adapters.database.engine import Database
from approvals.adapters.database.errors import not_migrated
from approvals.adapters.database.store import SqlStore
from approvals.entrypoints.server.worker import Bell, Worker
from approvals.flows.gateway import Gateway
from tests.entrypoints.refusing import another
from tests.fakes import World


def worker(world: World) -> Worker:
    return Worker(world.gateway, bell=Bell(), pause_seconds=0.05, retention=timedelta(days=1))


def first_record(caplog: pytest.LogCaptureFixture, running: Worker) -> logging.LogRecord:
    seen = threading.Event()

    class Watching(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            seen.set()

    watching = Watching()
    logging.getLogger("approvals").addHandler(watching)
    running.start()
    try:
        assert seen.wait(10)
    finally:
        running.stop()
        logging.getLogger("approvals").removeHandler(watching)
    return caplog.records[0]


def test_a_database_that_is_away_is_one_line_of_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    away = Database("postgresql+psycopg://127.0.0.1:1/approvals")
    world.gateway = world.another(store=SqlStore(away, new_id=world.new_id, window=timedelta(0)))
    record = first_record(caplog, worker(world))
    assert (record.exc_info, getattr(record, "event", "")) == (None, "worker.error")
    assert "the database cannot be used: " in record.getMessage()
    assert "onnection refused" in record.getMessage()
    assert "\n" not in record.getMessage()
    away.engine.dispose()


def test_nothing_is_done_until_the_database_is_migrated_which_is_one_line_of_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    checks: list[str] = []

    class Older(Gateway):
        def check_schema(self) -> None:
            checks.append("older" if len(checks) < 30 else "new enough")
            if checks[-1] == "older":
                raise not_migrated("at 0001")

        def sweep(self, *_: Any, **__: Any) -> int:
            swept.set()
            assert len(checks) > 30
            return 0

    swept = threading.Event()
    world.gateway = another(Older, world)
    running = Worker(world.gateway, bell=Bell(), pause_seconds=0.001, retention=timedelta(days=1))
    running.start()
    assert swept.wait(10)
    running.stop()
    assert [getattr(record, "event", "") for record in caplog.records] == ["worker.waits"]
    assert "approvals db upgrade" in caplog.text


class Mistaken(Gateway):
    def sweep(self, *_: Any, **__: Any) -> int:
        raise RuntimeError("a mistake of ours")


def test_anything_else_is_reported_with_where_it_happened(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.gateway = another(Mistaken, world)
    record = first_record(caplog, worker(world))
    assert record.exc_info is not None
    assert "goes on" in record.getMessage()
