"""The benchmarks can be started, and every goal is measured by one of them. They measure nothing here."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from benchmarks.__main__ import BENCHMARKS
from benchmarks.goals import GOALS, Goal
from benchmarks.load import Tally
from benchmarks.measures import escalating
from benchmarks.page import Run
from benchmarks.peers import __main__ as peers
from benchmarks.peers.contestants import Result, batch
from benchmarks.processes import cpu_seconds, family
from benchmarks.report import Row, table
from benchmarks.rounds import Series, interleaved
from benchmarks.servers import Web
from benchmarks.traffic import Traffic
from tests.fakes import FrozenClock, World
from tests.support.wheel import ROOT


def test_every_goal_is_measured_by_one_benchmark() -> None:
    measured = [goal for _, goals in BENCHMARKS.values() for goal in goals]
    assert sorted([*measured, *peers.GOALS]) == sorted(GOALS)


def test_help_names_every_benchmark() -> None:
    command = [sys.executable, "-m", "benchmarks", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(name in shown for name in BENCHMARKS)


@pytest.mark.parametrize("module", ["benchmarks", "benchmarks.peers"])
def test_an_unknown_benchmark_or_peer_is_wrong_usage(module: str) -> None:
    command = [sys.executable, "-m", module, "wbe"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 2


def test_a_round_goes_once_through_all_measurements() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = interleaved({"floor": lambda: measure("floor"), "ours": lambda: measure("ours")}, rounds=2)
    assert order == ["floor", "ours"] * 2
    assert found["ours"].ratio_to(found["floor"]) == pytest.approx((2 / 1 + 4 / 3) / 2)


class _Web:
    """Answers in 2 ms, with 3 ms of CPU for each request in the server and 1 ms in the database."""

    database_url = "postgresql+psycopg://postgres@/nothing"

    def __init__(self) -> None:
        self.sent = 0

    def send(self, requests: Sequence[bytes], *, expect: int, clients: int = 8) -> Tally:
        self.sent += len(requests)
        return Tally(seconds=0.1 * clients, statuses={expect: len(requests)}, p50_ms=2.0, p99_ms=4.0)

    def cpu(self) -> tuple[float, float]:
        return self.sent * 0.003, self.sent * 0.001


def test_an_ended_process_uses_no_more_processor_time() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert cpu_seconds(family(ended.pid)) == 0


def test_traffic_has_rate_times_and_cpu_of_each_round() -> None:
    traffic = Traffic(cast("Web", _Web()), lambda count: [b"GET /"] * count, expect=200, clients=2)
    found = interleaved({"ours": traffic.measurement(100)}, rounds=2)["ours"]
    assert found.values == traffic.series("per_second").values == (500.0, 500.0)
    assert traffic.series("server_ms").values == pytest.approx((3.0, 3.0))
    assert traffic.note == "p50 2.0, p99 4.0 ms, CPU 3.00 + 1.00 ms"


class _Peer:
    """Takes twice as long for a decision as for a creation."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second

    def create(self, count: int) -> Result:  # noqa: ARG002
        return Result(per_second=self._per_second, p50_ms=1, p99_ms=2, cpu_ms=3)

    def decide(self, count: int) -> Result:  # noqa: ARG002
        return Result(per_second=self._per_second / 2, p50_ms=1, p99_ms=2, cpu_ms=3)


def test_peers_are_compared_with_the_floor_and_we_with_restate() -> None:
    contestants = {
        "floor": _Peer(1000), "ours": _Peer(600), "restate, awakeable": _Peer(500), "restate, workflow": _Peer(600)
    }  # fmt: skip
    rows = {row.goal: row.cells() for row in peers.measure(peers.QUICK, contestants)}
    assert "dbos-create" not in rows
    assert rows["peer-decision"][3] == "0.30 ×"
    assert rows["beside-create"][3:] == ("1.20 ×", "≥ 1.1 ×", "met")
    assert rows["beside-decide"][3:] == ("1.00 ×", "≥ 1.1 ×", "not met")


def test_a_batch_takes_until_its_last_waiter_has_seen_the_decision() -> None:
    looks = iter([False, False, True])
    web = cast("Web", _Web())
    found = batch(web, [b"POST /"] * 10, expect=202, cpu=lambda: sum(web.cpu()), is_over=lambda: next(looks))
    assert 0 < found.per_second < 10 / 0.8
    assert found.cpu_ms == pytest.approx(4.0)


def test_the_table_of_a_run_replaces_that_of_the_run_before(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("Before.\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nAfter.\n")
    Run("bench").write([Row(goal="hello", series=Series((1000.0,)))], "2 rounds.", page=page)
    text = page.read_text()
    assert text.startswith("Before.\n<!-- bench: begin -->\n`make bench")
    assert "| floor: Flask “hello” | 1,000/s ±0% |" in text
    assert text.endswith("<!-- bench: end -->\nAfter.\n")
    assert "old" not in text


@pytest.mark.parametrize(
    ("goal", "value", "ratio", "met"),
    [
        (Goal(what="rate", ratio_at_least=0.7, at_least=500), 600, 0.8, True),
        (Goal(what="rate", ratio_at_least=0.7, at_least=500), 400, 0.8, False),
        (Goal(what="rate", ratio_at_least=0.7, at_least=500), 600, 0.6, False),
        (Goal(what="time", ratio_at_most=3, unit="ms"), 9000, 3, True),
        (Goal(what="memory", at_most=150, unit="MB"), 151, None, False),
    ],
)
def test_a_goal_is_met_within_all_its_limits(goal: Goal, value: float, ratio: float | None, *, met: bool) -> None:
    assert goal.met(value=value, ratio=ratio) is met


def test_workers_share_escalations_and_none_is_done_twice(postgres_url: str) -> None:
    environment = {
        "APPROVALS_DATABASE_URL": postgres_url,
        "APPROVALS_SIGNING_KEYS": new_signing_key(),
        "APPROVALS_SEALING_KEYS": new_sealing_key(),
        "APPROVALS_MAIL_URL": "console:",
        "APPROVALS_MAIL_FROM": "approvals@example.com",
        "APPROVALS_AWS_REGION": "eu-central-1",
    }
    world = World(postgres_url, clock=FrozenClock(datetime.now(UTC)))
    escalating.fill(world.gateway, postgres_url, 600)
    world.close()
    _, shares = escalating.swept(environment, 2)
    assert sum(shares) == 600
    assert set(escalating.done(postgres_url).values()) == {600}


def test_the_table_states_what_was_met_and_what_was_not_measured() -> None:
    ours, floor = Series((95.0,)), Series((100.0,))
    shown = table([Row(goal="intake", series=ours, floor=floor), Row(goal="demo", not_measured="failed")]).splitlines()
    assert "0.95 ×" in shown[2]
    assert shown[2].endswith("  met")
    assert shown[3].endswith("failed")
