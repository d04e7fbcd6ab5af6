"""A temporary PostgreSQL: the system's server on a Unix socket in a temporary folder, removed after the last test."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

SECONDS_TO_START = 60
BYTES_NEEDED = 512 * 1024 * 1024

SERVER_OPTIONS = {"listen_addresses": "", "max_connections": "200"}
# the data need not survive the tests, so nothing waits for the disk
CARELESS_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class PostgresServer:
    """Creates and drops databases through the maintenance database at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._names = (f"approvals_test_{os.getpid()}_{number}" for number in itertools.count())

    def create_database(self, *, template: str = "template1") -> str:
        """Create a copy of a template (a URL or a name) without connections, and return its URL."""
        name = next(self._names)
        source = make_url(template).database if "://" in template else template
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    @contextmanager
    def database(self, *, template: str = "template1") -> Generator[str]:
        url = self.create_database(template=template)
        try:
            yield url
        finally:
            self.drop_database(url)

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def running_postgres(
    *, durable: bool = False, options: Mapping[str, str] = MappingProxyType({})
) -> Generator[PostgresServer]:
    """The server that APPROVALS_TEST_DATABASE_URL names (postgresql+psycopg://...), else one of our own.

    A `durable` one has its data on a disk and waits for it, as a server whose speed is measured has to. `options` are
    further ones for it.
    """
    if url := os.environ.get("APPROVALS_TEST_DATABASE_URL"):
        yield PostgresServer(url)
        return
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server here: run scripts/test-machine, or set APPROVALS_TEST_DATABASE_URL")
    with own_folder(None if durable else _memory()) as (folder, user):
        _initialise(binaries, folder, user)
        log = folder / "log"
        ours = SERVER_OPTIONS | ({} if durable else CARELESS_OPTIONS) | {"unix_socket_directories": str(folder)}
        with log.open("wb") as output:
            server = subprocess.Popen(
                [
                    binaries / "postgres",
                    "-D",
                    folder / "data",
                    *(f"--{name}={value}" for name, value in {**ours, **options}.items()),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # an interrupt from the keyboard is for pytest, which then stops the server
                **user,
            )
        try:
            url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
            _wait_until_it_answers(server, url, log)
            yield PostgresServer(url)
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: there is nothing to keep
            server.wait()


def find_binaries() -> Path | None:
    """Return the folder of the newest server, which Debian keeps out of PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for folder in [*reversed(debian), *on_path]:
        if all((folder / name).exists() for name in ("initdb", "postgres")):
            return folder
    return None


@contextmanager
def own_folder(parent: Path | None) -> Generator[tuple[Path, dict[str, Any]]]:
    """Create a folder with a short path (Unix sockets allow 107 bytes), not owned by root (for initdb)."""
    folder = Path(tempfile.mkdtemp(prefix="approvals-pg-", dir=parent))
    user: dict[str, Any] = {"cwd": folder}
    try:
        if os.geteuid() == 0:
            account = _unprivileged_account()
            os.chown(folder, account.pw_uid, account.pw_gid)
            user |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """Return a folder in memory, where new databases are seven times faster, or None if there is too little."""
    memory = Path("/dev/shm")
    enough = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > BYTES_NEEDED
    return memory if enough else None


def _unprivileged_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _initialise(binaries: Path, folder: Path, user: dict[str, Any]) -> None:
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    command = [binaries / "initdb", "-D", folder / "data", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **user)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    engine = create_engine(url, poolclass=NullPool)
    deadline = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        try:
            engine.connect().close()
        except OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
