"""The Lambda that takes submissions in: from SQS in batches, from SNS, from EventBridge, and invoked directly.

What cannot be handled of a batch from SQS is named, and comes again; elsewhere the invocation fails and is repeated.
Mails leave in the same invocation, after the commit.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from approvals.domain.model.payload_adapter import Source
from approvals.domain.problems import Invalid
from approvals.entrypoints.aws_lambda.runtime import Kept, Warm, time_left
from approvals.entrypoints.intake import submission_reader
from approvals.entrypoints.intake.batch import Message, Verdict, adapted, take, take_payload
from approvals.flows.gateway import Gateway

MARGIN = timedelta(seconds=12)
"""What a mail may take. One that is cut off is sent again when its lease ends."""
DIRECT = Source(door="lambda")

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """What arrived could not be handled: AWS repeats it, and in the end puts it aside."""


def make(environ: Mapping[str, str] | None = None) -> Callable[[Any, Any], Any]:
    warm = Warm(lambda kept: kept, environ=environ)

    def take_in(event: Any, context: Any) -> Any:
        kept = warm(context)
        answer = answered(event, kept.gateway)
        _send_notices(kept, context)
        return answer

    return take_in


def answered(event: Any, gateway: Gateway) -> dict[str, Any]:
    """What the invoker is told. Raises NotTaken, or of a direct invocation Invalid."""
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
    messages = [Message(record["messageId"], record["body"], "") for record in records]
    queue = Source(door="sqs", name=str(records[0].get("eventSourceARN")).rpartition(":")[2])
    handled = {message.id for message in take(messages, gateway, source=queue)}
    left = [message.id for message in messages if message.id not in handled]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in left]}


def _from_sns(notification: Mapping[str, Any], gateway: Gateway) -> Verdict:
    """A record of SNS is what SNS writes to a queue, too."""
    source, message_id = Source(door="sns"), str(notification.get("MessageId"))
    return take_payload({**notification, "Type": "Notification"}, gateway, source=source, message_id=message_id)


def _all_of(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """All or nothing: what was taken in is known when it comes again."""
    found = list(verdicts)
    if (left := len(found) - found.count("done")) > 0:
        raise NotTaken(f"{left} of {len(found)} could not be handled; the log says why")
    return {"taken": len(found)}


def _direct(payload: Any, gateway: Gateway) -> dict[str, Any]:
    """The approval's id. Where it is refused, the waiting workflow is told; without one the invoker gets it raised."""
    try:
        submission = submission_reader.submission(adapted(payload, source=DIRECT, gateway=gateway))
        submitted = gateway.submit(submission, caller="lambda:")
    except Invalid as error:
        if take_payload(payload, gateway, source=DIRECT, message_id="direct") != "done":
            raise
        return {"refused": [{"path": problem.path, "message": problem.message} for problem in error.problems]}
    return {"approvalId": submitted.approval_id, "created": submitted.created}


def _origin(records: Any) -> str:
    """The service that sent records which nobody expected."""
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else {}
    return str(first.get("eventSource") or first.get("EventSource") or "nobody")[:80]


def _send_notices(kept: Kept, context: Any) -> None:
    """What is left, the tick sends. A fault here must not make AWS repeat what is committed."""
    try:
        while time_left(context, margin=MARGIN):
            if not kept.gateway.deliver(lane="notice", limit=kept.settings.delivery_threads):
                return
    except Exception:
        log.exception("the notices are left to the tick", extra={"event": "delivery.error"})
