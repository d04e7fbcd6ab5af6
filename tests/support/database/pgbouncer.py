"""PgBouncer in transaction mode before a PostgreSQL of the tests, from Debian's package."""

import os
import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.aws.state_machines import eventually
from tests.support.database.postgres import own_folder
from tests.support.processes.ports import listens, unused_port

CONFIGURATION = """
[databases]
* = host={host} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
"""
"""Fewer connections of the server than clients, so that each transaction comes to another one."""
Pooled = Callable[[str], str]


@pytest.fixture
def pgbouncer() -> Generator[Pooled]:
    """Yield a function that takes the URL of a database, and returns one through PgBouncer."""
    executable = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if executable is None:
        pytest.skip("no PgBouncer here: run scripts/test-machine")
    port = unused_port()
    with own_folder(None) as (folder, user):
        processes = []

        def through(url: str) -> str:
            database = make_url(url)
            file = Path(folder) / "pgbouncer.ini"
            host = database.query.get("host") or database.host
            file.write_text(CONFIGURATION.format(host=host, port=port), encoding="utf-8")
            with (Path(folder) / "log").open("wb") as log:
                processes.append(subprocess.Popen([executable, file], stdout=log, stderr=log, **user))
            eventually(lambda: listens(port), seconds=10)
            return f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database.database}"

        yield through
        for process in processes:
            process.terminate()
            process.wait(timeout=10)
