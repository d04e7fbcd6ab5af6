"""The file of an SQLite database: readable by its owner only, since it holds comments, details and links' subjects."""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

OWNER_ONLY = 0o600


def keep_private(engine: sa.Engine) -> None:
    """Create the file at the first connection, before SQLite does. The files -wal and -shm get the same mode."""
    if (path := file_of(engine.url)) is not None:
        sa.event.listen(engine, "do_connect", partial(_create, path))


def file_of(url: sa.URL | str) -> Path | None:
    """Return the path of an SQLite database; None in memory, for a URI, and for other databases."""
    parts = sa.make_url(url)
    name = parts.database or ""
    in_a_file = parts.get_backend_name() == "sqlite" and name not in ("", ":memory:") and not name.startswith("file:")
    return Path(name) if in_a_file else None


def _create(path: Path, *_: Any) -> None:
    """Create the file unless it exists. Whatever else is wrong, SQLite says when it opens the file."""
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
