"""The last valid directory: only complete and valid changes replace it."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.adapters.directory.source import FileSource, FileVersion
from approvals.adapters.directory.watcher import DirectoryWatch
from approvals.domain.model.errors import Misconfigured
from tests.fakes import FrozenClock

ANA = "people: {ana: {email: ana@example.com}}\n"
BEN = "people: {ben: {email: ben@example.com}}\n"
BROKEN = "people: {ana: {email: ana@}}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "approvals.yml"
    path.write_text(ANA)
    return path


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def watch(path: Path, clock: FrozenClock) -> DirectoryWatch:
    return DirectoryWatch(FileSource(str(path)), clock=clock)


def people(watch: DirectoryWatch) -> list[str]:
    return list(watch().directory.people)


def later(watch: DirectoryWatch, clock: FrozenClock, *, seconds: int = 5) -> list[str]:
    """Who is known after so many seconds, in each of which it was asked."""
    for _ in range(seconds):
        watch()
        clock.forward(seconds=1)
    return people(watch)


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [vars(record)["event"] for record in caplog.records if "event" in vars(record)]


def test_a_change_is_taken_within_seconds(
    watch: DirectoryWatch, path: Path, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = watch()
    path.write_text(BEN)
    assert people(watch) == ["ana"]
    assert later(watch, clock) == ["ben"]
    assert watch().fingerprint != before.fingerprint
    assert watch().wrong == ""
    assert events(caplog) == ["directory.changed"]


def test_a_file_that_is_still_being_written_is_not_taken(watch: DirectoryWatch, path: Path, clock: FrozenClock) -> None:
    path.write_text("")  # which is a right file of nobody
    clock.forward(seconds=2)
    assert people(watch) == ["ana"]
    path.write_text(BEN)
    clock.forward(seconds=1)
    assert people(watch) == ["ana"]
    clock.forward(seconds=1)
    assert people(watch) == ["ben"]


def test_an_empty_directory_has_a_fingerprint_since_those_who_were_in_it_are_gone(
    watch: DirectoryWatch, path: Path, clock: FrozenClock
) -> None:
    before = watch().fingerprint
    path.write_text("people: {}\n")
    assert later(watch, clock) == []
    assert watch().fingerprint not in (None, before)


@pytest.mark.parametrize("bad", [b"", b"people: {ana: {email: ana@}}\n", b"\xff", b"people: [", b"#" * 2_000_000, None])
def test_what_is_wrong_or_gone_never_takes_the_place_of_what_is_right(
    watch: DirectoryWatch, path: Path, clock: FrozenClock, caplog: pytest.LogCaptureFixture, bad: bytes | None
) -> None:
    before = watch()
    path.write_bytes(bad) if bad else path.unlink()
    assert later(watch, clock, seconds=60) == ["ana"]
    assert watch().fingerprint == before.fingerprint
    assert "wrong or unreadable since 2026-03-02 09:30:0" in watch().wrong
    assert watch().wrong.endswith("that of 2026-03-02 09:30:00 UTC is used")
    [error] = caplog.records
    assert error.levelname == "ERROR"
    assert vars(error)["faults"]
    path.write_text(BEN)
    assert later(watch, clock) == ["ben"]
    assert watch().wrong == ""


def test_each_wrong_content_is_logged_once_with_its_problems(
    watch: DirectoryWatch, path: Path, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(BROKEN)
    later(watch, clock, seconds=30)
    path.write_text(BROKEN + "groups: {a: [nobody, eve@example.com, eve@example.com, ana@x]}\n")
    later(watch, clock, seconds=30)
    first, second = (vars(record) for record in caplog.records)
    assert first["event"] == second["event"] == "directory.wrong"
    [problem] = first["faults"]
    assert problem.endswith("approvals.yml:1: people.ana.email: “ana@” is not an e-mail address")
    assert len(second["faults"]) == 3
    assert "eve@example.com" not in str(second["faults"])


def test_what_is_put_back_as_it_was_is_right_again(watch: DirectoryWatch, path: Path, clock: FrozenClock) -> None:
    path.write_text(BROKEN)
    later(watch, clock)
    assert watch().wrong
    path.write_text(ANA)
    later(watch, clock)
    assert watch().wrong == ""


def test_gone_and_back_again_is_logged_once_each_time(
    watch: DirectoryWatch, path: Path, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        path.unlink()
        later(watch, clock, seconds=9)
        path.write_text(ANA)
        later(watch, clock)
        assert watch().wrong == ""
    assert events(caplog) == ["directory.unreadable"] * 2


def test_a_clock_that_is_put_back_does_not_stop_it_from_looking(
    watch: DirectoryWatch, path: Path, clock: FrozenClock
) -> None:
    clock.forward(hours=-5)
    path.write_text(BEN)
    assert later(watch, clock) == ["ben"]


@pytest.mark.parametrize("text", [BROKEN, None])
def test_a_gateway_does_not_start_with_a_wrong_one(path: Path, clock: FrozenClock, text: str | None) -> None:
    path.write_text(text) if text else path.unlink()
    with pytest.raises(Misconfigured, match=r"approvals\.yml"):
        DirectoryWatch(FileSource(str(path)), clock=clock)


class Slow:
    """A place that answers when it is told to, and counts how often it is asked."""

    name, every, settles = "s3://somewhere/approvals.yml", timedelta(seconds=60), timedelta()

    def __init__(self) -> None:
        self.answers: Iterator[bytes] = iter([ANA.encode()])
        self.looks = 0
        self.asked, self.answer = threading.Event(), threading.Event()
        self.answer.set()

    def look(self, seen: str) -> FileVersion | None:
        self.looks += 1
        self.asked.set()
        self.answer.wait(10)
        raw = next(self.answers, None)
        return FileVersion(f"{seen}+", raw) if raw else None


def test_while_one_thread_waits_for_an_answer_the_others_get_the_old_one_at_once() -> None:
    clock, slow = FrozenClock(), Slow()
    watch = DirectoryWatch(slow, clock=clock)
    slow.answers = iter([BEN.encode()])
    slow.asked.clear()
    slow.answer.clear()
    clock.forward(seconds=61)
    one = threading.Thread(target=watch)
    one.start()
    assert slow.asked.wait(10)
    assert [people(watch) for _ in range(50)] == [["ana"]] * 50
    slow.answer.set()
    one.join(10)
    assert people(watch) == ["ben"]
    assert slow.looks == 2


def test_nothing_is_asked_before_its_time() -> None:
    clock, slow = FrozenClock(), Slow()
    watch = DirectoryWatch(slow, clock=clock)
    assert later(watch, clock, seconds=59) == ["ana"]
    assert slow.looks == 1
    later(watch, clock, seconds=62)
    assert slow.looks == 3


def test_to_look_again_is_to_look_now_and_to_say_whether_it_is_whole(
    watch: DirectoryWatch, path: Path, clock: FrozenClock
) -> None:
    assert watch.reload_directory()
    path.write_text(BEN)
    assert not watch.reload_directory()
    clock.forward(seconds=1)
    assert watch.reload_directory()
    assert people(watch) == ["ben"]


def test_an_error_that_nobody_foresaw_leaves_the_old_one_in_its_place(caplog: pytest.LogCaptureFixture) -> None:
    clock, slow = FrozenClock(), Slow()
    watch = DirectoryWatch(slow, clock=clock)
    slow.answers = iter(["not bytes"])  # type: ignore[list-item]
    assert later(watch, clock, seconds=61) == ["ana"]
    assert events(caplog) == ["directory.error"]
