"""Child processes: start, resource use and reliable end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

SECONDS_TO_START, SECONDS_TO_STOP = 30.0, 15.0
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, name: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for the duration of the block, with its output in NAME.log."""
    with (folder / f"{name}.log").open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=dict(environment),
            cwd=Path.cwd(), start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        _stop(process)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def wait_for(url: str, *, process: subprocess.Popen[bytes], seconds: float = SECONDS_TO_START) -> None:
    """Wait until the URL answers without an error. Raise RuntimeError if it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=5).close()
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"no response from {url}")


def family(pid: int) -> list[int]:
    """Return the IDs of a process and its descendants."""
    children = _read(f"/proc/{pid}/task/{pid}/children").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time used so far, in user and kernel mode."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


def memory_mb(pids: Sequence[int]) -> float:
    """Return the proportional set size, in which shared pages count once."""
    return sum(_pss_kb(pid) for pid in pids) / 1024


@contextmanager
def cpu_of(pids: Callable[[], Sequence[int]]) -> Iterator[list[float]]:
    """The processor seconds that were used within the block, as the list's only item after it."""
    found: list[float] = []
    before = cpu_seconds(pids())
    yield found
    found.append(cpu_seconds(pids()) - before)


def _ticks(pid: int) -> int:
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if fields else 0


def _read(path: str) -> str:
    """Return what the kernel tells of a process; nothing if it has ended, as a connection of a database may."""
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process, or kill its whole session after SECONDS_TO_STOP."""
    assert process.stdin is not None
    process.stdin.close()
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
