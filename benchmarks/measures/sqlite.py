"""Intake on SQLite, compared with Flask with one insert into SQLite that is as durable."""

from benchmarks.data.samples import insert_requests, submit_requests
from benchmarks.report import Row
from benchmarks.rounds import interleaved
from benchmarks.servers import start_floor, start_gateway
from benchmarks.traffic import Traffic, rounds_of
from benchmarks.world import World

GOALS = ("sqlite",)


def measure(world: World) -> list[Row]:
    """Measure two files, so that neither waits for the other."""
    floor = Traffic(start_floor(world, world.new_sqlite_file()), insert_requests, expect=201)
    server = start_gateway(world, world.new_sqlite_file())
    ours = Traffic(server, lambda n: submit_requests(world.api_key, n), expect=201)
    interleaved(rounds_of({"floor": floor, "ours": ours}, count=world.scale.requests), rounds=world.scale.rounds)
    rates = {"series": ours.series("per_second"), "floor": floor.series("per_second")}
    return [Row(goal="sqlite", note=f"{ours.note}; floor: {floor.note}", **rates)]
