"""The time between the attempts to send a message."""

from datetime import timedelta

_FIRST, _LONGEST = timedelta(seconds=1), timedelta(minutes=5)


def backoff(attempts: int, jitter: float) -> timedelta:
    """Return the delay before the next attempt: capped exponential with full jitter.

    `jitter` is in [0, 1), `attempts` counts those made. Full jitter as in the AWS Builders' Library
    ("Timeouts, retries, and backoff with jitter").
    """
    ceiling: timedelta = min(_FIRST * 2.0 ** min(attempts, 20), _LONGEST)
    return max(_FIRST / 4, ceiling * jitter)
