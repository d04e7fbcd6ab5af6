"""The demo as a separate process, started by its command."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "approvals", "demo"]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
SECONDS_TO_END = 30


@contextmanager
def run_demo(folder: Path) -> Generator[str]:
    """Run the demo and yield the address of its page. `folder` is its TMPDIR, which must be empty at the end."""
    process = start_demo(folder, stderr=subprocess.STDOUT)
    try:
        yield _address(process)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=SECONDS_TO_END)
    assert process.returncode == 0, rest
    assert list(folder.iterdir()) == []


def start_demo(folder: Path, *, stderr: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--port", "0"],
        env=demo_environment(folder),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        preexec_fn=_restore_interrupts,  # noqa: PLW1509 - no other thread's lock is needed for it
    )


def _restore_interrupts() -> None:
    """Restore the handler of Ctrl-C, which background processes and their children ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def demo_environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def _address(process: subprocess.Popen[str]) -> str:
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := ADDRESS.search(line):
            return found[0]
    raise AssertionError("the demo ended:\n" + "".join(said))
