"""Intake with more clients than the server has threads: its rate, and how long the slowest wait."""

from benchmarks.data.samples import insert_requests, submit_requests
from benchmarks.report import Row
from benchmarks.rounds import interleaved
from benchmarks.servers import start_floor, start_gateway
from benchmarks.traffic import Traffic, rounds_of
from benchmarks.world import World

GOALS = ("crowd", "crowd-p99")
CLIENTS = 32


def measure(world: World) -> list[Row]:
    floor = Traffic(start_floor(world, world.database_url), insert_requests, expect=201, clients=CLIENTS)
    ours = Traffic(
        start_gateway(world, world.database_url), lambda n: submit_requests(world.api_key, n), expect=201,
        clients=CLIENTS,
    )  # fmt: skip
    interleaved(rounds_of({"floor": floor, "ours": ours}, count=world.scale.requests), rounds=world.scale.rounds)
    return [
        Row(goal="crowd", series=ours.series("per_second"), floor=floor.series("per_second"), note=ours.note),
        Row(goal="crowd-p99", series=ours.series("p99_ms"), floor=floor.series("p99_ms"), note=f"floor: {floor.note}"),
    ]
