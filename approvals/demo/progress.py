"""How far an execution is, read from its history: which states it passed, where it stands, how it ended."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

Mark = Literal["passed", "current", "caught", "failed", "stopped"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`taken` are the ways that were gone. `last` is where it ended, or None while it runs."""

    status: str
    marks: Mapping[str, Mark]
    taken: frozenset[tuple[str, str]]
    entered: Mapping[str, datetime]
    current: str | None = None
    last: str | None = None
    result: Any = field(default=None)

    @property
    def running(self) -> bool:
        return self.status == "RUNNING"

    @property
    def decision(self) -> Mapping[str, Any]:
        """What the gateway said, if it was asked and has answered."""
        found = self.result.get("decision") if isinstance(self.result, dict) else None
        return found if isinstance(found, dict) else {}


def read_progress(execution: Mapping[str, Any], history: Iterable[Mapping[str, Any]]) -> Progress:
    marks: dict[str, Mark] = {}
    entered: dict[str, datetime] = {}
    path: list[str] = []
    failed = False
    for event in history:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            marks[name], entered[name], failed = "current", event["timestamp"], False
            path.append(name)
        elif kind.endswith("StateExited"):
            marks[event["stateExitedEventDetails"]["name"]] = "caught" if failed else "passed"
        elif kind in ("TaskFailed", "TaskTimedOut"):
            failed = True
    current = path[-1] if path else None
    status = execution["status"]
    if status != "RUNNING" and current and marks[current] == "current":
        marks[current] = "stopped" if status == "ABORTED" else "failed"
    return Progress(
        status=status,
        marks=marks,
        taken=frozenset(pairwise(path)),
        entered=entered,
        current=current if status == "RUNNING" else None,
        last=None if status == "RUNNING" else current,
        result=_result(execution),
    )


def _result(execution: Mapping[str, Any]) -> Any:
    """The output, or of a failure its error and cause; JSON inside a text is opened."""
    if execution["status"] == "RUNNING":
        return None
    if "output" in execution:
        return json.loads(execution["output"])
    return {name: execution[name] for name in ("error", "cause") if name in execution}
