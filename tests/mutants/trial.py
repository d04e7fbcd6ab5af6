"""Trials: run the named tests in a copy of the repository, with and without a mutation."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import msgspec

from tests.mutants.mutation import Mutation
from tests.support.wheel import ROOT

PYTEST = (
    sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin",
    "--hypothesis-seed=0",
)  # fmt: skip
SECONDS = 600
_FAILED = re.compile(r"^FAILED (?P<test>.+?)(?: - (?P<reason>.*))?$", re.MULTILINE)
_NOT_BY_A_TEST = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "NameError")
_moments = count(1)


class Result(msgspec.Struct, frozen=True):
    """`caught_by` is the test that failed, or empty; `why_not` says why the mutation counts as survived."""

    mutation: Mutation
    caught_by: str
    why_not: str
    seconds: float


@contextmanager
def copies(number: int) -> Iterator[list[Path]]:
    """Copy the files of the repository, also those that are not committed yet, with what Python compiled of them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    folders = {file.parent for file in files if file.suffix == ".py"}
    compiled = [file for folder in folders for file in (folder / "__pycache__").glob("*.pyc")]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        roots = [Path(folder) / str(n) for n in range(number)]
        for root in roots:
            for file in (*files, *compiled):
                to = root / file.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, to)
        yield roots


def run(root: Path, tests: Sequence[str], *options: str, seconds: float | None = None) -> tuple[int, str]:
    """Run tests in a copy. Return pytest's exit status and what it printed; -1 if it did not end in time."""
    environment = {
        **os.environ, "PYTHONPATH": str(root),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # which takes longer than most of these tests
    }  # fmt: skip
    try:
        done = subprocess.run(
            [*PYTEST, *options, *tests], cwd=root, env=environment, capture_output=True, text=True, check=False,
            timeout=seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, f"no end within {seconds:.0f} s"
    return done.returncode, done.stdout + done.stderr


def try_out(root: Path, mutation: Mutation) -> Result:
    """Run the tests of one mutation with it in a copy, and put the copy's file back."""
    path, began = root / mutation.file, time.monotonic()
    before, modified = path.read_bytes(), path.stat().st_mtime
    try:
        mutation.apply(root)
        moment = modified + next(_moments)  # else Python may take the compiled file of another text
        os.utime(path, (moment, moment))
        status, printed = run(root, mutation.tests, "-x", seconds=SECONDS)
    finally:
        path.write_bytes(before)
        os.utime(path, (modified, modified))
    test, why_not = verdict(status, printed)
    return Result(mutation, test, why_not, time.monotonic() - began)


def verdict(status: int, printed: str) -> tuple[str, str]:
    """Return the test that failed, or why none did: only a test counts, and no error of importing the mutated code."""
    failed = _FAILED.search(printed)
    if status != 1 or failed is None:
        last = printed.strip().rpartition("\n")[2]
        return "", "all tests passed" if status == 0 and " passed" in last else last
    if (failed["reason"] or "").startswith(_NOT_BY_A_TEST):
        return "", failed["reason"]
    return failed["test"], ""
