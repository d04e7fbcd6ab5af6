"""The progress of an execution, read from its history: the states passed, the current one and the result."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

StateMark = Literal["passed", "current", "caught", "failed", "stopped"]


@dataclass(frozen=True, kw_only=True)
class ExecutionProgress:
    """The progress of an execution. `taken` are its transitions; `last` is its final state, None while it runs."""

    status: str
    marks: Mapping[str, StateMark]
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
        """The gateway's decision, empty while there is none."""
        found = self.result.get("decision") if isinstance(self.result, dict) else None
        return found if isinstance(found, dict) else {}


def read_progress(execution: Mapping[str, Any], history: Iterable[Mapping[str, Any]]) -> ExecutionProgress:
    marks: dict[str, StateMark] = {}
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
    return ExecutionProgress(
        status=status,
        marks=marks,
        taken=frozenset(pairwise(path)),
        entered=entered,
        current=current if status == "RUNNING" else None,
        last=None if status == "RUNNING" else current,
        result=_result(execution),
    )


def _result(execution: Mapping[str, Any]) -> Any:
    """Return the decoded output, or the error and cause of a failure."""
    if execution["status"] == "RUNNING":
        return None
    if "output" in execution:
        return json.loads(execution["output"])
    return {name: execution[name] for name in ("error", "cause") if name in execution}
