"""The release before as a process beside the current one, on the same database: driven by lines of JSON.

`release_before/` holds its code: the archive of one commit, because the history of git may be missing where tests run.
It is made by

    git archive COMMIT approvals migrations templates tests/__init__.py tests/upgrade/__init__.py \
        tests/upgrade/gateway.py tests/upgrade/outside.py | xz -9e > tests/upgrade/release_before/COMMIT.tar.xz
"""

import base64
import email
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.policy import default
from pathlib import Path
from typing import Any

from tests.upgrade.gateway import OPERATOR, Clock, Deployment
from tests.upgrade.outside import Json, Outside

ARCHIVE = Path(__file__).parent / "release_before" / "da4c1a2.tar.xz"


@dataclass(frozen=True)
class Answered:
    """What a page or a call was answered."""

    status_code: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class OlderClient:
    """Opens pages of the older process, as Flask's test client does."""

    def __init__(self, process: "OlderProcess") -> None:
        self._process = process

    def get(self, path: str) -> Answered:
        return self._process.open(path=path, method="GET")

    def post(self, path: str, **given: Any) -> Answered:
        return self._process.open(path=path, method="POST", **given)


class OlderProcess:
    """One process of the release before. It has what `Deployment` has that people and workflows use."""

    def __init__(self, running: "subprocess.Popen[str]", *, clock: Clock, outside: Outside) -> None:
        self._running, self.clock, self.outside = running, clock, outside
        self.client = OlderClient(self)

    def call(self, method: str, path: str, *, key: str = OPERATOR, **body: Any) -> Answered:
        headers = {"Authorization": f"Bearer {key}"}
        return self.open(path=path, method=method, headers=headers, json=body if method == "POST" else None)

    def open(self, **order: Any) -> Answered:
        answer = self._ask(do="open", **order)
        return Answered(answer["status"], answer["text"])

    def work(self) -> None:
        self._ask(do="work")

    def sweep(self) -> int:
        return int(self._ask(do="sweep")["count"])

    def _ask(self, **order: Any) -> Json:
        assert self._running.stdin
        assert self._running.stdout
        self._running.stdin.write(json.dumps({**order, "now": self.clock().isoformat()}) + "\n")
        self._running.stdin.flush()
        answer: Json = json.loads(self._running.stdout.readline())
        assert "raised" not in answer, f"the release before raises {answer['raised']}"
        self.clock.now = max(self.clock.now, datetime.fromisoformat(answer["now"]))
        for to, message in answer["mails"]:
            parsed: Any = email.message_from_bytes(base64.b64decode(message), policy=default)
            self.outside.mails.append((to, parsed))
        return answer


@contextmanager
def older_process(
    url: str, *, directory: Path, clock: Clock, outside: Outside, folder: Path
) -> Generator[OlderProcess]:
    """Unpack the release before into a folder, and run it on the database at `url`."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    command = [
        sys.executable, str(ARCHIVE.parent / "process.py"), url, str(directory), outside.url, clock().isoformat(),
        str(folder),
    ]  # fmt: skip
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    with subprocess.Popen(
        command, env=environ, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield OlderProcess(running, clock=clock, outside=outside)
        finally:
            running.kill()


@dataclass
class Pair:
    """Two processes on one database: one takes what people and workflows send, the other sweeps and delivers."""

    front: Deployment | OlderProcess
    back: Deployment | OlderProcess

    @property
    def client(self) -> Any:
        return self.front.client

    @property
    def clock(self) -> Clock:
        return self.back.clock

    @property
    def outside(self) -> Outside:
        return self.back.outside

    def call(self, method: str, path: str, **given: Any) -> Any:
        return self.front.call(method, path, **given)

    def work(self) -> None:
        """Work twice: once it is idle for some seconds, which may be fewer than a digest waits."""
        self.back.work()
        self.back.work()
