"""Envelopes and events of AWS: unwrap SNS and EventBridge, and read execution status events. Nothing is trusted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from approvals.domain.arns import is_arn
from approvals.domain.json_reader import read_json_with_halves
from approvals.domain.lifecycle.end_reasons import EndReason
from approvals.domain.model.payload_adapter import Source
from approvals.entrypoints.intake.ses_events import VALIDATED, MailEvent, mail_event
from approvals.entrypoints.intake.submission_reader import is_text

ENDED = {
    "ABORTED": EndReason.EXECUTION_STOPPED,
    "TIMED_OUT": EndReason.EXECUTION_TIMED_OUT,
    "FAILED": EndReason.EXECUTION_FAILED,
}
"""The final statuses without success, each with the reason of the approvals that it ends."""
_NAME_LENGTH = 128


class ReceivedPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A payload without its envelopes, and its innermost source. It is not necessarily a submission."""

    payload: Any
    source: Source
    kind: str = ""
    """The detail-type of an EventBridge event, for the log."""


class ExecutionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """An execution that ended without success. EventBridge can lose, repeat and reorder these events."""

    execution_arn: str
    reason: str
    at: datetime
    redrive_count: int = 0


class IgnoredEvent(msgspec.Struct, frozen=True):
    """An event that needs no action, such as a status event of a running or successful execution."""


class UnknownEvent(msgspec.Struct, frozen=True):
    """An unexpected AWS event. `kind` is its detail-type and source, without its content."""

    kind: str


AwsEvent = ReceivedPayload | ExecutionEnded | MailEvent | IgnoredEvent | UnknownEvent


def event_in(text: str | bytes, *, source: Source) -> AwsEvent:
    """Read the event in a message body. Raises Invalid if the body or a wrapped message is not JSON."""
    return event(read_json_with_halves(text), source=source)


def event(payload: Any, *, source: Source) -> AwsEvent:
    """Unwrap SNS and EventBridge, and classify the payload. Raises Invalid."""
    kind = ""
    while True:
        match payload:
            case {"Type": "Notification", "Message": str(message)} if message.startswith(VALIDATED):
                return IgnoredEvent()
            case {"Type": "Notification", "Message": str(message)}:
                source = Source(door="sns", name=_name(str(payload.get("TopicArn")).rpartition(":")[2]))
                payload = read_json_with_halves(message) if is_text(message) else None
            case {"detail-type": _, "source": str(sender)} if sender.startswith("aws."):
                return _of_aws(payload)
            case {"detail-type": _, "detail": dict(detail)}:
                source = Source(door="events", name=_name(payload.get("source")))
                kind, payload = _kind(payload), detail
            case _ if found := mail_event(payload):
                return found
            case _:
                return ReceivedPayload(payload=payload, source=source, kind=kind)


def _of_aws(told: Mapping[str, Any]) -> AwsEvent:
    """Read an event of SES, or a status event.

    See "Automating Step Functions event delivery with EventBridge" (times in ms).
    """
    if told.get("source") == "aws.ses" and (found := mail_event(told.get("detail"))):
        return found
    match told:
        case {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"executionArn": str(arn), "status": str(status), **detail},
        }:
            stopped = _moment(detail.get("stopDate"))
            if status not in ENDED:
                return IgnoredEvent()
            if stopped is not None and is_arn(arn):
                redrives = detail.get("redriveCount")
                return ExecutionEnded(
                    execution_arn=arn, reason=ENDED[status], at=stopped,
                    redrive_count=redrives if isinstance(redrives, int) else 0,
                )  # fmt: skip
    return UnknownEvent(_kind(told))


def _moment(milliseconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _kind(told: Mapping[str, Any]) -> str:
    return f"{_name(told.get('detail-type'))} from {_name(told.get('source'))}"


def _name(value: Any) -> str:
    """Return text that is safe for a log line, because the sender controls it."""
    return "".join(c for c in str(value)[:_NAME_LENGTH] if c.isprintable())
