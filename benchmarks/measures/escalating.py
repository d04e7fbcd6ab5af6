"""Escalations of many approvals in the same minute, by one worker and by several that share them."""

import multiprocessing
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from approvals import wiring
from approvals.domain.json_reader import read
from approvals.domain.model.submission import Submission
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from benchmarks.data.bulk import analyze, copy
from benchmarks.data.samples import a_submission
from benchmarks.report import Row
from benchmarks.rounds import Series
from benchmarks.world import World

GOALS = ("escalate", "escalate-shared")
WORKERS = {"escalate": 1, "escalate-shared": 2}
POLICY = {
    "stages": [
        {
            "groups": [{"from": ["ana@example.com", "ben@example.com"]}],
            "remind": {"after": "10h", "every": "4h", "times": 3},
            "escalate": [{"after": "8h", "to": ["cfo@example.com", "coo@example.com"]}],
        }
    ],
    "timeout": "20h",
}
JOINING = 2
_DUE = {
    "stage_since": "now() - interval '8 hours' - interval '1 second' * mod(n, 60)",
    "next_action_at": "now() - interval '1 second' * mod(n, 60)",
}
"""Columns that make all copies overdue within the same minute."""
_DONE = {
    "approvals escalated once": "SELECT count(*) FROM approvals WHERE version = 2 AND escalated = 1 AND"
    " next_action_at > now()",
    "notes of that": "SELECT count(*) FROM notes WHERE event = 'escalated' AND number = 2",
    "notices to each who joined": f"SELECT count(*) / {JOINING} FROM outbox WHERE key LIKE 'escalated:%%'",
}


def measure(world: World) -> list[Row]:
    return [_row(world, goal, workers) for goal, workers in WORKERS.items()]


def _row(world: World, goal: str, workers: int) -> Row:
    database_url, count = world.new_database(), world.scale.escalations
    fill(world.gateway_on(database_url), database_url, count)
    seconds, shares = swept(world.settings(database_url), workers)
    for what, found in done(database_url).items():
        if found != count:
            raise RuntimeError(f"{what}: {found} and not {count}")
    shared = f" in shares of {', '.join(f'{share:,}' for share in sorted(shares))}" if workers > 1 else ""
    return Row(goal=goal, series=Series((count / seconds,)), note=f"{count:,} in {seconds:.1f} s{shared}")


def swept(environment: dict[str, str], workers: int) -> tuple[float, list[int]]:
    """Return the seconds until the workers have nothing due, and the number of changes by each of them."""
    with multiprocessing.get_context("spawn").Pool(workers, _start, (environment,)) as pool:
        pool.map(_connect, range(workers), chunksize=1)
        began = time.perf_counter()
        shares = pool.map(_sweep, range(workers), chunksize=1)
        return time.perf_counter() - began, shares


def done(database_url: str) -> dict[str, int]:
    """Return counts that must equal the number of approvals, as each must be escalated exactly once."""
    with sa.create_engine(database_url, poolclass=NullPool).connect() as connection:
        return {what: int(connection.exec_driver_sql(query).scalar_one()) for what, query in _DONE.items()}


def fill(gateway: Gateway, database_url: str, count: int) -> None:
    """Fill the database with due copies of one approval."""
    asked: dict[str, Any] = {key: value for key, value in a_submission().items() if key not in ("reviewers", "need")}
    submitted = gateway.submit(read(Submission, {**asked, "policy": POLICY}), caller="benchmark")
    copy(database_url, original=submitted.approval_id, times=count, changes=_DUE)
    analyze(database_url)


_gateway: list[Gateway] = []


def _start(environment: dict[str, str]) -> None:
    _gateway[:] = [wiring.build(Settings.from_env(environment))]


def _connect(_: int) -> None:
    """Connect to the database before the measurement starts."""
    _gateway[0].check()


def _sweep(_: int) -> int:
    """Sweep until nothing is due, also while other workers hold the due rows. Return the number of changes."""
    [gateway], changes = _gateway, 0
    while gateway.ports.store.any_due(now=gateway.now()):
        changes += gateway.sweep()
    return changes
