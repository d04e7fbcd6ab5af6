"""The submission reader: turns a payload, with its names for the token and its context object, into a Submission.

The module `aws_events` reads the envelopes of AWS. No other module knows the shapes of AWS.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard, TypeVar

import msgspec

from approvals.domain.checks.adjustments import adjusted
from approvals.domain.checks.content_checks import depth
from approvals.domain.json_reader import read
from approvals.domain.model.submission import AdjustedSubmission, Adjustment, Submission
from approvals.domain.problems import Invalid, Problem
from approvals.domain.whole_numbers import with_whole_numbers

TOKEN_NAMES = ("taskToken", "TaskToken", "task_token")
CONTEXT_TOKEN = ("context", "Task", "Token")
TOKEN_LENGTH = 2048
DEEPEST = 200
"""How deep a payload may be nested, far from where Python's recursion ends."""
CONTEXT = {
    "execution": ("Execution", {"id": "Id", "name": "Name", "startTime": "StartTime", "redriveCount": "RedriveCount"}),
    "state": ("State", {"name": "Name", "enteredTime": "EnteredTime", "retryCount": "RetryCount"}),
    "stateMachine": ("StateMachine", {"id": "Id", "name": "Name"}),
}
"""Our fields, and their names in the context object of Step Functions. Other fields are ignored."""

S = TypeVar("S", bound=Submission)


def submission(payload: Any) -> Submission:
    """Read a submission, adjusted where its author could not know better.

    Raises Invalid with all problems; each path is as the sender wrote it.
    """
    found, adjustments = _read(Submission, payload)
    if not adjustments:
        return found
    fields = {name: getattr(found, name) for name in Submission.__struct_fields__}
    return AdjustedSubmission(**fields, adjustments=adjustments)


def submission_of(kind: type[S], payload: Any) -> S:
    """Read a subclass of Submission with fewer required fields."""
    return _read(kind, payload)[0]


def _read(kind: type[S], payload: Any) -> tuple[S, tuple[Adjustment, ...]]:
    if not isinstance(payload, dict):
        raise Invalid.at("", "must be a JSON object")
    _refuse_what_cannot_be_written(payload)
    written = _with_one_token({name: value for name, value in payload.items() if value is not None})
    context = written.pop("context", {})
    if not isinstance(context, dict):
        raise Invalid.at("context", "must be an object: the context object of the execution")
    if "taskToken" not in written and (token := _at(context, *CONTEXT_TOKEN[1:])) is not None:
        written["taskToken"] = token
    from_context = {name: value for name, value in _known(context) if name not in written} if context else {}
    fields, adjustments = adjusted({**from_context, **written})
    try:
        found, whole = _converted(kind, fields)
    except Invalid as error:
        raise Invalid(Problem(_as_written(p.path, from_context), p.message) for p in error.problems) from None
    made = (*adjustments, *whole)
    return found, tuple(msgspec.structs.replace(one, field=_as_written(one.field, from_context)) for one in made)


def _converted(kind: type[S], fields: dict[str, Any]) -> tuple[S, tuple[Adjustment, ...]]:
    """Convert the fields; only if that fails, look for floats that are whole, as rarely any is sent."""
    try:
        return read(kind, fields), ()
    except Invalid:
        fields, paths = with_whole_numbers(fields, kind)
        if not paths:
            raise
    return read(kind, fields), tuple(Adjustment(field=path, reason="was read as a whole number") for path in paths)


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


def _refuse_what_cannot_be_written(payload: dict[str, Any]) -> None:
    """Refuse text that cannot be encoded, which AWS's Lambda runtime lets through, and depth. Raises Invalid."""
    if _can_be_written(payload):
        return
    for name, value in payload.items():
        path = name if is_text(name) else ""
        if depth(value, most=DEEPEST) > DEEPEST:
            raise Invalid.at(path, "is nested too deep")
        try:
            msgspec.json.encode({name: value})
        except UnicodeEncodeError:
            raise Invalid.at(path, "holds half a character (a lone surrogate), which cannot be written") from None


def _can_be_written(payload: dict[str, Any]) -> bool:
    if depth(payload, most=DEEPEST + 1) > DEEPEST + 1:
        return False
    try:
        return bool(msgspec.json.encode(payload))
    except UnicodeEncodeError:
        return False


def _with_one_token(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload with the token under our field name."""
    name = next((name for name in TOKEN_NAMES if name in payload), "taskToken")
    if name == "taskToken":
        return payload
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


def _as_written(path: str, from_context: dict[str, Any]) -> str:
    """Return the sender's path: `execution.startTime` was `context.Execution.StartTime`."""
    ours, _, field = path.partition(".")
    if ours not in from_context:
        return path
    if ours == "mapItem":
        return "context.Map.Item.Index"
    theirs, fields = CONTEXT[ours]
    return f"context.{theirs}.{fields[field]}" if field else f"context.{theirs}"
