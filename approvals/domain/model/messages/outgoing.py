"""Outgoing messages: callbacks and heartbeats to Step Functions, notices and copies to people and channels."""

from datetime import datetime
from typing import Literal, get_args

from approvals.domain.model.messages.audience import Audience, ForChannel, key_suffix
from approvals.domain.model.messages.topics import EventName, Topic
from approvals.domain.values import Value

Lane = Literal["callback", "notice"]
LANES: tuple[Lane, ...] = get_args(Lane)
CALLBACK_KEY = "callback"
COPY_KEYS = "copy:"


class Callback(Value, frozen=True, kw_only=True, tag="callback", tag_field="kind"):
    """The outcome for the waiting state: `output` means SendTaskSuccess, otherwise `error` and `cause` SendTaskFailure.

    `output` and, unless the submission says otherwise, `cause` are JSON text. By `callback_id` in them, or else by
    their own text, it can be found in the execution's history.
    """

    callback_id: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None


class Heartbeat(Value, frozen=True, kw_only=True, tag="heartbeat", tag_field="kind"):
    """A heartbeat to the state, which also finds out whether the state waits. Repeats until the approval settles."""

    every_seconds: int
    required: bool
    """Whether the state has HeartbeatSeconds, and so would fail without heartbeats."""


class Notice(Value, frozen=True, kw_only=True, tag="notice", tag_field="kind"):
    """A message to one address. It holds no link: links are made when it is sent."""

    about: Topic
    channel: str
    to: str
    audience: Audience = ForChannel()
    not_before: datetime | None = None
    """The end of the recipient's quiet hours, if the notice was queued during them."""

    @property
    def event(self) -> EventName:
        return self.about.event


class Copy(Value, frozen=True, kw_only=True, tag="copy", tag_field="kind"):
    """An editable message that shows the approval, updated whenever the approval's version changes."""

    channel: str
    to: str
    receipt: str
    audience: Audience = ForChannel()


Message = Callback | Heartbeat | Notice | Copy


def lane(message: Message) -> Lane:
    """Return the lane: callbacks and notices leave separately, so that a slow mail server delays no callback."""
    return "notice" if isinstance(message, Notice | Copy) else "callback"


def dedup_key(message: Message) -> str:
    """Return a key that is unique within the approval: a message with the same key is never queued twice."""
    match message:
        case Notice(about=about, channel=channel, to=to, audience=audience):
            return f"{about.key}:{channel}:{to}{key_suffix(audience)}"
        case Callback():
            return CALLBACK_KEY
        case Heartbeat():
            return "heartbeat"
        case Copy(receipt=receipt):
            return f"{COPY_KEYS}{receipt}"
