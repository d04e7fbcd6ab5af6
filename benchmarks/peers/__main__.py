"""`python -m benchmarks.peers [--quick] [restate dbos]`: run the peers beside us, and print a table of the results."""

import argparse
import signal
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence

import pytest

from benchmarks import report
from benchmarks.page import Run
from benchmarks.peers import dbos, restate
from benchmarks.peers.contestants import Contestant, Floor, Ours, Result
from benchmarks.report import Row
from benchmarks.rounds import interleaved
from benchmarks.servers import start_floor, start_gateway
from benchmarks.world import Scale, World, open_world

FULL = Scale(rounds=5, requests=600, backlog=0, escalations=0, pending=0, idle_seconds=0)
QUICK = Scale(rounds=2, requests=200, backlog=0, escalations=0, pending=0, idle_seconds=0)
"""Restate runs at most 1,000 handlers at once, and one that waits for less than a minute is still running."""
WARM_UP = 100
PEERS = ("restate", "dbos")
MEASURED = {
    # goal: contestant, operation
    "peer-insert": ("floor", "create"),
    "peer-intake": ("ours", "create"),
    "peer-decision": ("ours", "decide"),
    "restate-awakeable": ("restate, awakeable", "create"),
    "restate-resolve": ("restate, awakeable", "decide"),
    "restate-workflow": ("restate, workflow", "create"),
    "restate-decide": ("restate, workflow", "decide"),
    "dbos-create": ("dbos", "create"),
    "dbos-decide": ("dbos", "decide"),
}
BESIDE = {"beside-create": ("peer-intake", "restate-awakeable"), "beside-decide": ("peer-decision", "restate-decide")}
GOALS = (*MEASURED, *BESIDE)


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    run = Run("bench-peers")
    try:
        with open_world(QUICK if arguments.quick else FULL) as world:
            rows = measure(world.scale, _contestants(world, arguments.names or PEERS))
    except pytest.skip.Exception as reason:
        sys.exit(str(reason))
    print(report.table(rows))
    summary = run.summary(f"{world.scale.rounds} rounds of {world.scale.requests}")
    print(f"\n{summary}")
    if arguments.write:
        run.write(rows, summary)


def measure(scale: Scale, contestants: Mapping[str, Contestant]) -> list[Row]:
    """Let each contestant create and decide once per round, after a warm-up that is not counted."""
    results: dict[str, list[Result]] = {}
    runs = {
        goal: getattr(contestants[name], operation)
        for goal, (name, operation) in MEASURED.items()
        if name in contestants
    }
    for run in runs.values():
        run(WARM_UP)
    rounds = {goal: _kept(run, scale.requests, results.setdefault(goal, [])) for goal, run in runs.items()}
    found = interleaved(rounds, rounds=scale.rounds)
    rows = [
        Row(goal=goal, series=series, floor=None if goal == "peer-insert" else found["peer-insert"],
            note=_note(results[goal]))
        for goal, series in found.items()
    ]  # fmt: skip
    beside = {goal: pair for goal, pair in BESIDE.items() if pair[1] in found}
    return [
        *rows,
        *(Row(goal=goal, series=found[ours], floor=found[theirs]) for goal, (ours, theirs) in beside.items()),
    ]


def _kept(run: Callable[[int], Result], count: int, results: list[Result]) -> Callable[[], float]:
    def once() -> float:
        results.append(run(count))
        return results[-1].per_second

    return once


def _note(results: list[Result]) -> str:
    p50, p99, cpu = (
        statistics.median(getattr(one, quantity) for one in results) for quantity in ("p50_ms", "p99_ms", "cpu_ms")
    )
    return f"answered p50 {p50:.1f}, p99 {p99:.1f} ms, CPU {cpu:.2f} ms"


def _contestants(world: World, names: Sequence[str]) -> dict[str, Contestant]:
    """Start the floor, ourselves and the peers that were asked for."""
    web = start_gateway(world, world.database_url)
    contestants: dict[str, Contestant] = {
        "floor": Floor(start_floor(world, world.database_url)),
        "ours": Ours(web, world),
    }
    if "restate" in names:
        running = restate.start(world)
        contestants |= {
            "restate, awakeable": restate.Awakeables(running),
            "restate, workflow": restate.Workflows(running),
        }
    if "dbos" in names:
        contestants["dbos"] = dbos.start(world)
    return contestants


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which peers: {', '.join(PEERS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller rounds")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(PEERS):
        parser.error(f"there is no peer {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
