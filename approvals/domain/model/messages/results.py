"""Results of sending a message, and the delay before the next attempt."""

from datetime import timedelta
from typing import Literal

import msgspec

ReasonClass = Literal[
    "denied",
    "throttled",
    "unreachable",
    "refused",
    "timeout",
    "invalid",
    "closed",
    "unreadable",
    "other",
]
"""The kind of reason for which a message did not arrive:

* denied: a permission, a login or credentials are missing; an operator has to give them.
* throttled: too many calls in too short a time.
* unreachable: there was no connection, or the service failed by itself (HTTP 5xx).
* refused: the service, or a person's mail server, does not take this message or this address.
* timeout: the request may have arrived; no answer came back.
* invalid: the message or a setting is not valid; it needs a change.
* closed: the state no longer waits.
* unreadable: this release, or its keys, cannot read what is stored.
* other: none of these.
"""


class Sent(msgspec.Struct, frozen=True):
    """The message arrived. `receipt` is the channel's identifier of it, by which it can be found again."""

    receipt: str = ""
    copy: bool = False
    """Whether it shows the approval, and is updated when that changes."""
    shown: int = 0
    """The version of the approval that it shows."""
    instead_of: str = ""
    """Why it did not arrive at its first address, and so was sent to another."""


class TryAgain(msgspec.Struct, frozen=True):
    """The message did not arrive, or may have (`ambiguous`). `after` is the delay that the other side asked for."""

    reason: str
    ambiguous: bool = False
    after: timedelta | None = None
    tried: bool = True
    """Whether the other side was called. If not, the attempt does not count, and later ones come as soon as before."""
    recipient: bool = False
    """Whether the cause is the recipient's own address, and nothing that would stop messages to others, too."""
    kind: ReasonClass = "other"


class GivenUp(msgspec.Struct, frozen=True):
    """The message will never arrive. `closed`: the state no longer waits; otherwise somebody must look."""

    reason: str
    closed: bool = False
    recipient: bool = False
    """Whether the cause is the recipient's own address, and nothing that would stop messages to others, too."""
    kind: ReasonClass = "other"


class Unconfirmed(msgspec.Struct, frozen=True):
    """The message was sent, the answer was lost, and the history could not be read: the result is unknown."""

    reason: str
    kind: ReasonClass = "timeout"


class Moot(msgspec.Struct, frozen=True):
    """The message is no longer needed, such as a reminder after the decision."""


Result = Sent | TryAgain | GivenUp | Unconfirmed | Moot
