"""The benchmarks can be started, and every goal is measured by one of them. They measure nothing here."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from benchmarks.__main__ import BENCHMARKS
from benchmarks.goals import GOALS, Goal
from benchmarks.measures import escalating
from benchmarks.report import Row, table
from benchmarks.rounds import Series, interleaved
from tests.fakes import FrozenClock, World
from tests.support.wheel import ROOT


def test_every_goal_is_measured_by_one_benchmark() -> None:
    measured = [goal for _, goals in BENCHMARKS.values() for goal in goals]
    assert sorted(measured) == sorted(GOALS)


def test_help_names_every_benchmark() -> None:
    command = [sys.executable, "-m", "benchmarks", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(name in shown for name in BENCHMARKS)


def test_an_unknown_benchmark_is_wrong_usage() -> None:
    command = [sys.executable, "-m", "benchmarks", "wbe"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 2


def test_a_round_goes_once_through_all_measurements() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = interleaved({"floor": lambda: measure("floor"), "ours": lambda: measure("ours")}, rounds=2)
    assert order == ["floor", "ours"] * 2
    assert found["ours"].ratio_to(found["floor"]) == pytest.approx((2 / 1 + 4 / 3) / 2)


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
    ours, floor = Series((80.0,)), Series((100.0,))
    shown = table([Row(goal="intake", series=ours, floor=floor), Row(goal="demo", not_measured="failed")]).splitlines()
    assert "0.80 ×" in shown[2]
    assert shown[2].endswith("  met")
    assert shown[3].endswith("failed")
