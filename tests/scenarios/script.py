"""Scripts: the content of a scenario's file as values. One file is one subject, one scenario one story."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from approvals.adapters.directory.file import parse_directory_file
from approvals.adapters.directory.yaml import read_yaml
from approvals.domain.directory.people import Directory
from approvals.domain.json_reader import read
from approvals.domain.model.submission import Submission
from approvals.domain.values import Value, duration
from tests.builders import EXECUTION_ARN

FOLDER = Path(__file__).parent
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ASKED_BY_A_WORKFLOW: dict[str, Any] = {
    "taskToken": "AQCEAAAAKgAAAAMAAAAAAAAAAb-for-scenarios",
    "title": "Refund order 1234 (420 €)",
    "requester": "rhea",
    "execution": {"id": EXECUTION_ARN, "name": "order-1234"},
    "state": {"name": "Wait for finance"},
    "stateMachine": {"id": "arn:aws:states:eu-central-1:123456789012:stateMachine:refunds", "name": "refunds"},
}


class Step(Value, frozen=True, kw_only=True):
    """Something that happens, and what is seen of it: what is not said to be sent is not sent."""

    at: str | None = None
    """So long after the beginning (`1d 2h`), or the next such time of the week (`Mon 09:00`)."""
    worker: Literal["down", "up"] = "up"
    """Down: nothing happens by itself until then."""
    does: str | None = None
    comment: str = ""
    form: dict[str, Any] = {}
    confirmation: str = ""
    by: Literal["link", "slack", "command"] = "link"
    """By `command` an operator does it on behalf of the reviewer."""
    text: str = ""
    """Of a question or its reply."""
    directory: dict[str, Any] | None = None
    """What changes in the directory file; null takes an entry away."""
    sent: str = ""
    """`asked ana, ben; informed cat`"""
    refused: str | None = None
    """Part of what whoever does it is told."""
    may: str | None = None
    """Who may answer then."""
    progress: str | None = None
    """`2 of 3, 0 of 1`: the groups of the stage."""
    stage: int | None = None
    """Counted from one."""
    next: str | None = None
    """When something happens by itself next."""
    deadline: str | None = None


class Scenario(Value, frozen=True, kw_only=True):
    """A story, and what it says exactly."""

    story: str
    begins: str = "2026-03-02 09:30"
    """A Monday."""
    clocks: str = "UTC"
    """By which the times of this scenario are written."""
    directory: dict[str, Any] = {}
    policy: Any = None
    reviewers: list[str] | None = None
    need: int | str | None = None
    submission: dict[str, Any] = {}
    caller: str = "key:refunds"
    refused: str | None = None
    """It never opens, for this reason."""
    sent: str = ""
    """When it opens."""
    happens: tuple[Step, ...] = ()
    ends: str = "pending"
    """`approved at 2h`"""
    option: str | None = None
    by: str = ""
    """Whose answers stand in the outcome."""
    because: str = ""
    workflow: str = ""
    """`goes on`, the name of the error it gets, or `hears nothing`."""

    def submitted(self, **changes: Any) -> Submission:
        ours = {"policy": self.policy, "reviewers": self.reviewers, "need": self.need}
        asked = {name: value for name, value in ours.items() if value is not None}
        return read(Submission, merged({**ASKED_BY_A_WORKFLOW, **asked}, {**self.submission, **changes}))

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(self.begins).replace(tzinfo=ZoneInfo(self.clocks))

    def moment(self, text: str, *, now: datetime) -> datetime:
        """`once` it begins, `1d 2h` later, or the next `Mon 09:00`."""
        if text == "once":
            return self.start
        day, _, clock = text.partition(" ")
        if day not in DAYS:
            return self.start + sum(map(duration, text.split()), timedelta())
        hour, minute = map(int, clock.split(":"))
        local = now.astimezone(ZoneInfo(self.clocks))
        found = local.replace(hour=hour, minute=minute, second=0) + timedelta((DAYS.index(day) - local.weekday()) % 7)
        return found if found >= local else found + timedelta(7)


class Subject(Value, frozen=True, kw_only=True):
    """A file: its scenarios, and what they share."""

    about: str
    directory: dict[str, Any] = {}
    scenarios: tuple[Scenario, ...]


def subjects() -> Iterator[Subject]:
    for path in sorted(FOLDER.glob("*.yml")):
        if path.name != "directory.yml":
            yield read(Subject, _yaml(path))


def scenarios() -> list[Scenario]:
    """Of all files, each with the directory of its file."""
    return [
        msgspec.structs.replace(one, directory=merged(subject.directory, one.directory))
        for subject in subjects()
        for one in subject.scenarios
    ]


def known_to_all() -> dict[str, Any]:
    found: dict[str, Any] = _yaml(FOLDER / "directory.yml")
    return found


def directory_of(parts: dict[str, Any]) -> Directory:
    """As the file would be read."""
    return parse_directory_file(msgspec.json.encode(parts).decode(), name="directory").directory


def merged(before: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """One mapping over another; null takes away."""
    both = {**before}
    for name, value in changes.items():
        inner = both.get(name)
        both[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return {name: value for name, value in both.items() if value is not None}


def listed(text: str) -> list[str]:
    return sorted(part for part in re.split(r"[\s,]+", text) if part)


def messages(text: str) -> list[tuple[str, str]]:
    """`asked ana, ben; informed cat` as (event, to whom) pairs."""
    parts = [part.split(maxsplit=1) for part in text.split(";") if part.strip()]
    return sorted((event, who) for event, people in parts for who in listed(people))


def _yaml(path: Path) -> Any:
    tree = read_yaml(path.read_text())
    if tree.problems:
        raise ValueError(f"{path.name}: {tree.problems}")
    return tree.value
