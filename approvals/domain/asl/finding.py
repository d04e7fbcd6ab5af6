"""A state that asks the gateway, and a finding about it with its position and its fix."""

from typing import Any, Literal

import msgspec

from approvals.domain.asl.expressions import plain
from approvals.domain.asl.state_machine import Path, Task, handlers
from approvals.domain.model.replies import ERROR_NAMES

Severity = Literal["error", "warning", "info"]
POLICY_FIELDS = {"rejected": "onReject", "expired": "onTimeout"}
"""The field of a policy that may let the state go on at this outcome."""
TOKEN_NAMES = ("taskToken", "TaskToken", "task_token")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One problem of a state machine. `path` is its position in the document."""

    code: str
    severity: Severity
    path: Path
    state: str = ""
    says: str
    fix: str


class GatewayTask(msgspec.Struct, frozen=True, kw_only=True):
    """A state that asks the gateway."""

    task: Task
    express: bool

    @property
    def path(self) -> Path:
        return self.task.path

    @property
    def jsonata(self) -> bool:
        return self.task.jsonata

    @property
    def fields(self) -> dict[str, tuple[str, Any]]:
        """Return the payload's fields by their names in a submission: (key as written, value)."""
        payload = self.task.payload[1]
        return {plain(key): (key, value) for key, value in payload.items()} if isinstance(payload, dict) else {}

    @property
    def is_submission(self) -> bool:
        """Return whether the payload looks like a submission: a title or a token, and who should answer."""
        names = set(self.fields)
        return bool(names & {"reviewers", "policy"} and names & {"title", *TOKEN_NAMES})

    @property
    def is_readable(self) -> bool:
        """Return whether the fields are those of a submission, even if some are missing."""
        return bool(self.fields.keys() & {"reviewers", "policy", "title"})

    def error_when(self, outcome: str) -> str:
        """Return the error of the state for an outcome, or "" where the policy or `answers` let it go on."""
        usual, field = ERROR_NAMES[outcome], POLICY_FIELDS[outcome]
        reply = self._written("answers").get(outcome)
        if isinstance(reply, dict):
            failure = reply.get("failure")
            return str(failure.get("error", usual)) if isinstance(failure, dict) else ""
        return usual if self._written("policy").get(field, "fail") == "fail" else ""

    def _written(self, name: str) -> dict[str, Any]:
        """Return an object that is written out in the payload, or an empty one."""
        value = self.fields.get(name, ("", None))[1]
        return value if isinstance(value, dict) else {}

    def number(self, name: str) -> int | None:
        """Return a number of the state that is known before the workflow runs."""
        value = self.task.state.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def expression(self, name: str) -> Any:
        """Return a value as the state has it: a number, a JSONata expression, or the path in NAMEPath."""
        return self.task.state.get(name, self.task.state.get(f"{name}Path"))

    def write(self, field: str, of_context: str) -> str:
        """Return a field of the payload in this state's query language."""
        if self.jsonata:
            return f'"{field}": "{{% $states.context{"." if of_context else ""}{of_context} %}}"'
        return f'"{field}.$": "$${"." if of_context else ""}{of_context}"'

    def catches(self, *names: str) -> str:
        """Return the first of these errors that is caught by the state or by one around it."""
        here = (self.catches_here(state, *names) for state in (self.task.state, *self.task.outer))
        return next((name for name in here if name), "")

    @staticmethod
    def catches_here(state: dict[str, Any], *names: str) -> str:
        caught = (name for _, equals, _ in handlers(state, "Catch") for name in equals)
        return next((name for name in caught if name in names), "")

    def error(self, code: str, says: str, fix: str, at: Path = ()) -> Finding:
        return self._finding("error", code, says, fix, at)

    def warning(self, code: str, says: str, fix: str, at: Path = ()) -> Finding:
        return self._finding("warning", code, says, fix, at)

    def info(self, code: str, says: str, fix: str, at: Path = ()) -> Finding:
        return self._finding("info", code, says, fix, at)

    def _finding(self, severity: Severity, code: str, says: str, fix: str, at: Path) -> Finding:
        return Finding(code=code, severity=severity, path=at or self.path, state=self.task.name, says=says, fix=fix)
