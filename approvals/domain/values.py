"""What every value has in common: frozen, camelCase on the wire, unknown fields refused; durations; canonical JSON."""

import hashlib
import re
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """Frozen; its wire form leaves defaults out, so that a stored shape can grow."""


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
"""A workflow waits for one year at most (a hard quota of Step Functions); more than ten are as good as for ever."""


def duration(text: str) -> timedelta:
    """`"15m"` or `"PT15M"` as a timedelta, at most LONGEST. Raises ValueError for what is not a `Duration`."""
    weeks, days, rest = duration_parts(text)
    return min(timedelta(days=min(7 * weeks + days, LONGEST.days)) + rest, LONGEST)


def duration_parts(text: str) -> tuple[int, int, timedelta]:
    """Weeks, days and the rest, as they are written: a calendar counts each in its own way. Raises ValueError too."""
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
    """JSON with sorted keys and no white space: the same value is always the same bytes."""
    return msgspec.json.encode(value, order="sorted")


def content_hash(value: Any) -> str:
    """SHA-256 over the canonical JSON, as lower-case hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
