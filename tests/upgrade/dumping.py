"""Writes a database as text that git can read, and reads it again, on both engines."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from tests.support.database.postgres import find_binaries

DATA = Path(__file__).parent / "data"


def dump_of(url: str) -> str:
    """The tables with their rows, as SQL."""
    parts = sa.make_url(url)
    if parts.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(parts.database or "")) as connection:
            return "".join(f"{line}\n" for line in connection.iterdump())
    return _without_settings(_pg_dump(parts))


def load(url: str, text: str) -> None:
    """Into an empty database."""
    parts = sa.make_url(url)
    if parts.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(parts.database or "")) as connection:
            connection.executescript(text)
        return
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with closing(engine.raw_connection()) as connection:
        connection.driver_connection.execute(text)  # without parameters the driver takes many statements at once
        connection.commit()


def _pg_dump(parts: sa.URL) -> str:
    binaries = find_binaries()
    assert binaries is not None
    command = [binaries / "pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments"]
    where = ["--host", str(parts.query["host"]), "--username", str(parts.username), str(parts.database)]
    environment = {**os.environ, "PGTZ": "UTC"}
    return subprocess.run([*command, *where], env=environment, capture_output=True, text=True, check=True).stdout


def _without_settings(dump: str) -> str:
    """Without what only says how it was made, and what servers of other versions do not know."""
    idle = ("--", "SET ", "SELECT pg_catalog.set_config", "\\")
    lines = (line for line in dump.splitlines() if line and not line.startswith(idle))
    return "".join(f"{line}\n" for line in lines)


def file_of(url: str) -> Path:
    """Where the database of this engine is kept."""
    return DATA / f"{sa.make_url(url).get_backend_name()}.sql"


def outside_file_of(url: str) -> Path:
    """Where it is kept what the outside knows: what left at the same moment stands there in another order."""
    return file_of(url).with_suffix(".outside.json")
