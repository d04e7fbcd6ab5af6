"""DBOS: Flask under the gunicorn of its own environment, with its tables in our PostgreSQL."""

import itertools
import os
from collections.abc import Callable, Sequence

import msgspec
import psycopg
from sqlalchemy import make_url

from benchmarks.data.samples import a_submission
from benchmarks.load import request
from benchmarks.peers.contestants import Result, always, batch
from benchmarks.peers.installation import DBOS_APP, FOLDER, install_dbos
from benchmarks.processes import running, wait_for
from benchmarks.servers import PROCESSES, THREADS, Web
from benchmarks.world import World
from tests.support.processes.ports import unused_port

DECISION = b'{"option": "approve"}'
APP = f"{DBOS_APP.removesuffix('.py')}:create_app()"
ENDED = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"


class Dbos:
    """A workflow that waits for a message. A decision is that message."""

    def __init__(self, web: Web) -> None:
        self._web, self._numbers = web, itertools.count(1)
        self._keys: list[str] = []
        parts = make_url(web.database_url)
        self._database = psycopg.connect(
            host=str(parts.query["host"]), user=parts.username, dbname=parts.database, autocommit=True
        )  # fmt: skip

    def create(self, count: int) -> Result:
        self._keys = [f"approval-{next(self._numbers)}" for _ in range(count)]
        requests = [_post(f"/approvals/{key}", msgspec.json.encode(a_submission())) for key in self._keys]
        return self._batch(requests, expect=201, is_over=always)

    def decide(self, count: int) -> Result:
        wanted = self._ended() + count
        requests = [_post(f"/approvals/{key}/decision", DECISION) for key in self._keys[:count]]
        return self._batch(requests, expect=202, is_over=lambda: self._ended() >= wanted)

    def _batch(self, requests: Sequence[bytes], *, expect: int, is_over: Callable[[], bool]) -> Result:
        return batch(self._web, requests, expect=expect, cpu=lambda: sum(self._web.cpu()), is_over=is_over)

    def _ended(self) -> int:
        row = self._database.execute(ENDED).fetchone()
        return int(row[0]) if row else 0


def _post(path: str, body: bytes) -> bytes:
    return request("POST", path, body=body, content_type="application/json")


def start(world: World) -> Dbos:
    """Install and start DBOS with as many processes and threads as we have."""
    gunicorn, database_url, port = install_dbos(), world.postgres.create_database(), unused_port()
    options = [f"--bind=127.0.0.1:{port}", f"--workers={PROCESSES}", f"--threads={THREADS}", "--log-level=warning"]
    command = [str(gunicorn), "-k", "gthread", "--keep-alive=5", f"--chdir={FOLDER}", *options]
    environment = {**os.environ, "PEER_DATABASE_URL": database_url}
    process = world.stack.enter_context(
        running([*command, APP], environment=environment, folder=world.folder, name="dbos")
    )  # fmt: skip
    wait_for(f"http://127.0.0.1:{port}/", process=process)
    return Dbos(Web(port, process.pid, database_url))
