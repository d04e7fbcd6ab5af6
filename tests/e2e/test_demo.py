"""The command `approvals demo`: --check succeeds, Ctrl-C deletes everything, and a dead gateway is reported."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from approvals.demo import main
from tests.support.processes.demo import COMMAND, demo_environment, run_demo, start_demo

ENDS = ["at “Refunded”", "at “Keep the money”", "at “Refunded”", "at “Ask again tomorrow”"]
OUTCOMES = ["approved", "rejected", "approved", "expired"]


def test_check_drives_workflows_to_their_ends_through_mail_and_slack(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--check"], env=demo_environment(tmp_path), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert [line.split(", ")[1] for line in done.stdout.splitlines() if "execution  " in line] == ENDS
    assert [line.split()[-1] for line in done.stdout.splitlines() if "outcome  " in line] == OUTCOMES
    assert "Ana: approve, “All unworn.”" in done.stdout
    assert "Ana: reject, “The tags are missing.” (by link)" in done.stdout
    assert "Ben: approve, “As promised.” (in Slack) and Ana: approve, “As promised.” (by link)" in done.stdout
    assert done.stdout.endswith("4 of 4 as expected\n")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    with run_demo(tmp_path) as address:
        assert "Start a refund" in read(address)
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith("approvals-demo-")]
        assert processes_in(tmp_path)
    assert processes_in(tmp_path) == []
    with pytest.raises(urllib.error.URLError):
        read(address)


def test_a_gateway_that_dies_is_reported_with_its_log(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, stderr=subprocess.PIPE)
    assert demo.stdout is not None
    next(line for line in demo.stdout if "Ctrl-C" in line)
    for process in processes_in(tmp_path):
        os.kill(process, signal.SIGKILL)
    _, complaint = demo.communicate(timeout=30)
    assert demo.returncode == 1
    assert "The gateway stopped by itself, with exit code -9." in complaint
    assert "The end of its log:" in complaint
    assert list(tmp_path.iterdir()) == []


def test_without_its_extras_it_states_how_to_get_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jsonata", None)  # as Python finds what is not installed
    assert main.run(check=True) == 1
    assert capsys.readouterr().err.endswith("pip install 'approvals-gateway[demo]'\n")


def test_the_environment_it_is_started_from_does_not_reach_it(tmp_path: Path) -> None:
    foreign = {
        "APPROVALS_DATABASE_URL": "nothing://",
        "AWS_PROFILE": "somebody",
        "AWS_ENDPOINT_URL": "http://192.0.2.1",
        "HTTP_PROXY": "http://192.0.2.1:3128",
    }
    done = subprocess.run(
        [*COMMAND, "--check"],
        env={**demo_environment(tmp_path), **foreign},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def read(address: str) -> str:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=10) as answer:
        return str(answer.read().decode())


def processes_in(folder: Path) -> list[int]:
    """Return the processes of the gateway, whose working directory is inside `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append(int(process.name))
        except OSError:
            continue
    return found
