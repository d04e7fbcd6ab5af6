"""Lengths of time as people read them."""

from collections.abc import Iterable
from datetime import timedelta

from approvals.presentation.lists import counted

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
COUNTDOWN = {
    "left": "in {length}",
    "over": "time is up",
    "units": [
        ["{n} day", "{n} days"],
        ["{n} hour", "{n} hours"],
        ["{n} minute", "{n} minutes"],
        ["{n} second", "{n} seconds"],
    ],
}
"""The phrases of the countdown, which the script of the review page writes: each unit for one and for several."""
_SHORT = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def counted_span(rest: int, units: Iterable[tuple[str, int]]) -> str:
    """Return a number of seconds in these units, the largest first: “1 day 12 hours”."""
    parts = []
    for unit, size in units:
        count, rest = divmod(rest, size)
        if count:
            parts.append(counted(count, unit))
    return " ".join(parts) or "no time"


def span(delta: timedelta) -> str:
    """“8 hours”, “1 day 12 hours”."""
    return counted_span(int(delta.total_seconds()), UNITS)


def roughly(delta: timedelta) -> str:
    """Return a length of time in the two largest units: “3 days 4 hours”."""
    for _, size in UNITS:
        if delta.total_seconds() >= size:
            smaller = next((small for _, small in UNITS if small < size), 1)
            return span(timedelta(seconds=int(delta.total_seconds()) // smaller * smaller))
    return "a moment"


def short(delta: timedelta) -> str:
    """“4 h”, in a unit of which there are two or more; of less than a minute, nothing."""
    if delta < timedelta(minutes=1):
        return ""
    return next((f"{round(delta / size)} {name}" for size, name in _SHORT if delta >= 2 * size), "1 min")


def relative(delta: timedelta) -> str:
    """“in 3 hours”, “in 1 day 4 hours”, “2 minutes ago”. Two units while the first is small enough for it to matter."""
    seconds = abs(delta.total_seconds())
    if seconds < 60:
        return "in less than a minute" if delta > timedelta(0) else "just now"
    words = _rounded(round(seconds / 60) * 60)
    return f"in {words}" if delta > timedelta(0) else f"{words} ago"


def _rounded(seconds: int) -> str:
    index = next(index for index, (_, size) in enumerate(UNITS) if seconds >= size)
    unit, size = UNITS[index]
    if unit == "minute" or seconds >= 3 * size:
        return counted(round(seconds / size), unit)
    smaller, small = UNITS[index + 1]
    whole, rest = divmod(round(seconds / small) * small, size)
    return f"{counted(whole, unit)} {counted(rest // small, smaller)}" if rest else counted(whole, unit)
