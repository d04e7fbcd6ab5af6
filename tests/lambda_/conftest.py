"""Only for `make test-lambda`, which says where the runtime lies. The zip is built for this machine and Python."""

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from tests.lambda_.functions import Function
from tests.support.mail.smtp import SmtpServer
from tests.support.wheel import ROOT

RUNTIME = os.environ.get("APPROVALS_TEST_LAMBDA", "")
collect_ignore_glob = [] if RUNTIME else ["test_*.py"]
ARCH = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
PUBLIC_URL = "https://approvals.example.com"

Start = Callable[..., Function]
_told: set[str] = set()


def build(source: Path, out: Path) -> Path:
    """The zip, made from the sources in that folder."""
    environ = {**os.environ, "ARCH": ARCH, "PY": "{}.{}".format(*sys.version_info[:2]), "OUT": str(out)}
    done = subprocess.run(
        [sys.executable, source / "scripts" / "build-lambda"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    _told.add(done.stdout.strip())
    return out / f"approvals-lambda-{ARCH}.zip"


@pytest.fixture(scope="session")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same sources in two folders."""
    first, second = (tmp_path_factory.mktemp(name) / "sources" for name in ("one", "another"))
    for name in ("approvals", "templates", "migrations", "requirements", "scripts"):
        shutil.copytree(ROOT / name, first / name)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, first / name)
    shutil.copytree(first, second, copy_function=shutil.copyfile)  # with other times and modes
    return [first, second]


@pytest.fixture(scope="session")
def artifact(checkouts: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkouts[0], tmp_path_factory.mktemp("artifact"))


@pytest.fixture(scope="session")
def task(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What /var/task would be."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(artifact) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def aws() -> Generator[LocalAws]:
    with LocalAws() as local_aws:
        yield local_aws


@pytest.fixture
def start(task: Path, aws: LocalAws, smtp: SmtpServer, tmp_path: Path) -> Generator[Start]:
    """Starts a function; they share the settings, but for what a test gives."""
    environ = {
        "AWS_ENDPOINT_URL": aws.endpoint,
        "APPROVALS_PUBLIC_URL": PUBLIC_URL,
        "APPROVALS_SIGNING_KEYS": new_signing_key(),
        "APPROVALS_SEALING_KEYS": new_sealing_key(),
        "APPROVALS_DIGEST_WINDOW": "0s",
        "APPROVALS_MAIL_URL": f"smtp://{smtp.host}:{smtp.port}?starttls=no",
        "APPROVALS_MAIL_FROM": "Approvals <approvals@example.com>",
    }
    running: list[Function] = []

    def begin(handler: str, **changes: str) -> Function:
        log = tmp_path / f"{len(running)}-{handler}.log"
        function = Function(
            handler, runtime=(ROOT / RUNTIME).resolve(), task=task, environ={**environ, **changes}, log=log
        )
        running.append(function)
        return function

    yield begin
    for function in running:
        function.stop()
        if milliseconds := function.init_milliseconds:
            _told.add(f"INIT {function.handler:8} {milliseconds:5.0f} ms")
    aws.reset()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in sorted(_told):
        terminalreporter.write_line(line)
