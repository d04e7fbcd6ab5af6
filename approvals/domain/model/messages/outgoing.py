"""Messages: what must leave the building. Callbacks go to Step Functions, notices to people and channels."""

from datetime import datetime
from typing import Literal

from approvals.domain.model.messages.audience import Audience, ForChannel, key_suffix
from approvals.domain.model.messages.topics import Event, Topic
from approvals.domain.values import Value

Lane = Literal["callback", "notice"]
CALLBACK_KEY = "callback"
COPY_KEYS = "copy:"


class Callback(Value, frozen=True, kw_only=True, tag="callback", tag_field="kind"):
    """The outcome for the waiting state: `output` means SendTaskSuccess, otherwise `error` and `cause` SendTaskFailure.

    `output` and, unless the submission says otherwise, `cause` are JSON text. By `callback_id` in them, or else by
    their own words, it can be found in the execution's history.
    """

    callback_id: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None


class Heartbeat(Value, frozen=True, kw_only=True, tag="heartbeat", tag_field="kind"):
    """Tells the state that we live, and us whether it still waits. Repeats until the approval settles."""

    every_seconds: int
    required: bool
    """Whether the state has HeartbeatSeconds, and so would fail without us."""


class Notice(Value, frozen=True, kw_only=True, tag="notice", tag_field="kind"):
    """A message to one address. It holds no link: links are made when it is sent."""

    about: Topic
    channel: str
    to: str
    audience: Audience = ForChannel()
    not_before: datetime | None = None
    """Until when this person wants to be left alone."""

    @property
    def event(self) -> Event:
        return self.about.event


class Copy(Value, frozen=True, kw_only=True, tag="copy", tag_field="kind"):
    """A message that shows the approval where it can be written anew: it is, whenever the approval has moved."""

    channel: str
    to: str
    receipt: str
    audience: Audience = ForChannel()


Message = Callback | Heartbeat | Notice | Copy


def lane(message: Message) -> Lane:
    """Callbacks and notices leave separately, so that no mail server stands in the way of an answer."""
    return "notice" if isinstance(message, Notice | Copy) else "callback"


def dedup_key(message: Message) -> str:
    """Unique within its approval: the same message is never queued twice."""
    match message:
        case Notice(about=about, channel=channel, to=to, audience=audience):
            return f"{about.key}:{channel}:{to}{key_suffix(audience)}"
        case Callback():
            return CALLBACK_KEY
        case Heartbeat():
            return "heartbeat"
        case Copy(receipt=receipt):
            return f"{COPY_KEYS}{receipt}"
