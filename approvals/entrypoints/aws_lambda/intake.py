"""The Lambda for submissions from SQS (in batches), SNS, EventBridge and direct invocations.

Messages of an SQS batch that cannot be handled are returned as batch item failures, and SQS redelivers them; other
invocations fail and are retried. Mails are sent in the same invocation, after the commit.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from approvals.domain.model.payload_adapter import Source
from approvals.domain.problems import Invalid
from approvals.entrypoints.aws_lambda.runtime import HandlerContext, Warm, time_left, traced_invocation
from approvals.entrypoints.intake import submission_reader
from approvals.entrypoints.intake.batch import MessageResult, QueueMessage, adapted, take, take_payload
from approvals.flows.gateway import Gateway

MARGIN = timedelta(seconds=12)
"""The time allowed for mails. One that is cut off is sent again when its lease ends."""
DIRECT = Source(door="lambda")

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The event could not be handled: AWS retries it, and finally sends it to a dead-letter queue."""


def make(environ: Mapping[str, str] | None = None) -> Callable[[Any, Any], Any]:
    warm = Warm(lambda kept: kept, environ=environ)

    def take_in(event: Any, context: Any) -> Any:
        with traced_invocation():
            kept = warm(context)
            answer = answered(event, kept.gateway)
            _send_notices(kept, context)
            return answer

    return take_in


def answered(event: Any, gateway: Gateway) -> dict[str, Any]:
    """Return the response to the invoker. Raises NotTaken, or Invalid for a direct invocation."""
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
            return _from_sqs(records, gateway)
        case {"Records": [{"EventSource": "aws:sns"}, *_] as records}:
            return _all_of([_from_sns(record["Sns"], gateway) for record in records])
        case {"detail-type": str(_), "detail": dict(_)}:
            source = Source(door="events")
            return _all_of([take_payload(event, gateway, source=source, message_id=str(event.get("id")))])
        case {"Records": records}:
            raise NotTaken(f"records of {_origin(records)} are not taken; those of SQS and SNS are")
        case _:
            return _direct(event, gateway)


def _from_sqs(records: Sequence[Mapping[str, Any]], gateway: Gateway) -> dict[str, Any]:
    messages = [
        QueueMessage(
            record["messageId"], record["body"], "", trace=record.get("attributes", {}).get("AWSTraceHeader", "")
        )
        for record in records
    ]
    queue = Source(door="sqs", name=str(records[0].get("eventSourceARN")).rpartition(":")[2])
    handled = {message.id for message in take(messages, gateway, source=queue)}
    left = [message.id for message in messages if message.id not in handled]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in left]}


def _from_sns(notification: Mapping[str, Any], gateway: Gateway) -> MessageResult:
    """Handle the records of SNS, which have the shape of SNS messages in a queue."""
    source, message_id = Source(door="sns"), str(notification.get("MessageId"))
    return take_payload({**notification, "Type": "Notification"}, gateway, source=source, message_id=message_id)


def _all_of(verdicts: Iterable[MessageResult]) -> dict[str, Any]:
    """Handle all messages or fail: the retry recognizes those that were accepted."""
    found = list(verdicts)
    if (left := len(found) - found.count("done")) > 0:
        raise NotTaken(f"{left} of {len(found)} could not be handled; the log says why")
    return {"taken": len(found)}


def _direct(payload: Any, gateway: Gateway) -> dict[str, Any]:
    """Return the approval's id. A refusal fails the waiting task; without a task token it is raised to the invoker."""
    try:
        submission = submission_reader.submission(adapted(payload, source=DIRECT, gateway=gateway))
        submitted = gateway.submit(submission, caller="lambda:")
    except Invalid as error:
        if take_payload(payload, gateway, source=DIRECT, message_id="direct") != "done":
            raise
        return {"refused": [{"path": problem.path, "message": problem.message} for problem in error.shown]}
    answer = {"approvalId": submitted.approval_id, "created": submitted.created}
    made = submission.adjustments and gateway.adjustments(submitted.approval_id)
    return {**answer, "adjusted": msgspec.to_builtins(made)} if made else answer


def _origin(records: Any) -> str:
    """Return the service of unexpected records."""
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else {}
    return str(first.get("eventSource") or first.get("EventSource") or "nobody")[:80]


def _send_notices(kept: HandlerContext, context: Any) -> None:
    """Send notices; the tick sends the rest. An error must not make AWS retry a committed event."""
    try:
        while time_left(context, margin=MARGIN):
            if not kept.gateway.deliver(lane="notice", limit=kept.settings.delivery_threads):
                return
    except Exception:
        log.exception("sending the notices failed; the tick will send them", extra={"event": "delivery.error"})
