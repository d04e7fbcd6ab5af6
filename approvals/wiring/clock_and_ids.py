"""The clock, new ids and random numbers. Nothing else reads or makes them; everywhere else they are parameters."""

import random
import secrets
from datetime import UTC, datetime


def system_clock() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id: 25 hex digits that sort by time, 11 of milliseconds and 14 random. Not a secret."""
    return f"{first_id(system_clock())}{secrets.token_hex(7)}"


def first_id(at: datetime) -> str:
    """Return the beginning of the ids of that millisecond, which sorts before all ids that were made later."""
    return f"{int(at.timestamp() * 1000):011x}"


def random_number() -> float:
    """Return a number from 0 to 1, not 1 itself. It spreads retries over time."""
    return random.random()  # noqa: S311 - spreads load, protects nothing
