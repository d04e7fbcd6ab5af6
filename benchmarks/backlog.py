"""Backlogs: many approvals that are overdue at once, and then as many callbacks that wait to leave."""

import boto3
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from approvals.flows.gateway import Gateway
from benchmarks.report import Row
from benchmarks.rounds import interleaved, per_second
from benchmarks.samples import submit_many
from benchmarks.world import World

GOALS = ("settle", "deliver")
PARTS = 4
"""A backlog is worked off in so many parts, each with a figure of its own."""
SWEEP, LEASE = 200, 100
"""As many at once as the worker takes."""
BARE_CALLS = 500
OUTPUT = '{"outcome":"approved"}'


def measure(world: World) -> list[Row]:
    """One worker sweeps them, one process delivers what comes of it."""
    gateway = world.gateway
    _put_notices_aside(world.database_url)
    make_overdue(world.database_url, submit_many(gateway, world.scale.backlog))
    part = world.scale.backlog // PARTS
    settled = interleaved({"settle": lambda: per_second(lambda: _swept(gateway, part))}, rounds=PARTS)["settle"]
    before = world.accepted()
    found = interleaved({"bare": _bare, "deliver": lambda: per_second(lambda: _delivered(gateway, part))}, rounds=PARTS)
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


def _put_notices_aside(database_url: str) -> None:
    """What earlier benchmarks left in the outbox is not ours to deliver."""
    with sa.create_engine(database_url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET next_attempt_at = NULL WHERE next_attempt_at <= now()")


def _swept(gateway: Gateway, count: int) -> int:
    done = 0
    while done < count:
        swept = gateway.sweep(limit=min(SWEEP, count - done))
        if not swept:
            raise RuntimeError(f"the sweep found {done} of {count}")
        done += swept
    return done


def _delivered(gateway: Gateway, count: int) -> int:
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
