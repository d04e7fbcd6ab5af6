"""The start of the demo, from the command until its page answers."""

import importlib.util
import os
import time

from benchmarks.processes import python, running, wait_for
from benchmarks.report import Row
from benchmarks.rounds import Series
from benchmarks.world import World
from tests.support.processes.ports import unused_port

GOALS = ("demo",)


def measure(world: World) -> list[Row]:
    if importlib.util.find_spec("approvals.demo.main") is None:
        return [Row(goal="demo", not_measured="there is no demo yet")]
    return [Row(goal="demo", series=Series(tuple(_seconds(world) for _ in range(world.scale.rounds))))]


def _seconds(world: World) -> float:
    port = unused_port()
    command = python("-m", "approvals", "demo", "--no-open", "--port", str(port))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_ENDPOINT")}
    began = time.perf_counter()
    with running(command, environment=plain, folder=world.folder, name="demo") as process:
        wait_for(f"http://127.0.0.1:{port}/", process=process)
        return time.perf_counter() - began
