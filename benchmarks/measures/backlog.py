"""Backlogs: many overdue approvals, then as many pending callbacks."""

import boto3
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from approvals.flows.gateway import Gateway
from benchmarks.data.samples import submit_many
from benchmarks.report import Row
from benchmarks.rounds import interleaved, per_second
from benchmarks.world import World

GOALS = ("settle", "deliver")
PARTS = 4
"""The number of parts of a backlog, each of which gives one measurement."""
SWEEP, LEASE = 200, 100
"""The worker's batch sizes."""
BARE_CALLS = 500
OUTPUT = '{"outcome":"approved"}'


def measure(world: World) -> list[Row]:
    """Measure one worker that sweeps the backlog, and one process that delivers the callbacks."""
    gateway = world.gateway
    _cancel_pending_notices(world.database_url)
    make_overdue(world.database_url, submit_many(gateway, world.scale.backlog))
    part = world.scale.backlog // PARTS
    settled = interleaved({"settle": lambda: per_second(lambda: _sweep(gateway, part))}, rounds=PARTS)["settle"]
    before = world.accepted()
    found = interleaved({"bare": _bare, "deliver": lambda: per_second(lambda: _deliver(gateway, part))}, rounds=PARTS)
    if world.accepted() - before != PARTS * (part + BARE_CALLS):
        raise RuntimeError("not every callback of the backlog was delivered exactly once")
    return [Row(goal="settle", series=settled), Row(goal="deliver", series=found["deliver"], floor=found["bare"])]


def make_overdue(database_url: str, ids: list[str]) -> None:
    statement = sa.text(
        "UPDATE approvals SET deadline = now() - interval '1 minute', next_action_at = now() - interval '1 minute'"
        " WHERE id = ANY(:ids)"
    )
    with sa.create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.execute(statement, {"ids": ids})


def _cancel_pending_notices(database_url: str) -> None:
    """Cancel notices that earlier benchmarks left in the outbox, so that they are not delivered here."""
    with sa.create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET next_attempt_at = NULL WHERE next_attempt_at <= now()")


def _sweep(gateway: Gateway, count: int) -> int:
    done = 0
    while done < count:
        swept = gateway.sweep(limit=min(SWEEP, count - done))
        if not swept:
            raise RuntimeError(f"the sweep found {done} of {count}")
        done += swept
    return done


def _deliver(gateway: Gateway, count: int) -> int:
    done = 0
    while done < count:
        taken = gateway.deliver(lane="callback", limit=min(LEASE, count - done))
        if not taken:
            raise RuntimeError(f"only {done} of {count} callbacks were there")
        done += taken
    return done


def _bare() -> float:
    client = boto3.client("stepfunctions")

    def calls() -> int:
        for _ in range(BARE_CALLS):
            client.send_task_success(taskToken="k" * 600, output=OUTPUT)
        return BARE_CALLS

    return per_second(calls)
