"""`python -m benchmarks [--quick] [names…]`: run benchmarks and print a table of the results."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

import pytest

from benchmarks import report
from benchmarks.measures import backlog, crowd, demo, escalating, full, growth, idle, single, slack, sqlite, web
from benchmarks.page import Run
from benchmarks.report import Row
from benchmarks.world import Scale, World, open_world

BENCHMARKS: dict[str, tuple[Callable[[World], list[Row]], Sequence[str]]] = {
    "web": (web.measure, web.GOALS),
    "crowd": (crowd.measure, crowd.GOALS),
    "single": (single.measure, single.GOALS),
    "sqlite": (sqlite.measure, sqlite.GOALS),
    "slack": (slack.measure, slack.GOALS),
    "backlog": (backlog.measure, backlog.GOALS),
    "escalating": (escalating.measure, escalating.GOALS),
    "full": (full.measure, full.GOALS),
    "growth": (growth.measure, growth.GOALS),
    "idle": (idle.measure, idle.GOALS),
    "demo": (demo.measure, demo.GOALS),
}
"""Each benchmark with the goals that it measures."""
FULL = Scale(rounds=5, requests=1200, backlog=10_000, escalations=100_000, pending=1_000_000, idle_seconds=10)
QUICK = Scale(rounds=3, requests=400, backlog=2_000, escalations=10_000, pending=100_000, idle_seconds=5)


def main() -> None:
    arguments = _arguments()
    scale = QUICK if arguments.quick else FULL
    if arguments.pending:
        scale = replace(scale, pending=arguments.pending)
    signal.signal(signal.SIGTERM, _ended)
    run = Run("bench")
    try:
        with open_world(scale) as world:
            rows = [row for name in arguments.names or BENCHMARKS for row in _measured(name, world)]
    except pytest.skip.Exception as reason:
        sys.exit(str(reason))
    print(report.table(rows))
    summary = run.summary(f"{scale.rounds} rounds, {scale.pending:,} pending")
    print(f"\n{summary}\n{_HOW_TO_READ}")
    if arguments.write:
        run.write(rows, summary)


_HOW_TO_READ = (
    "Medians, ± half of best to worst; ratio: ours / floor of the same round.\n"
    "Server, database and load generator share this machine: compare ratios, never absolute times of two machines."
)


def _measured(name: str, world: World) -> list[Row]:
    """Run one benchmark. A failure affects only its own rows."""
    measure, goals = BENCHMARKS[name]
    print(f"{name} …", file=sys.stderr, flush=True)
    try:
        return measure(world)
    except Exception as error:  # noqa: BLE001 - the other benchmarks still run
        print(f"{name} failed: {error!r}", file=sys.stderr)
        return [Row(goal=goal, not_measured="failed") for goal in goals]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and 100,000 pending approvals")
    parser.add_argument("--pending", type=int, metavar="N", help="the number of pending approvals")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    return arguments


def _ended(*_: object) -> NoReturn:
    """Stopped from outside: what was started is stopped on the way out."""
    sys.exit("stopped")


if __name__ == "__main__":
    main()
