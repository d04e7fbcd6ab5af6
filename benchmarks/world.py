"""The environment of one run: a durable PostgreSQL, the gateway's settings, and an endpoint that accepts all calls."""

import itertools
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from approvals import wiring
from approvals.domain.api_keys import SCOPES, entry
from approvals.entrypoints.server import migrations
from approvals.entrypoints.server.local_setup import new_api_key, new_sealing_key, new_signing_key
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from benchmarks import floor
from benchmarks.data.bulk import fill
from benchmarks.processes import python, running, wait_for
from benchmarks.statements import Statements, server_options
from tests.support.database.postgres import PostgresServer, running_postgres
from tests.support.processes.ports import unused_port

REGION = "eu-central-1"
SMALL = 1000
"""The pending approvals of the small database."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The size of a run; a quick run measures the same with smaller numbers."""

    rounds: int
    requests: int
    """Requests of one kind per round; cheaper requests are sent more often."""
    backlog: int
    escalations: int
    """Escalations due in the same minute."""
    pending: int
    idle_seconds: float


class World:
    """The services and settings that every benchmark uses."""

    def __init__(self, scale: Scale, *, postgres: PostgresServer, folder: Path, stack: ExitStack) -> None:
        self.scale, self.postgres, self.folder, self.stack = scale, postgres, folder, stack
        self.api_key = new_api_key()
        self.endpoint = self.start_endpoint()
        self._files = itertools.count(1)
        self.statements = Statements(postgres.url)
        self._settings = {
            "APPROVALS_SIGNING_KEYS": new_signing_key(),
            "APPROVALS_SEALING_KEYS": new_sealing_key(),
            "APPROVALS_API_KEYS": entry("benchmark", SCOPES, self.api_key),
            "APPROVALS_MAIL_URL": "console:",
            "APPROVALS_MAIL_FROM": "approvals@example.com",
            "APPROVALS_AWS_REGION": REGION,
        }
        os.environ["AWS_ENDPOINT_URL_SFN"] = self.endpoint

    @cached_property
    def database_url(self) -> str:
        """The database of benchmarks that do not need the full one."""
        return self.new_database()

    @cached_property
    def full(self) -> str:
        """The database with many pending approvals."""
        url = self.new_database()
        fill(self.gateway_on(url), url, pending=self.scale.pending)
        return url

    @cached_property
    def small(self) -> str:
        """A database like the full one, with few pending approvals."""
        url = self.new_database()
        fill(self.gateway_on(url), url, pending=SMALL)
        return url

    @cached_property
    def gateway(self) -> Gateway:
        return self.gateway_on(self.database_url)

    def gateway_on(self, database_url: str) -> Gateway:
        return wiring.build(Settings.from_env(self.settings(database_url)))

    def settings(self, database_url: str, **more: str) -> dict[str, str]:
        """Return the environment of a gateway process."""
        return {**os.environ, **self._settings, "APPROVALS_DATABASE_URL": database_url, **more}

    def new_database(self) -> str:
        return self._prepared(self.postgres.create_database())

    def new_sqlite_file(self) -> str:
        return self._prepared(f"sqlite:///{self.folder}/approvals-{next(self._files)}.db")

    def _prepared(self, url: str) -> str:
        migrations.upgrade(url)
        floor.metadata.create_all(sa.create_engine(url, poolclass=NullPool))
        return url

    def accepted(self) -> int:
        """Return the number of callbacks the endpoint has accepted."""
        with urlopen(self.endpoint, timeout=5) as answer:
            return int(answer.read())

    def start_endpoint(self, *, seconds: float = 0) -> str:
        """Start an endpoint that answers after `seconds`, and return its URL."""
        port = unused_port()
        command = python("-m", "benchmarks.endpoint", str(port), str(seconds))
        process = self.stack.enter_context(
            running(command, environment=os.environ, folder=self.folder, name=f"endpoint-{port}")
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{port}", process=process)
        return f"http://127.0.0.1:{port}"


@contextmanager
def open_world(scale: Scale) -> Iterator[World]:
    """Start the environment, and stop everything at the end of the block."""
    _isolate_environment()
    with TemporaryDirectory(prefix="approvals-bench-") as folder, ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(durable=True, options=server_options()))
        yield World(scale, postgres=postgres, folder=Path(folder), stack=stack)


def _isolate_environment() -> None:
    """Remove the developer's settings, AWS account and proxies, so that only this machine is used."""
    for name in list(os.environ):
        ours = name.startswith(("AWS_", "APPROVALS_")) and name != "APPROVALS_TEST_DATABASE_URL"
        if ours or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
