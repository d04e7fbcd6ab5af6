"""The base of all values (frozen, camelCase on the wire, unknown fields refused), durations, and canonical JSON."""

import hashlib
import re
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """A frozen struct whose wire form omits defaults, so that a stored shape can grow."""


DURATION = (
    r"^(?:[1-9]\d{0,8}[smhd]|P(?=\d|T\d)(?:\d{1,5}W)?(?:\d{1,5}D)?(?:T(?=\d)(?:\d{1,6}H)?(?:\d{1,7}M)?(?:\d{1,9}S)?)?)$"
)
Duration = Annotated[
    str,
    Meta(
        pattern=DURATION,
        description="A duration such as 90s, 15m, 8h or 3d, or ISO 8601 (PT2H, P1DT12H).",
        examples=["90s", "15m", "8h", "3d", "PT2H"],
        extra={"fix": "write a duration such as 90s, 15m, 8h, 3d or PT2H"},
    ),
]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


LONGEST = timedelta(days=3660)
"""A workflow waits for one year at most (a quota of Step Functions); more than ten years count as never."""


def duration(text: str) -> timedelta:
    """Parse `"15m"` or `"PT15M"`, at most LONGEST. Raises ValueError for text that is not a `Duration`."""
    weeks, days, rest = duration_parts(text)
    return min(timedelta(days=min(7 * weeks + days, LONGEST.days)) + rest, LONGEST)


@lru_cache(maxsize=256)  # policies have few durations, which are read again at every evaluation
def duration_parts(text: str) -> tuple[int, int, timedelta]:
    """Parse a duration into weeks, days and the rest, which calendars count differently. Raises ValueError."""
    if not re.match(DURATION, text):
        raise ValueError(f"{text!r} is not a duration such as 90s, 15m, 8h, 3d or PT2H")
    if text[0] != "P":
        count, unit = int(text[:-1]), _UNITS[text[-1]]
        return (0, count, timedelta()) if unit == "days" else (0, 0, timedelta(**{unit: count}))
    match = _ISO.fullmatch(text)
    assert match is not None  # noqa: S101  the pattern above has said so
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return weeks, days, timedelta(hours=hours, minutes=minutes, seconds=seconds)


def canonical_json(value: Any) -> bytes:
    """Encode a value as JSON with sorted keys and no white space: equal values have equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def content_hash(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON as lower-case hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
