"""A single client, for whom nothing queues: processor time of an intake and of the pages, time of an intake."""

from itertools import cycle, islice

from benchmarks.data.samples import inbox_request, insert_requests, page_request, submit_many, submit_requests
from benchmarks.report import Row
from benchmarks.rounds import interleaved
from benchmarks.servers import start_floor, start_gateway
from benchmarks.traffic import Traffic, rounds_of
from benchmarks.world import World

GOALS = ("single-cpu", "single-p50", "page", "inbox")
INBOX = 50
PART = 4
"""What part of the usual requests is sent: a single client takes longer for them."""


def measure(world: World) -> list[Row]:
    database_url = world.new_database()
    gateway = world.gateway_on(database_url)
    floor, ours = start_floor(world, database_url), start_gateway(world, database_url)
    pending = submit_many(gateway, INBOX, reviewers=["zoe@example.com"])
    pages = [page_request(gateway, approval_id) for approval_id in pending]
    traffic = {
        "insert": Traffic(floor, insert_requests, expect=201, clients=1),
        "intake": Traffic(ours, lambda n: submit_requests(world.api_key, n), expect=201, clients=1),
        "page": Traffic(ours, lambda n: list(islice(cycle(pages), n)), expect=200, clients=1),
        "inbox": Traffic(ours, lambda n: [inbox_request(gateway, pending[0])] * n, expect=200, clients=1),
    }
    interleaved(rounds_of(traffic, count=world.scale.requests // PART), rounds=world.scale.rounds)
    for one in traffic.values():
        one.count_statements(world.statements)
    insert, intake = traffic["insert"], traffic["intake"]
    return [
        Row(goal="single-cpu", series=intake.series("server_ms"), floor=insert.series("server_ms"), note=intake.note),
        Row(goal="single-p50", series=intake.series("p50_ms"), floor=insert.series("p50_ms")),
        Row(goal="page", series=traffic["page"].series("server_ms"), note=traffic["page"].note),
        Row(goal="inbox", series=traffic["inbox"].series("server_ms"), note=traffic["inbox"].note),
    ]
