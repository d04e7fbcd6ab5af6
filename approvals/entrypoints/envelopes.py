"""Envelopes: how a workflow's payload may look before it is a Submission. Nothing else knows the shapes of AWS."""

from collections.abc import Iterator
from typing import Any, TypeVar

from approvals.domain.errors import Fault, Invalid
from approvals.domain.reading import read, read_json
from approvals.domain.submission import Submission

TOKEN_NAMES = ("taskToken", "TaskToken", "task_token")
TOKEN_LENGTH = 2048
CONTEXT = {
    "execution": ("Execution", {"id": "Id", "name": "Name", "startTime": "StartTime", "redriveCount": "RedriveCount"}),
    "state": ("State", {"name": "Name", "enteredTime": "EnteredTime", "retryCount": "RetryCount"}),
    "stateMachine": ("StateMachine", {"id": "Id", "name": "Name"}),
}
"""Our fields and theirs, as the context object of Step Functions writes them. What is not named here is not read."""

S = TypeVar("S", bound=Submission)


def submission(payload: Any) -> Submission:
    """Raises Invalid with all faults; each path is as the sender wrote it."""
    return submission_of(Submission, payload)


def submission_of(kind: type[S], payload: Any) -> S:
    """The same for a kind of Submission that asks for less."""
    if not isinstance(payload, dict):
        raise Invalid.at("", "must be a JSON object")
    written = _with_one_token({name: value for name, value in payload.items() if value is not None})
    context = written.pop("context", {})
    if not isinstance(context, dict):
        raise Invalid.at("context", "must be an object: the context object of the execution")
    from_context = {name: value for name, value in _known(context) if name not in written}
    try:
        return read(kind, {**from_context, **written})
    except Invalid as error:
        raise Invalid(_as_written(fault, from_context) for fault in error.faults) from None


def token_of(payload: Any) -> str | None:
    """The task token of what may not be readable otherwise, so that its task can be failed."""
    found = (payload.get(name) for name in TOKEN_NAMES) if isinstance(payload, dict) else ()
    return next((token for token in found if isinstance(token, str) and 0 < len(token) <= TOKEN_LENGTH), None)


def execution_arn_of(payload: Any) -> str | None:
    """The execution of what may not be readable otherwise."""
    for way in (("execution", "id"), ("context", "Execution", "Id")):
        arn = _at(payload, *way)
        if isinstance(arn, str):
            return arn
    return None


def from_sqs(body: str) -> Any:
    """The payload in the body of an SQS message, out of what SNS and EventBridge wrap around it. Raises Invalid."""
    payload = read_json(body)
    while True:
        match payload:
            case {"Type": "Notification", "Message": str(message)}:
                payload = read_json(message)
            case {"detail-type": _, "detail": dict(detail)}:
                payload = detail
            case _:
                return payload


def _with_one_token(payload: dict[str, Any]) -> dict[str, Any]:
    """With the token under our name for it."""
    name = next((name for name in TOKEN_NAMES if name in payload), None)
    return {"taskToken" if key == name else key: value for key, value in payload.items()}


def _known(context: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What we keep of the context object, under our names."""
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


def _as_written(fault: Fault, from_context: dict[str, Any]) -> Fault:
    """`execution.startTime` was written as `context.Execution.StartTime`."""
    ours, _, field = fault.path.partition(".")
    if ours not in from_context:
        return fault
    if ours == "mapItem":
        return Fault("context.Map.Item.Index", fault.message)
    theirs, fields = CONTEXT[ours]
    return Fault(f"context.{theirs}.{fields[field]}" if field else f"context.{theirs}", fault.message)
