"""Intake: a batch of messages from a queue. Each has its own verdict; what cannot be handled is left to the queue."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from approvals.domain.errors import Invalid
from approvals.domain.submission import Submission
from approvals.entrypoints import envelopes
from approvals.flows.gateway import Gateway

log = logging.getLogger(__name__)


class Message(msgspec.Struct, frozen=True):
    """One message: its id (for the log), its body, and what deletes it."""

    id: str
    body: str
    receipt: str


class Queue(Protocol):
    """Where messages come from. What is not deleted comes again, and in the end goes to the dead-letter queue."""

    name: str

    def receive(self) -> Sequence[Message]: ...
    def delete(self, messages: Sequence[Message]) -> None: ...


def take_from(queue: Queue, gateway: Gateway) -> int:
    """One poll: receives, handles, and deletes what is handled. Returns how many were handled."""
    messages = list(queue.receive())
    handled = take(messages, gateway, caller=f"sqs:{queue.name}")
    queue.delete(handled)
    return len(handled)


def take(messages: Sequence[Message], gateway: Gateway, *, caller: str) -> list[Message]:
    """Those that are done with: submitted, or refused to the workflow. All good ones go in one transaction."""
    read = [_read(message) for message in messages]
    results = iter(gateway.submit_all([s for s in read if isinstance(s, Submission)], caller=caller))
    verdicts = [next(results) if isinstance(one, Submission) else one for one in read]
    pairs = zip(messages, verdicts, strict=True)
    return [
        message for message, verdict in pairs if not isinstance(verdict, Invalid) or _refused(message, verdict, gateway)
    ]


def _read(message: Message) -> Submission | Invalid:
    try:
        return envelopes.submission(envelopes.from_sqs(message.body))
    except Invalid as error:
        return error


def _refused(message: Message, reasons: Invalid, gateway: Gateway) -> bool:
    """Whether the workflow has been told. Without a token nobody can be, and the message stays in the queue."""
    payload = _payload(message)
    token = envelopes.token_of(payload)
    facts = {"message_id": message.id, "paths": [fault.path for fault in reasons.faults]}
    if token is None:
        log.error(
            "a message without a readable task token is left to the queue",
            extra={"event": "intake.unreadable", **facts},
        )
        return False
    told = gateway.refuse(token, reasons=reasons, execution_arn=envelopes.execution_arn_of(payload))
    log.warning("a submission was refused", extra={"event": "intake.refused", "told": told, **facts})
    return told


def _payload(message: Message) -> Any:
    try:
        return envelopes.from_sqs(message.body)
    except Invalid:
        return None
