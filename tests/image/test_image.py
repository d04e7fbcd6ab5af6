"""The image serves, reports its health where it listens, stops on SIGTERM, and writes nowhere but to /tmp."""

import pytest

from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from tests.image.conftest import Run
from tests.image.container import Image

SERVED = "import urllib.request as r; a = r.urlopen('http://127.0.0.1:8000/healthz'); print(a.status)"
WRITTEN = "import pathlib; pathlib.Path('/opt/approvals/new').touch()"

KEYS = {"APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key()}


def test_it_serves_without_any_setting_and_is_healthy(run: Run) -> None:
    container = run()
    container.until_healthy()
    assert container.run("python", "-c", SERVED).stdout.strip() == "200"


@pytest.mark.parametrize("listen", ["127.0.0.1:9000", "0.0.0.0:9000", "[::1]:9000", "unix:/tmp/web.sock"])
def test_its_health_is_that_of_its_listener(listen: str, run: Run) -> None:
    container = run(APPROVALS_LISTEN=listen, APPROVALS_PUBLIC_URL="http://127.0.0.1:9000")
    container.until_healthy()
    assert container.run("python", "-c", SERVED).returncode, "and nothing listens at the default address"


def test_a_container_that_does_not_serve_is_not_healthy(run: Run) -> None:
    container = run("worker", **KEYS)
    assert "refused" in container.health().stderr


def test_it_stops_when_an_engine_asks_it_to(run: Run) -> None:
    container = run()
    container.until_healthy()
    assert container.stop() == 0


def test_it_runs_as_nobody_and_writes_to_nothing_but_tmp(run: Run, image: Image) -> None:
    container = run()
    container.until_healthy()
    assert container.run("id", "--user").stdout.strip() == image.config["User"].partition(":")[0] == "10001"
    assert "Read-only file system" in container.run("python", "-c", WRITTEN).stderr
    assert {"approvals.db", "approvals.env"} <= set(container.run("ls", "/tmp").stdout.split())


def test_it_brings_no_installer_and_names_its_release(run: Run, image: Image) -> None:
    assert list(image.root.glob("opt/approvals/lib/python3*/site-packages/pip")) == []
    container = run("--version")
    assert container.wait() == 0


def test_a_job_migrates_the_database(run: Run) -> None:
    container = run("db", "upgrade", APPROVALS_DATABASE_URL="sqlite:////tmp/other.db", **KEYS)
    assert container.wait() == 0, container.log.read_text()
