"""Growth: what sweep, outbox, inbox and list cost in the full database, compared with the small one."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import psycopg

from approvals.domain.model.records import Filter
from approvals.flows.gateway import Gateway
from benchmarks.data.samples import submit_many
from benchmarks.measures.full import TIMES, connected, lease_due, settle_due
from benchmarks.report import Row
from benchmarks.rounds import interleaved, milliseconds
from benchmarks.world import World

GOALS = ("grown-sweep", "grown-lease", "grown-inbox", "grown-list")
INBOX = 50


def measure(world: World) -> list[Row]:
    with ExitStack() as stack:
        small, full = (_calls(world, url, stack.enter_context(connected(url))) for url in (world.small, world.full))
        return [_row(goal, small[goal], full[goal], world.scale.rounds) for goal in GOALS]


def _calls(world: World, url: str, bare: psycopg.Connection) -> dict[str, Callable[[], float]]:
    """Return the measurements in one database."""
    gateway = world.gateway_on(url)
    [first, *_] = submit_many(gateway, INBOX, reviewers=["zoe@example.com"])
    return {
        "grown-sweep": partial(settle_due, url, gateway),
        "grown-lease": partial(lease_due, bare, gateway),
        "grown-inbox": partial(milliseconds, partial(_open_inbox, gateway, first), times=TIMES),
        "grown-list": partial(milliseconds, lambda: gateway.find(Filter(status="pending")), times=TIMES),
    }


def _open_inbox(gateway: Gateway, approval_id: str) -> None:
    if len(gateway.inbox(approval_id, reviewer=0).lines) != INBOX:
        raise RuntimeError(f"the inbox has not {INBOX} lines")


def _row(goal: str, small: Callable[[], float], full: Callable[[], float], rounds: int) -> Row:
    found = interleaved({"small": small, "full": full}, rounds=rounds)
    return Row(goal=goal, series=found["full"], floor=found["small"])
