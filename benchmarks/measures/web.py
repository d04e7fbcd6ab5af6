"""The hot path: intake and decision over HTTP compared with Flask with one insert, and intake from a queue."""

from collections.abc import Callable, Sequence

import msgspec

from approvals.domain.model.payload_adapter import Source
from approvals.entrypoints.intake.batch import QueueMessage, take
from benchmarks.data.samples import a_submission, approve_requests, submit_many, submit_requests
from benchmarks.load import request
from benchmarks.report import Row
from benchmarks.rounds import Measurement, interleaved, per_second
from benchmarks.servers import Web, start_floor, start_gateway
from benchmarks.world import World

GOALS = ("hello", "insert", "intake", "decision", "decision-alone", "queue")
BATCH = 10
Requests = Callable[[int], Sequence[bytes]]


def measure(world: World) -> list[Row]:
    """Measure all endpoints once per round, after a few warm-up requests that are not counted."""
    floor, ours = start_floor(world, world.database_url), start_gateway(world, world.database_url)
    loads = {
        "hello": Load(floor, lambda n: [request("GET", "/")] * n, expect=200, times=3),
        "insert": Load(floor, _inserts, expect=201),
        "intake": Load(ours, lambda n: submit_requests(world.api_key, n), expect=201),
        "decision": Load(ours, lambda n: _answers(world, n), expect=303),
        "decision-alone": Load(ours, lambda n: _answers(world, n, need=2), expect=303),
    }
    for load in loads.values():
        load.warm_up()
    accepted = world.accepted()
    measurements: dict[str, Measurement] = {name: load.measurement(world) for name, load in loads.items()}
    found = interleaved({**measurements, "queue": lambda: _from_queue(world)}, rounds=world.scale.rounds)
    if world.accepted() - accepted != world.scale.rounds * world.scale.requests:
        raise RuntimeError("some decisions were answered before their callback was accepted")
    floors = {"intake": "insert", "decision": "insert", "decision-alone": "insert", "queue": "intake"}
    return [
        Row(
            goal=goal, series=series, floor=found[floors[goal]] if goal in floors else None,
            note=loads[goal].note if goal in loads else "",
        )
        for goal, series in found.items()
    ]  # fmt: skip


class Load:
    """One kind of request to one server, measured in rounds."""

    def __init__(self, web: Web, requests: Requests, *, expect: int, times: int = 1) -> None:
        self._web, self._requests, self._expect, self._times = web, requests, expect, times
        self._costs: list[tuple[float, float]] = []
        self._p99s: list[float] = []

    def warm_up(self) -> None:
        self._web.send(self._requests(200), expect=self._expect)

    def measurement(self, world: World) -> Measurement:
        return lambda: self._once(world.scale.requests * self._times)

    def _once(self, count: int) -> float:
        requests = self._requests(count)
        before = self._web.cpu()
        tally = self._web.send(requests, expect=self._expect)
        after = self._web.cpu()
        self._costs.append(((after[0] - before[0]) / count, (after[1] - before[1]) / count))
        self._p99s.append(tally.p99_ms)
        return tally.per_second

    @property
    def note(self) -> str:
        """The p99, and the CPU time per request of the server and of the database."""
        ours, theirs = (_median([cost[side] for cost in self._costs]) * 1000 for side in (0, 1))
        return f"p99 {_median(self._p99s):.0f} ms, CPU {ours:.2f} + {theirs:.2f} ms"


def _inserts(count: int) -> list[bytes]:
    return [
        request("POST", "/things", body=msgspec.json.encode(a_submission()), content_type="application/json")
        for _ in range(count)
    ]


def _answers(world: World, count: int, *, need: int = 1) -> list[bytes]:
    return approve_requests(world.gateway, submit_many(world.gateway, count, need=need))


def _from_queue(world: World) -> float:
    bodies = [msgspec.json.encode(a_submission()).decode() for _ in range(world.scale.requests)]
    messages = [QueueMessage(str(number), body, "receipt") for number, body in enumerate(bodies)]

    def take_all() -> int:
        batches = (messages[begin : begin + BATCH] for begin in range(0, len(messages), BATCH))
        return sum(len(take(batch, world.gateway, source=Source(door="sqs", name="benchmark"))) for batch in batches)

    return per_second(take_all)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
