"""Web servers in separate processes: the floor and the gateway, both in gunicorn with the same workers and threads.

As a module it runs the gateway's server without its worker, which is measured separately.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import psycopg
from sqlalchemy import make_url

from approvals.entrypoints.server.gunicorn import Server
from approvals.settings.environment import Settings, environment
from benchmarks.load import Plan, Tally
from benchmarks.processes import cpu_seconds, family, python, running, wait_for
from benchmarks.world import World
from tests.support.processes.ports import unused_port

PROCESSES, THREADS, CLIENTS = 2, 8, 8
SECONDS_TO_SEND = 120


@dataclass(frozen=True)
class Web:
    """A running server and its database."""

    port: int
    pid: int
    database_url: str

    def send(self, requests: Sequence[bytes], *, expect: int, clients: int = CLIENTS) -> Tally:
        """Send requests from a separate process. Raise RuntimeError if a response has another status."""
        plan = msgspec.msgpack.encode(Plan(port=self.port, clients=clients, requests=list(requests)))
        command = python("-m", "benchmarks.load")
        sent = subprocess.run(command, input=plan, stdout=subprocess.PIPE, check=True, timeout=SECONDS_TO_SEND)
        tally = msgspec.json.decode(sent.stdout, type=Tally)
        if set(tally.statuses) != {expect}:
            raise RuntimeError(f"responses by status: {tally.statuses}; expected only {expect}")
        return tally

    def cpu(self) -> tuple[float, float]:
        """Return the CPU seconds of the server, and of the database processes that serve it; SQLite has none."""
        parts = make_url(self.database_url)
        if parts.get_backend_name() == "sqlite":
            return cpu_seconds(family(self.pid)), 0.0
        with psycopg.connect(host=str(parts.query["host"]), user=parts.username, dbname=parts.database) as connection:
            query = (
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            backends = [pid for (pid,) in connection.execute(query)]
        return cpu_seconds(family(self.pid)), cpu_seconds(backends)


def start_floor(world: World, database_url: str) -> Web:
    port = unused_port()
    options = [f"--bind=127.0.0.1:{port}", f"--workers={PROCESSES}", f"--threads={THREADS}", "--log-level=warning"]
    command = python("-m", "gunicorn", "-k", "gthread", "--keep-alive=5", *options, "benchmarks.floor:create_app()")
    return _start(world, command, {**os.environ, "FLOOR_DATABASE_URL": database_url}, "/", port, database_url)


def start_gateway(world: World, database_url: str, **more: str) -> Web:
    """Start the gateway; `more` are further settings."""
    port = unused_port()
    settings = world.settings(
        database_url,
        APPROVALS_LISTEN=f"127.0.0.1:{port}",
        APPROVALS_WEB_PROCESSES=str(PROCESSES),
        APPROVALS_WEB_THREADS=str(THREADS),
        **more,
    )
    return _start(world, python("-m", "benchmarks.servers"), settings, "/readyz", port, database_url)


def _start(
    world: World, command: list[str], settings: dict[str, str], path: str, port: int, database_url: str
) -> Web:  # fmt: skip
    process = world.stack.enter_context(
        running(command, environment=settings, folder=world.folder, name=f"web-{port}")
    )  # fmt: skip
    wait_for(f"http://127.0.0.1:{port}{path}", process=process)
    return Web(port, process.pid, database_url)


if __name__ == "__main__":
    Server(Settings.from_env(environment()), work=False).run()
