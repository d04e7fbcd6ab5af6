"""An archive in a folder of this machine. A file is there whole or not at all, also after a loss of power."""

import os
import tempfile
from pathlib import Path

from approvals.domain.model.errors import NotArchived


class FileArchive:
    """Implements Archive. The folder and its files are readable by their owner only."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def store(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._folder, name, content)
        except OSError as error:
            raise NotArchived(f"{self._folder}: {error.strerror}") from error


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write beside the final name, flush, rename, and flush the folder, which holds the name."""
    descriptor, written = tempfile.mkstemp(prefix=".", suffix=".partial", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(written).replace(folder / name)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
    _flush(folder)


def _flush(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
