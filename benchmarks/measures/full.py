"""A full database: the cost of sweep, outbox and lists with many pending approvals, compared with bare queries."""

from collections.abc import Callable
from functools import partial

import psycopg
from sqlalchemy import make_url

from approvals.domain.model.records import Filter
from approvals.flows.gateway import Gateway
from benchmarks.data.bulk import A_REVIEWER
from benchmarks.data.samples import submit_many
from benchmarks.floor import NEWEST_PENDING
from benchmarks.load import request
from benchmarks.measures.backlog import make_overdue
from benchmarks.report import Row
from benchmarks.rounds import Series, interleaved, milliseconds
from benchmarks.servers import Web, start_floor, start_gateway
from benchmarks.world import World

GOALS = ("sweep-idle", "sweep-due", "lease-due", "find-reviewer", "find-status", "list-http")
DUE = 500
TIMES = 50
"""The number of calls in one round, for calls of about a millisecond."""
_DUE = "SELECT {key} FROM {table} WHERE {moment} <= now() ORDER BY {moment} LIMIT 500"
_CLAIM = (
    "UPDATE {table} SET {moment} = now() + interval '1 hour' WHERE ({key}) IN ("
    + _DUE
    + " FOR UPDATE SKIP LOCKED) RETURNING {key}"
)
APPROVALS = {"table": "approvals", "key": "id", "moment": "next_action_at"}
OUTBOX = {"table": "outbox", "key": "approval_id, key", "moment": "next_attempt_at"}
_OF_REVIEWER = (
    "SELECT a.* FROM approvals a JOIN reviewers r ON r.approval_id = a.id WHERE r.reviewer = %s"
    " ORDER BY r.approval_id DESC LIMIT 50"
)


def measure(world: World) -> list[Row]:
    gateway, rounds = world.gateway_on(world.full), world.scale.rounds
    with connected(world.full) as bare:
        rows = [
            _row("sweep-idle", interleaved(_idle(gateway, bare), rounds=rounds)),
            _row("sweep-due", interleaved(_settling(world, gateway, bare), rounds=rounds)),
            _row("lease-due", interleaved(_leasing(gateway, bare), rounds=rounds)),
            _row("find-reviewer", interleaved(_finding(gateway, bare, Filter(reviewers=(A_REVIEWER,))), rounds=rounds)),
            _row("find-status", interleaved(_finding(gateway, bare, Filter(status="pending")), rounds=rounds)),
        ]
    found = interleaved(_listing(world), rounds=rounds)
    return [*rows, _row("list-http", found)]


Pair = dict[str, Callable[[], float]]


def connected(database_url: str) -> psycopg.Connection:
    """Connect with the driver alone, in autocommit mode."""
    parts = make_url(database_url)
    return psycopg.connect(
        host=str(parts.query["host"]), user=parts.username, dbname=parts.database, autocommit=True
    )  # fmt: skip


def settle_due(database_url: str, gateway: Gateway) -> float:
    """Return the time of a sweep that settles overdue approvals, with outcome, note and messages."""
    make_overdue(database_url, submit_many(gateway, DUE))
    return milliseconds(lambda: _all_due(gateway.sweep(limit=DUE)))


def lease_due(bare: psycopg.Connection, gateway: Gateway) -> float:
    """Return the time of leasing due messages."""
    _make_due(bare)
    now = gateway.now()
    return milliseconds(
        lambda: _all_due(len(gateway.ports.outbox.lease(lane="callback", now=now, until=now, limit=DUE)))
    )  # fmt: skip


def _make_due(bare: psycopg.Connection) -> None:
    bare.execute("UPDATE outbox SET next_attempt_at = NULL WHERE next_attempt_at <= now() + interval '2 hours'")
    bare.execute(
        "UPDATE outbox SET next_attempt_at = now() WHERE lane = 'callback' AND approval_id IN"
        " (SELECT id FROM approvals ORDER BY id LIMIT 500)"
    )


def _row(goal: str, found: dict[str, Series]) -> Row:
    return Row(goal=goal, series=found["ours"], floor=found["bare"])


def _idle(gateway: Gateway, bare: psycopg.Connection) -> Pair:

    def query() -> None:
        with bare.transaction():
            bare.execute(_DUE.format(**APPROVALS)).fetchall()

    return {
        "bare": partial(milliseconds, query, times=TIMES),
        "ours": partial(milliseconds, gateway.sweep, times=TIMES),
    }


def _settling(world: World, gateway: Gateway, bare: psycopg.Connection) -> Pair:
    """Compare settling with a bare claim of the same rows."""

    def claim() -> float:
        make_overdue(world.full, submit_many(gateway, DUE))
        return milliseconds(lambda: _claimed(bare, _CLAIM.format(**APPROVALS)))

    return {"bare": claim, "ours": partial(settle_due, world.full, gateway)}


def _leasing(gateway: Gateway, bare: psycopg.Connection) -> Pair:
    """Compare leasing with a bare claim of the same rows, which are released in between."""

    def claim() -> float:
        _make_due(bare)
        return milliseconds(lambda: _claimed(bare, _CLAIM.format(**OUTBOX)))

    return {"bare": claim, "ours": partial(lease_due, bare, gateway)}


def _finding(gateway: Gateway, bare: psycopg.Connection, wanted: Filter) -> Pair:
    query, values = (_OF_REVIEWER, list(wanted.reviewers)) if wanted.reviewers else (str(NEWEST_PENDING), [])
    return {
        "bare": partial(milliseconds, lambda: bare.execute(query, values).fetchall(), times=TIMES),
        "ours": partial(milliseconds, lambda: gateway.find(wanted), times=TIMES),
    }


def _listing(world: World) -> Pair:
    """Compare list responses for a single client, so that the time includes no queueing."""
    floor, ours = start_floor(world, world.full), start_gateway(world, world.full)
    listing = request("GET", "/v1/approvals?status=pending&limit=50", authorization=f"Bearer {world.api_key}")
    bare = request("GET", "/list")
    _listed(floor, bare), _listed(ours, listing)
    return {"bare": partial(_listed, floor, bare), "ours": partial(_listed, ours, listing)}


def _listed(web: Web, one: bytes) -> float:
    return web.send([one] * TIMES * 4, expect=200, clients=1).p50_ms


def _claimed(bare: psycopg.Connection, statement: str) -> None:
    _all_due(len(bare.execute(statement).fetchall()))


def _all_due(found: int) -> None:
    if found != DUE:
        raise RuntimeError(f"{found} were due, not {DUE}")
