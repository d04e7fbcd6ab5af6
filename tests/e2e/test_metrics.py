"""`approvals serve` with two processes: one answer holds the sums of both, promtool accepts it, and nobody is in it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.aws.state_machines import eventually
from tests.support.processes.ports import unused_port
from tests.support.processes.serve import Served

SERVE = [sys.executable, "-m", "approvals", "serve"]
POISON = "poison"
"""In each value that a sender, a reviewer or a client can choose."""


class Scraped(Served):
    """A gateway with two processes, and its metrics."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.port_of_metrics, self.temporary = unused_port(), folder / "tmp"
        self.temporary.mkdir()
        monkeypatch.setenv("APPROVALS_METRICS_LISTEN", f"127.0.0.1:{self.port_of_metrics}")
        monkeypatch.setenv("APPROVALS_WEB_PROCESSES", "2")
        monkeypatch.setenv("TMPDIR", str(self.temporary))
        super().__init__(folder, SERVE)

    def scrape(self) -> str:
        public, self.url = self.url, f"http://127.0.0.1:{self.port_of_metrics}"
        try:
            return self.get("/metrics")
        finally:
            self.url = public

    def value(self, name: str, **labels: str) -> float:
        for family in text_string_to_metric_families(self.scrape()):
            for sample in family.samples:
                if (sample.name, sample.labels) == (name, labels):
                    return float(sample.value)
        return -1.0

    def pids_that_count(self) -> set[str]:
        files = self.temporary.glob("approvals-metrics-*/counter_*.db")
        return {file.stem.rpartition("_")[2] for file in files}


@pytest.fixture
def scraped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Scraped]:
    running = Scraped(tmp_path, monkeypatch)
    yield running
    running.process.kill()
    running.process.wait()


def test_what_both_processes_count_is_one_sum_that_survives_them(scraped: Scraped) -> None:
    eventually(lambda: len(scraped.pids_that_count()) == 2, seconds=30)
    for number in range(20):
        scraped.submit(taskToken=f"token-{number}")
    assert scraped.value("approvals_opened_total") == 20
    assert scraped.value("approvals_pending") >= 0
    assert scraped.value("approvals_last_sweep_timestamp_seconds") > 1.7e9
    assert scraped.get("/metrics") == "", "the public address has none"
    one = next(iter(scraped.pids_that_count()))
    subprocess.run(["kill", "-KILL", one], check=True)
    eventually(lambda: "dead" in scraped.pids_that_count(), seconds=30)
    eventually(lambda: scraped.value("approvals_opened_total") == 20, seconds=30)
    scraped.process.send_signal(signal.SIGTERM)
    assert scraped.process.wait(40) == 0
    assert list(scraped.temporary.glob("approvals-metrics-*")) == []


def test_promtool_accepts_a_real_scrape_in_which_nobody_is_named(scraped: Scraped) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here: run scripts/test-machine")
    scraped.submit(
        taskToken=f"token-{POISON}", title=f"Title {POISON}", reviewers=None, tags={POISON: POISON},
        details={POISON: POISON},
        policy={"name": POISON, "stages": [{"groups": [{"from": [f"{POISON}@example.com"]}]}]},
    )  # fmt: skip
    link = eventually(scraped.link)
    for path in (link, f"/r/{POISON}", f"/{POISON}", f"/v1/approvals/{POISON}"):
        scraped.get(path)
    text = scraped.scrape()
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert POISON not in text
    assert link.rpartition("/")[2] not in text
    assert scraped.value("approvals_http_requests_total", route="page", status="4xx") >= 1


def test_a_worker_alone_has_metrics_too(scraped: Scraped) -> None:
    port = unused_port()
    environ = {**os.environ, "APPROVALS_METRICS_LISTEN": f"127.0.0.1:{port}"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "approvals", "worker"], cwd=scraped.log.parent, env=environ,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        scraped.port_of_metrics = port
        eventually(lambda: scraped.value("approvals_last_sweep_timestamp_seconds") > 1.7e9, seconds=30)
        assert scraped.value("approvals_database_up") == 1
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0
        assert len(list(scraped.temporary.glob("approvals-metrics-*"))) == 1, "that of the server"
    finally:
        worker.kill()
        worker.wait()
