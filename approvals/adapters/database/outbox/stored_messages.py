"""Stored messages: write and read the outbox's JSON, read it also in its first shape.

In the first shape a notice has an event, and a number (`count`) whose meaning depends on the event; a notice and a copy
have a reviewer's number, which is -1 for the requester and absent for a channel. Databases that were
in use before the release of 0.1.0 hold such messages; this module can go in 0.2.

The release before knows no topic “answeredForYou”, and a message that it cannot read holds up those beside it. So it is
stored as “delegated” with a version below zero, which that release takes for a notice that is not needed any more.
"""

from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from approvals.adapters.database.unreadable.set_aside import READ_ERRORS
from approvals.domain.model.messages.audience import Audience, ForChannel, holder_of
from approvals.domain.model.messages.outgoing import Copy, Message, Notice
from approvals.domain.model.messages.topics import (
    QUESTIONS_IN_A_VERSION,
    STEPS_IN_A_STAGE,
    AnsweredForYou,
    Asked,
    AskedAgain,
    Delegated,
    Escalated,
    EventName,
    InboxRefreshed,
    LinkRefreshed,
    QuestionAsked,
    Reminded,
    RemindedNow,
    Replied,
    Settled,
    Topic,
    Unreached,
)
from approvals.domain.values import Value


class _OldNotice(Value, frozen=True, kw_only=True, tag="notice", tag_field="kind"):
    event: EventName
    channel: str
    to: str
    reviewer: int | None = None
    count: int = 0
    not_before: datetime | None = None


class _OldCopy(Value, frozen=True, kw_only=True, tag="copy", tag_field="kind"):
    channel: str
    to: str
    receipt: str
    reviewer: int | None = None


_message: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_old: msgspec.json.Decoder[_OldNotice | _OldCopy] = msgspec.json.Decoder(_OldNotice | _OldCopy)


def stored_text(message: Message) -> str:
    """Return the JSON of a message for a row of the outbox."""
    if isinstance(message, Notice) and isinstance(message.about, AnsweredForYou):
        message = replace(message, about=Delegated(-message.about.version))
    return msgspec.json.encode(message).decode()


def read_message(stored: str) -> Message:
    """Return the message of a row of the outbox."""
    try:
        return _as_meant(_message.decode(stored))
    except msgspec.ValidationError:
        return _renewed(_old.decode(stored))


def _as_meant(message: Message) -> Message:
    match message:
        case Notice(about=Delegated(version)) if version < 0:
            return replace(message, about=AnsweredForYou(-version))
    return message


def readable_message(stored: str) -> Message | None:
    """Return the message of a row, or None if it cannot be read: of a later release, or damaged."""
    try:
        return read_message(stored)
    except READ_ERRORS:
        return None


def _renewed(old: _OldNotice | _OldCopy) -> Notice | Copy:
    audience: Audience = ForChannel() if old.reviewer is None else holder_of(old.reviewer)
    match old:
        case _OldNotice():
            return Notice(
                about=_topic(old.event, old.count), channel=old.channel, to=old.to, audience=audience,
                not_before=old.not_before,
            )  # fmt: skip
        case _OldCopy():
            return Copy(channel=old.channel, to=old.to, receipt=old.receipt, audience=audience)


def _topic(event: EventName, count: int) -> Topic:
    match event:
        case "asked":
            return Asked(count) if count >= 0 else AskedAgain(-count)
        case "reminded":
            return Reminded(*divmod(count, STEPS_IN_A_STAGE)) if count >= 0 else RemindedNow(-count)
        case "escalated":
            return Escalated(*divmod(count, STEPS_IN_A_STAGE))
        case "settled":
            return Settled()
        case "informed":
            return Delegated(count)
        case "answered":
            return AnsweredForYou(count)
        case "inquired":
            return QuestionAsked(count - 1)
        case "replied":
            return Replied(*divmod(count, QUESTIONS_IN_A_VERSION))
        case "refreshed":
            return LinkRefreshed(count)
        case "digest":
            return InboxRefreshed(count)
        case "unreached":
            return Unreached(count)
        case _:
            assert_never(event)
