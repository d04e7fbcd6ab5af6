"""Prometheus: the values of all processes are added up, those of ended ones too, and promtool accepts the text."""

import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Generator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from approvals.domain.model.records import Backlog
from approvals.telemetry.event import Event, Name
from approvals.telemetry.gauges import readings
from approvals.telemetry.instruments import HTTP_REQUESTS, INSTRUMENTS, LAST_SWEEP
from approvals.telemetry.meter import Meter
from approvals.telemetry.prometheus import FILES, FOLDER_VARIABLE, ROOM, Folder, Prometheus, build_info
from tests.builders import NOW

BACKLOG = Backlog(pending=3, overdue=1, failed=2, unconfirmed=0, sweep_lag=0.5, oldest={"callback": 7.0, "notice": 0.0})
Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Generator[Folder]:
    from prometheus_client import values

    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    made = Folder()
    monkeypatch.setenv(FOLDER_VARIABLE, str(made.path))
    yield made
    made.remove()
    assert not made.path.exists()


def in_a_process(folder: Folder, *events: Event, swept: float = 0.0) -> int:
    """Observe the events in a process of their own, and return its number."""
    process = multiprocessing.get_context("fork").Process(target=_observe, args=(folder, events, swept))
    process.start()
    process.join(30)
    assert process.exitcode == 0
    assert process.pid
    return process.pid


def _observe(folder: Folder, events: tuple[Event, ...], swept: float) -> None:
    meter = Meter(Prometheus(folder).record)
    for event in events:
        meter(event)
    meter.record(LAST_SWEEP, swept)


def read(folder: Folder) -> dict[Sample, float]:
    text = Prometheus(folder).text(lambda: [build_info("1"), *readings(BACKLOG)]).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def named(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


def settled(outcome: str = "approved", **more: object) -> Event:
    return Event(name=Name.SETTLED, at=NOW, outcome=outcome, policy="refund", seconds=120.0, **more)  # type: ignore[arg-type]


def test_the_counters_of_two_processes_add_up(folder: Folder) -> None:
    in_a_process(folder, settled(), settled(), settled("expired"), swept=10.0)
    in_a_process(folder, settled(), swept=20.0)
    found = read(folder)
    assert found[named("approvals_settled_total", outcome="approved")] == 3
    assert found[named("approvals_settled_total", outcome="expired")] == 1
    assert found[named("approvals_decision_seconds_count", policy="refund")] == 3
    assert found[named("approvals_last_sweep_timestamp_seconds")] == 20


def test_what_a_process_counted_that_has_ended_stays_and_its_files_do_not(folder: Folder) -> None:
    first, second = in_a_process(folder, settled(), swept=20.0), in_a_process(folder, settled(), swept=10.0)
    before = read(folder)
    folder.retire(first)
    folder.retire(second)
    folder.retire(second)
    assert read(folder) == before
    kept = {path.name for path in folder.path.glob("*.db")}
    assert kept == {f"{kind}_{whose}.db" for kind in FILES for whose in ("dead", os.getpid())}


def test_counters_are_there_before_they_count(folder: Folder) -> None:
    found = read(folder)
    assert found[named("approvals_callbacks_failed_total")] == 0
    assert found[named("approvals_attempts_failed_total", lane="callback", reason="denied")] == 0


def test_each_instrument_is_in_the_text_with_its_help(folder: Folder) -> None:
    in_a_process(folder, settled())
    text = Prometheus(folder).text(lambda: [build_info("1"), *readings(BACKLOG)]).decode()
    absent = [one.name for one in INSTRUMENTS if f"# HELP {one.name} {one.help}\n" not in text]
    assert absent == ["approvals_database_up"], "which the server adds"


def test_the_folder_is_for_us_alone_and_its_space_is_reserved(folder: Folder) -> None:
    Prometheus(folder)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    for file in folder.path.glob("*.db"):
        assert file.stat().st_blocks * 512 >= ROOM


def test_promtool_accepts_the_metrics(folder: Folder) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here: run scripts/test-machine")
    in_a_process(folder, settled())
    text = Prometheus(folder).text(lambda: [build_info("1"), *readings(BACKLOG)])
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_a_label_that_is_not_among_the_instruments_becomes_other(folder: Folder) -> None:
    prometheus = Prometheus(folder)
    meter = Meter(prometheus.record)
    meter.count(HTTP_REQUESTS, "/r/secret-link", "2xx")
    meter(settled("a-word-of-a-later-release"))
    found = read(folder)
    assert found[named("approvals_http_requests_total", route="other", status="2xx")] == 1
    assert found[named("approvals_settled_total", outcome="other")] == 1
