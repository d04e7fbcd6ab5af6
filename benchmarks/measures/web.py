"""The hot path: intake and decision over HTTP compared with Flask with one insert, and intake from a queue."""

from collections.abc import Sequence

import msgspec

from approvals.domain.model.payload_adapter import Source
from approvals.entrypoints.intake.batch import QueueMessage, take
from benchmarks.data.samples import a_submission, approve_requests, insert_requests, submit_many, submit_requests
from benchmarks.load import request
from benchmarks.report import Row
from benchmarks.rounds import Measurement, interleaved, per_second
from benchmarks.servers import start_floor, start_gateway
from benchmarks.traffic import Traffic, rounds_of
from benchmarks.world import World

GOALS = ("hello", "insert", "intake", "decision", "decision-alone", "queue")
BATCH = 10
FLOORS = {"intake": "insert", "decision": "insert", "decision-alone": "insert", "queue": "intake"}


def measure(world: World) -> list[Row]:
    """Measure all endpoints once per round, after a few warm-up requests that are not counted."""
    floor, ours = start_floor(world, world.database_url), start_gateway(world, world.database_url)
    traffic = {
        "hello": Traffic(floor, lambda n: [request("GET", "/")] * n, expect=200, times=3),
        "insert": Traffic(floor, insert_requests, expect=201),
        "intake": Traffic(ours, lambda n: submit_requests(world.api_key, n), expect=201),
        "decision": Traffic(ours, lambda n: _answers(world, n), expect=303),
        "decision-alone": Traffic(ours, lambda n: _answers(world, n, need=2), expect=303),
    }
    measurements: dict[str, Measurement] = rounds_of(traffic, count=world.scale.requests)
    accepted = world.accepted()
    found = interleaved({**measurements, "queue": lambda: _from_queue(world)}, rounds=world.scale.rounds)
    if world.accepted() - accepted != world.scale.rounds * world.scale.requests:
        raise RuntimeError("some decisions were answered before their callback was accepted")
    for one in traffic.values():
        one.count_statements(world.statements)
    return [
        Row(
            goal=goal, series=series, floor=found[FLOORS[goal]] if goal in FLOORS else None,
            note=traffic[goal].note if goal in traffic else "",
        )
        for goal, series in found.items()
    ]  # fmt: skip


def _answers(world: World, count: int, **changes: object) -> Sequence[bytes]:
    return approve_requests(world.gateway, submit_many(world.gateway, count, **changes))


def _from_queue(world: World) -> float:
    bodies = [msgspec.json.encode(a_submission()).decode() for _ in range(world.scale.requests)]
    messages = [QueueMessage(str(number), body, "receipt") for number, body in enumerate(bodies)]

    def take_all() -> int:
        batches = (messages[begin : begin + BATCH] for begin in range(0, len(messages), BATCH))
        return sum(len(take(batch, world.gateway, source=Source(door="sqs", name="benchmark"))) for batch in batches)

    return per_second(take_all)
