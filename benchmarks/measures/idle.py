"""An idle gateway: `approvals serve`, web and worker in one process, on the full database."""

import time

from benchmarks.processes import cpu_seconds, family, memory_mb, python, running, wait_for
from benchmarks.report import Row
from benchmarks.rounds import Series
from benchmarks.world import World
from tests.support.processes.ports import unused_port

GOALS = ("memory", "cpu")
SECONDS_TO_SETTLE = 3


def measure(world: World) -> list[Row]:
    """Measure memory and CPU after the start-up seconds. No heartbeat is due during that time."""
    port = unused_port()
    settings = world.settings(world.full, APPROVALS_LISTEN=f"127.0.0.1:{port}")
    command = python("-m", "approvals", "serve")
    with running(command, environment=settings, folder=world.folder, name="serve") as process:
        wait_for(f"http://127.0.0.1:{port}/readyz", process=process)
        time.sleep(SECONDS_TO_SETTLE)
        pids = family(process.pid)
        before = cpu_seconds(pids)
        time.sleep(world.scale.idle_seconds)
        share = (cpu_seconds(pids) - before) / world.scale.idle_seconds * 100
        memory = Series((memory_mb(pids),))
    return [
        Row(goal="memory", series=memory, note=f"{world.scale.pending:,} pending"),
        Row(goal="cpu", series=Series((share,)), note=f"over {world.scale.idle_seconds:g} s"),
    ]
