"""Events: what AWS wraps around a payload, and what it tells by itself. Nothing here trusts what it unwraps."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from approvals.domain.json_reader import read_json
from approvals.domain.model.payload_adapter import Source
from approvals.entrypoints.intake.submission_reader import is_text

ENDED = {
    "ABORTED": "the execution was stopped",
    "TIMED_OUT": "the execution timed out",
    "FAILED": "the execution failed",
}
"""The statuses after which nothing of an execution waits, each with what people read."""
_NAME_LENGTH = 128
_ARN = re.compile(r"arn:[\x21-\x7e]{1,2000}")


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A payload out of its envelopes, with the innermost place it came from. It need not be a submission."""

    payload: Any
    source: Source
    kind: str = ""
    """Of an EventBridge event, what it calls itself: for the log."""


class ExecutionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """An execution ended without success, as EventBridge tells. Best effort, repeated, and out of order."""

    execution_arn: str
    reason: str
    at: datetime
    redrive_count: int = 0


class Unneeded(msgspec.Struct, frozen=True):
    """An execution goes on or succeeded: known, and nothing to do."""


class Unknown(msgspec.Struct, frozen=True):
    """An event of AWS that is none of ours. `kind` is its detail-type and source, and nothing of its content."""

    kind: str


Event = Arrived | ExecutionEnded | Unneeded | Unknown


def event_in(text: str | bytes, *, source: Source) -> Event:
    """The event in the body of a message. Raises Invalid where it, or what it wraps, is not JSON."""
    return event(read_json(text), source=source)


def event(payload: Any, *, source: Source) -> Event:
    """What a payload is, out of what SNS and EventBridge wrap around it. Raises Invalid."""
    kind = ""
    while True:
        match payload:
            case {"Type": "Notification", "Message": str(message)}:
                source = Source(door="sns", name=_name(str(payload.get("TopicArn")).rpartition(":")[2]))
                payload = read_json(message) if is_text(message) else None
            case {"detail-type": _, "source": str(sender)} if sender.startswith("aws."):
                return _of_aws(payload)
            case {"detail-type": _, "detail": dict(detail)}:
                source = Source(door="events", name=_name(payload.get("source")))
                kind, payload = _kind(payload), detail
            case _:
                return Arrived(payload=payload, source=source, kind=kind)


def _of_aws(told: Mapping[str, Any]) -> Event:
    """Shape: developer guide, "Automating Step Functions event delivery with EventBridge"; times in milliseconds."""
    match told:
        case {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"executionArn": str(arn), "status": str(status), **detail},
        }:
            stopped = _moment(detail.get("stopDate"))
            if status not in ENDED:
                return Unneeded()
            if stopped is not None and _ARN.fullmatch(arn):
                redrives = detail.get("redriveCount")
                return ExecutionEnded(
                    execution_arn=arn, reason=ENDED[status], at=stopped,
                    redrive_count=redrives if isinstance(redrives, int) else 0,
                )  # fmt: skip
    return Unknown(_kind(told))


def _moment(milliseconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _kind(told: Mapping[str, Any]) -> str:
    return f"{_name(told.get('detail-type'))} from {_name(told.get('source'))}"


def _name(value: Any) -> str:
    """Fit for a log line: whoever sent it may have written anything."""
    return "".join(c for c in str(value)[:_NAME_LENGTH] if c.isprintable())
