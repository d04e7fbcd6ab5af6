"""`approvals serve` as it is started: one command, a page and a mail, and a graceful stop."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.aws.state_machines import eventually
from tests.support.processes.serve import Served

SERVE = [sys.executable, "-m", "approvals", "serve"]


@pytest.fixture
def served(tmp_path: Path) -> Generator[Served]:
    running = Served(tmp_path, SERVE)
    yield running
    running.process.kill()
    running.process.wait()


def test_in_an_empty_folder_it_serves_asks_and_shows_the_page(served: Served) -> None:
    assert served.submit()["status"] == "pending"
    link = eventually(served.link)
    assert "Ship it?" in served.get(link)
    assert "apk_" not in served.log.read_text().rsplit(served.api_key, 1)[1]


def test_a_signal_stops_it_gracefully_and_what_it_knew_is_there_again(served: Served) -> None:
    approval_id = served.submit()["id"]
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(30) == 0
    assert "Traceback" not in served.log.read_text()
    listed = subprocess.run(
        [sys.executable, "-m", "approvals", "list"], cwd=served.log.parent, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert approval_id in listed.stdout


def test_a_socket_that_is_handed_to_it_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number, port = listener.fileno(), listener.getsockname()[1]
        process = subprocess.Popen(
            SERVE, cwd=tmp_path, env={**os.environ, "APPROVALS_LISTEN": f"fd://{number}"}, pass_fds=[number],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
            assert answer.status == 200
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("listen", "says"),
    [
        ("{taken}", "APPROVALS_LISTEN={taken}: Address already in use. Another program listens there"),
        ("192.0.2.1:8000", "Cannot assign requested address. This machine does not have this address"),
        ("fd://77", "Bad file descriptor. The parent process must pass this socket to the server."),
        ("fd://1", "Socket operation on non-socket. The parent process must pass a socket to the server."),
    ],
)
def test_where_it_cannot_listen_it_gives_the_reason_at_once_and_does_not_start(
    tmp_path: Path, listen: str, says: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = f"127.0.0.1:{listener.getsockname()[1]}"
        environ = {**os.environ, "APPROVALS_LISTEN": listen.format(taken=taken)}
        done = subprocess.run(SERVE, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert says.format(taken=taken) in done.stderr
    assert "Traceback" not in done.stderr
    assert "approvals listens on" not in done.stdout
