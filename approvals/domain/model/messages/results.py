"""Results of sending a message, and the delay before the next attempt."""

from datetime import timedelta

import msgspec


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
