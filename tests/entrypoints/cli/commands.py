"""A command of `approvals`, run in this process as `main` runs it."""

from typing import NamedTuple

import pytest

from approvals.entrypoints.cli.main import main
from tests.support.session.logs import own_logs


class Done(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def ran(*words: str, capsys: pytest.CaptureFixture[str]) -> Done:
    code = 0
    with own_logs():
        try:
            main(words)
        except SystemExit as left:
            code = int(left.code or 0)
    return Done(code, *capsys.readouterr())
