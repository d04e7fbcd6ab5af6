"""Messages: what must leave the building. Callbacks go to Step Functions, notices to people and channels."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from approvals.domain.values import Value

Event = Literal["asked", "reminded", "escalated", "settled", "refreshed", "informed", "inquired", "replied", "digest"]
Lane = Literal["callback", "notice"]
CALLBACK_KEY = "callback"
COPY_KEYS = "copy:"
REQUESTER = -1
"""In the place of a reviewer's number: whoever asks for the approval."""


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

    event: Event
    channel: str
    to: str
    reviewer: int | None = None
    """The reviewer's number in the approval; None for a channel that nobody answers for."""
    count: int = 0
    not_before: datetime | None = None
    """Until when this person wants to be left alone."""


class Copy(Value, frozen=True, kw_only=True, tag="copy", tag_field="kind"):
    """A message that shows the approval where it can be written anew: it is, whenever the approval has moved."""

    channel: str
    to: str
    receipt: str
    reviewer: int | None = None


Message = Callback | Heartbeat | Notice | Copy


def lane(message: Message) -> Lane:
    """Callbacks and notices leave separately, so that no mail server stands in the way of an answer."""
    return "notice" if isinstance(message, Notice | Copy) else "callback"


def dedup_key(message: Message) -> str:
    """Unique within its approval: the same message is never queued twice."""
    match message:
        case Notice(event=event, channel=channel, to=to, count=count, reviewer=reviewer):
            return f"{event}:{count}:{channel}:{to}" + ("" if reviewer is None else f":{reviewer}")
        case Callback():
            return CALLBACK_KEY
        case Heartbeat():
            return "heartbeat"
        case Copy(receipt=receipt):
            return f"{COPY_KEYS}{receipt}"


class Sent(msgspec.Struct, frozen=True):
    """It arrived. `receipt` is what the channel answered, by which the message can be found again."""

    receipt: str = ""
    copy: bool = False
    """Whether it shows the approval, and can be written anew when that has moved."""
    shown: int = 0
    """The version of the approval that it shows."""
    instead_of: str = ""
    """Why it did not arrive where it was meant to, and so went another way."""


class TryAgain(msgspec.Struct, frozen=True):
    """It did not arrive, or nobody knows (`ambiguous`). `after` is what the other side asked for, if it did."""

    reason: str
    ambiguous: bool = False
    after: timedelta | None = None


class GivenUp(msgspec.Struct, frozen=True):
    """It will never arrive. `closed` says that the state no longer waits; otherwise somebody must look."""

    reason: str
    closed: bool = False


class Unconfirmed(msgspec.Struct, frozen=True):
    """It was sent, the answer was lost, and the history could not be read: neither success nor failure is claimed."""

    reason: str


class Moot(msgspec.Struct, frozen=True):
    """There is no point in it any more, such as a reminder after the decision."""


Result = Sent | TryAgain | GivenUp | Unconfirmed | Moot


_FIRST, _LONGEST = timedelta(seconds=1), timedelta(minutes=5)


def backoff(attempts: int, chance: float) -> timedelta:
    """Capped exponential with full jitter; `chance` is in [0, 1), `attempts` counts those made.

    Full jitter as in the AWS Builders' Library ("Timeouts, retries, and backoff with jitter").
    """
    ceiling: timedelta = min(_FIRST * 2.0 ** min(attempts, 20), _LONGEST)
    return max(_FIRST / 4, ceiling * chance)
