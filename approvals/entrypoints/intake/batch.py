"""Intake: read and submit incoming messages in batches, with a verdict for each."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from approvals.domain.model import payload_adapter
from approvals.domain.model.messages.undelivered import MailReport
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake import aws_events, submission_reader
from approvals.entrypoints.intake.aws_events import ExecutionEnded, IgnoredEvent, ReceivedPayload, UnknownEvent
from approvals.entrypoints.intake.ses_events import MailEvent
from approvals.flows.gateway import Gateway
from approvals.flows.submit import Submitted
from approvals.telemetry import tracing
from approvals.telemetry.tracing import NOTHING, Span

MessageResult = Literal["done", "later", "unreadable"]
"""Handled; to be retried; or unreadable, without a task token to fail."""

_SYSTEMS = {"sqs": "aws_sqs", "sns": "aws.sns"}
T = TypeVar("T")
log = logging.getLogger(__name__)


class QueueMessage(msgspec.Struct, frozen=True):
    """One message: its id (for the log), its body, and its receipt handle."""

    id: str
    body: str
    receipt: str
    token: str = ""
    """The task token, if it is not in the body: Activities deliver it separately."""
    trace: str = ""
    """The X-Ray header that came with it (`AWSTraceHeader`)."""


class Queue(Protocol):
    """A source of messages. Messages that are not deleted are redelivered, and finally go to the dead-letter queue."""

    @property
    def source(self) -> Source: ...
    def receive(self) -> Sequence[QueueMessage]: ...
    def delete(self, messages: Sequence[QueueMessage]) -> None: ...
    def give_back(self, messages: Sequence[QueueMessage]) -> None:
        """Give back unreadable messages, so that they do not hold up those behind them."""
        ...


class _Failed(msgspec.Struct, frozen=True):
    """An error of ours with one message. The message is left for redelivery, and the others go on."""

    error: Exception


_Read = Submission | ExecutionEnded | MailEvent | IgnoredEvent | UnknownEvent | Invalid | _Failed


class _Opened(msgspec.Struct, frozen=True):
    """A message with its content, or with the problem found while reading it."""

    id: str
    event: aws_events.AwsEvent | Invalid | _Failed
    read: _Read
    token: str = ""
    span: Span = NOTHING


def take_from(queue: Queue, gateway: Gateway) -> int:
    """Poll once: receive, handle, and delete the handled messages. Return how many were handled."""
    pairs = _handled(list(queue.receive()), gateway, queue.source)
    handled = [message for message, verdict in pairs if verdict == "done"]
    queue.delete(handled)
    queue.give_back([message for message, verdict in pairs if verdict == "unreadable"])
    return len(handled)


def take(messages: Sequence[QueueMessage], gateway: Gateway, *, source: Source) -> list[QueueMessage]:
    """Return the handled messages: submitted, or their task failed. All valid ones are submitted in one transaction."""
    return [message for message, verdict in _handled(messages, gateway, source) if verdict == "done"]


def _handled(
    messages: Sequence[QueueMessage], gateway: Gateway, source: Source
) -> list[tuple[QueueMessage, MessageResult]]:
    spans = [_span(one.id, source, trace=one.trace) for one in messages]
    try:
        opened = [
            _opened(one.id, partial(_event_in, one, source), gateway, token=one.token, span=span)
            for one, span in zip(messages, spans, strict=True)
        ]
        return list(zip(messages, _verdicts(opened, gateway, caller=_caller(source)), strict=True))
    finally:
        for span in spans:
            span.end()


def _span(message_id: str, source: Source, *, trace: str = "") -> Span:
    """Begin the span of a message, in the trace of its sender."""
    if not tracing.on():
        return NOTHING
    from approvals.telemetry.traces.headers import from_xray

    about = {
        "messaging.system": _SYSTEMS.get(source.door, source.door), "messaging.destination.name": source.name,
        "messaging.operation.type": "process", "messaging.operation.name": "process",
        "messaging.message.id": message_id,
    }  # fmt: skip
    return tracing.span(f"process {source.name}".rstrip(), about, kind="consumer", within=from_xray(trace))


def take_payload(payload: Any, gateway: Gateway, *, source: Source, message_id: str) -> MessageResult:
    """Handle a payload that is not the text of a message: a direct invocation or an event."""
    with _span(message_id, source) as span:
        opened = _opened(message_id, lambda: aws_events.event(payload, source=source), gateway, span=span)
        return _verdicts([opened], gateway, caller=_caller(source))[0]


def _caller(source: Source) -> str:
    return f"{source.door}:{source.name}"


def _event_in(message: QueueMessage, source: Source) -> aws_events.AwsEvent:
    event = aws_events.event_in(message.body, source=source)
    if message.token and isinstance(event, ReceivedPayload):
        return msgspec.structs.replace(event, payload=submission_reader.with_token(event.payload, message.token))
    return event


def _opened(
    message_id: str, read: Callable[[], aws_events.AwsEvent], gateway: Gateway, *, token: str = "", span: Span = NOTHING
) -> _Opened:  # fmt: skip
    """Read one message. Whatever it raises is its own: the other messages of its batch go on."""
    event = _attempted(read)
    content = _attempted(lambda: _content(event, gateway)) if isinstance(event, ReceivedPayload) else event
    return _Opened(message_id, event, content, token, span)


def _attempted(read: Callable[[], T]) -> T | Invalid | _Failed:
    try:
        return read()
    except Invalid as error:
        return error
    except RecursionError:
        return Invalid.at("", "is nested too deep")
    except Exception as error:  # noqa: BLE001 - logged with the message's id
        return _Failed(error)


def _content(event: ReceivedPayload, gateway: Gateway) -> Submission:
    return submission_reader.submission(adapted(event.payload, source=event.source, gateway=gateway))


def _verdicts(opened: Sequence[_Opened], gateway: Gateway, *, caller: str) -> list[MessageResult]:
    asked = [(one.read, one.span.trace) for one in opened if isinstance(one.read, Submission)]
    results = iter(_submitted(asked, gateway, caller))
    became = [next(results) if isinstance(one.read, Submission) else one.read for one in opened]
    return [_attempted_verdict(one, result, gateway) for one, result in zip(opened, became, strict=True)]


def _submitted(
    submissions: Sequence[tuple[Submission, str]], gateway: Gateway, caller: str
) -> Sequence[Submitted | Invalid | _Failed]:
    """Submit all in one transaction; if that fails, one by one. Raises an error if the database is away."""
    try:
        within = [trace for _, trace in submissions] if tracing.on() else []
        return gateway.submit_all([one for one, _ in submissions], caller=caller, within=within)
    except Exception as error:  # noqa: BLE001 - logged with the message's id
        gateway.check()
        if len(submissions) == 1:
            return [_Failed(error)]
    return [result for one in submissions for result in _submitted([one], gateway, caller)]


def _attempted_verdict(one: _Opened, became: Submitted | _Read, gateway: Gateway) -> MessageResult:
    with one.span.current():
        result = _attempted(lambda: _verdict(one, became, gateway))
    if isinstance(result, Invalid | _Failed):
        return _left(one, result)
    return result


def _left(one: _Opened, failed: Invalid | _Failed) -> MessageResult:
    """Log an error of ours by the message's id, without its content, and leave the message for redelivery."""
    error = failed.error if isinstance(failed, _Failed) else failed
    facts = {"event": "intake.error", "message_id": one.id}
    log.error("a message failed; it is left for redelivery", extra=facts, exc_info=error)
    return "later"


def _verdict(one: _Opened, became: Submitted | _Read, gateway: Gateway) -> MessageResult:
    match became:
        case _Failed():
            return _left(one, became)
        case Invalid():
            return _refused(one, became, gateway)
        case UnknownEvent(kind=kind):
            facts = {"event": "intake.unknown", "message_id": one.id, "kind": kind}
            log.error("refused an event of an unknown kind: %s", kind, extra=facts)
            return "unreadable"
        case ExecutionEnded():
            gateway.check_execution(
                became.execution_arn, reason=became.reason, ended_at=became.at, redrive_count=became.redrive_count
            )
        case MailEvent(report=MailReport() as report):
            return "done" if gateway.record_mail_report(report) else "later"
        case MailEvent(kind=kind):
            log.debug("an event of SES changes nothing: %s", kind, extra={"event": "mail.ignored", "kind": kind})
    return "done"


def _refused(one: _Opened, reasons: Invalid, gateway: Gateway) -> MessageResult:
    """Fail the waiting task. Without a task token that is impossible, and the message stays in the queue."""
    payload = None
    if isinstance(one.event, ReceivedPayload):
        payload = essentials(one.event.payload, source=one.event.source, gateway=gateway)
    token = submission_reader.token_of(payload) or one.token
    facts = {"message_id": one.id, "paths": [problem.path for problem in reasons.shown]}
    if not token:
        kind = one.event.kind if isinstance(one.event, ReceivedPayload) else ""
        log.error(
            "refused a message without a readable task token%s", kind and f": {kind}",
            extra={"event": "intake.unreadable", "kind": kind, **facts},
        )  # fmt: skip
        return "unreadable"
    told = gateway.refuse(token, reasons=reasons, execution_arn=submission_reader.execution_arn_of(payload))
    log.warning("a submission was refused", extra={"event": "intake.refused", "told": told, **facts})
    return "done" if told else "later"


def adapted(payload: Any, *, source: Source, gateway: Gateway) -> Any:
    """Return the payload as the matching adapter rewrites it. Raises Invalid, with the adapter in each path."""
    return payload_adapter.adapt(payload, source=source, adapters=gateway.adapters)


def essentials(payload: Any, *, source: Source, gateway: Gateway) -> Any:
    """Return the task token and execution of a payload that no adapter could read, to fail its task."""
    return payload_adapter.essentials(payload, source=source, adapters=gateway.adapters)
