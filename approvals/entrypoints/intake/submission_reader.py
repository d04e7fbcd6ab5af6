"""The submission reader: turns a payload, with its names for the token and its context object, into a Submission.

The module `aws_events` reads the envelopes of AWS. No other module knows the shapes of AWS.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard, TypeVar

import msgspec

from approvals.domain.json_reader import read
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid, Problem

TOKEN_NAMES = ("taskToken", "TaskToken", "task_token")
CONTEXT_TOKEN = ("context", "Task", "Token")
TOKEN_LENGTH = 2048
CONTEXT = {
    "execution": ("Execution", {"id": "Id", "name": "Name", "startTime": "StartTime", "redriveCount": "RedriveCount"}),
    "state": ("State", {"name": "Name", "enteredTime": "EnteredTime", "retryCount": "RetryCount"}),
    "stateMachine": ("StateMachine", {"id": "Id", "name": "Name"}),
}
"""Our fields, and their names in the context object of Step Functions. Other fields are ignored."""

S = TypeVar("S", bound=Submission)


def submission(payload: Any) -> Submission:
    """Read a submission. Raises Invalid with all problems; each path is as the sender wrote it."""
    return submission_of(Submission, payload)


def submission_of(kind: type[S], payload: Any) -> S:
    """Read a subclass of Submission with fewer required fields."""
    if not isinstance(payload, dict):
        raise Invalid.at("", "must be a JSON object")
    _refuse_what_is_no_text(payload)
    written = _with_one_token({name: value for name, value in payload.items() if value is not None})
    context = written.pop("context", {})
    if not isinstance(context, dict):
        raise Invalid.at("context", "must be an object: the context object of the execution")
    if "taskToken" not in written and (token := _at(context, *CONTEXT_TOKEN[1:])) is not None:
        written["taskToken"] = token
    from_context = {name: value for name, value in _known(context) if name not in written}
    try:
        return read(kind, {**from_context, **written})
    except Invalid as error:
        raise Invalid(_as_written(problem, from_context) for problem in error.problems) from None


def token_of(payload: Any) -> str | None:
    """Return the task token of a payload that is otherwise unreadable, so that its task can be failed."""
    ways = (*((name,) for name in TOKEN_NAMES), CONTEXT_TOKEN)
    found = (_at(payload, *way) for way in ways)
    return next((token for token in found if is_text(token) and 0 < len(token) <= TOKEN_LENGTH), None)


def with_token(payload: Any, token: str) -> Any:
    """Return the payload with the Activity's task token, which replaces any token in the payload."""
    if not isinstance(payload, dict):
        return payload
    return {**{name: value for name, value in payload.items() if name not in TOKEN_NAMES}, "taskToken": token}


def execution_arn_of(payload: Any) -> str | None:
    """Return the execution's ARN of a payload that is otherwise unreadable."""
    for way in (("execution", "id"), ("context", "Execution", "Id")):
        arn = _at(payload, *way)
        if is_text(arn):
            return arn
    return None


def is_text(value: Any) -> TypeGuard[str]:
    """Return whether the text can be encoded: Python's own JSON accepts lone surrogates."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)


def _refuse_what_is_no_text(payload: dict[str, Any]) -> None:
    """Refuse text that cannot be encoded, which AWS's Lambda runtime lets through. Raises Invalid."""
    for name, value in payload.items():
        try:
            msgspec.json.encode({name: value})
        except UnicodeEncodeError:
            path = name if is_text(name) else ""
            raise Invalid.at(path, "holds half a character (a lone surrogate), which cannot be written") from None
        except RecursionError:
            raise Invalid.at(name, "is nested too deep") from None


def _with_one_token(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload with the token under our field name."""
    name = next((name for name in TOKEN_NAMES if name in payload), None)
    return {"taskToken" if key == name else key: value for key, value in payload.items()}


def _known(context: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the known fields of the context object under our names."""
    for ours, (theirs, fields) in CONTEXT.items():
        values = {field: _at(context, theirs, name) for field, name in fields.items()}
        if kept := {field: value for field, value in values.items() if value is not None}:
            yield ours, kept
    index = _at(context, "Map", "Item", "Index")
    if index is not None:
        yield "mapItem", index


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _as_written(problem: Problem, from_context: dict[str, Any]) -> Problem:
    """Return the problem with the sender's path: `execution.startTime` was `context.Execution.StartTime`."""
    ours, _, field = problem.path.partition(".")
    if ours not in from_context:
        return problem
    if ours == "mapItem":
        return Problem("context.Map.Item.Index", problem.message)
    theirs, fields = CONTEXT[ours]
    return Problem(f"context.{theirs}.{fields[field]}" if field else f"context.{theirs}", problem.message)
