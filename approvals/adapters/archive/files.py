"""An archive in a folder of this machine. A file is there whole or not at all, also after a loss of power."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from approvals.domain.model.errors import NotArchived


class FileArchive:
    """Implements Archive. The folder and its files are readable by their owner only."""

    def __init__(self, folder: str, *, flush: Callable[[int], object] = os.fsync) -> None:
        """`flush` makes what was written to a descriptor durable."""
        self._folder, self._flush = Path(folder), flush

    def store(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(name, content)
        except OSError as error:
            raise NotArchived(f"{self._folder}: {error.strerror}") from error

    def _write(self, name: str, content: bytes) -> None:
        """Write beside the final name, flush, rename, and flush the folder, which holds the name."""
        descriptor, written = tempfile.mkstemp(prefix=".", suffix=".partial", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                self._flush(file.fileno())
            Path(written).replace(self._folder / name)
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise
        self._flush_folder()

    def _flush_folder(self) -> None:
        opened = os.open(self._folder, os.O_RDONLY)
        try:
            self._flush(opened)
        finally:
            os.close(opened)
