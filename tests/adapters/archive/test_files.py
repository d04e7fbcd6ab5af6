"""The archive in a folder: whole files that only their owner reads."""

from pathlib import Path

import pytest

from approvals.adapters.archive.files import FileArchive
from approvals.domain.model.errors import NotArchived


def test_a_file_is_whole_and_private(tmp_path: Path) -> None:
    FileArchive(str(tmp_path / "new" / "archive")).store("a-b-1.jsonl", b"{}\n")
    [found] = (tmp_path / "new" / "archive").iterdir()
    assert (found.name, found.read_bytes(), found.stat().st_mode & 0o777) == ("a-b-1.jsonl", b"{}\n", 0o600)
    assert found.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_file_may_come_again(tmp_path: Path) -> None:
    archive = FileArchive(str(tmp_path))
    archive.store("a", b"1")
    archive.store("a", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_cannot_be_flushed_is_not_there(tmp_path: Path) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(NotArchived) as refused:
        FileArchive(str(tmp_path), flush=full).store("a", b"1")
    assert refused.value.reason == f"{tmp_path}: No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_the_file_and_then_its_name_are_flushed(tmp_path: Path) -> None:
    flushed: list[tuple[bool, list[str]]] = []

    def flush(descriptor: int) -> None:
        is_folder = Path(f"/proc/self/fd/{descriptor}").resolve() == tmp_path
        flushed.append((is_folder, [path.suffix for path in tmp_path.iterdir()]))

    FileArchive(str(tmp_path), flush=flush).store("a.jsonl", b"1")
    assert flushed == [(False, [".partial"]), (True, [".jsonl"])]
