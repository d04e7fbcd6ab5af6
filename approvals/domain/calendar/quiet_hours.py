"""Quiet hours: when a person gets no messages. Messages that are due wait for their end, in the person's time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, field

from approvals.domain.calendar.time_zones import zone
from approvals.domain.calendar.weekly_hours import (
    DAY,
    DAYS_PATTERN,
    TIME_PATTERN,
    Span,
    Week,
    clock,
    next_open_interval,
    weekdays,
)
from approvals.domain.problems import Problem
from approvals.domain.values import Value

Clock = Annotated[
    str,
    Meta(
        pattern=TIME_PATTERN,
        description="A time by the 24-hour clock.",
        examples=["20:00"],
        extra={"fix": "write a time such as 20:00"},
    ),
]
Days = Annotated[
    str,
    Meta(
        pattern=DAYS_PATTERN,
        description="A day, a range of days, or several of them.",
        examples=["sat-sun", "sun", "fri, sun-mon"],
        extra={"fix": "write days such as sat-sun, or “fri, sun”"},
    ),
]


class QuietHours(Value, frozen=True, kw_only=True):
    """Quiet from one time to another on every day, and all day on some weekdays."""

    from_: Annotated[Clock | None, Meta(description="When the quiet hours of each day begin.")] = field(
        name="from", default=None
    )
    to: Annotated[Clock | None, Meta(description="When they end, on the next day where that is earlier.")] = None
    days: Annotated[Days | None, Meta(description="Days that are quiet from midnight to midnight.")] = None


def end_of_quiet_hours(quiet: QuietHours | None, timezone: str | None, at: datetime) -> datetime:
    """Return the moment itself, or the end of the quiet time that holds it, in UTC. The default time zone is UTC."""
    at = at.astimezone(UTC)
    if quiet is None:
        return at
    heard = next_open_interval(_not_quiet(quiet.from_, quiet.to, quiet.days, timezone or "UTC"), at)
    return heard.begin if heard else at


def quiet_problems(quiet: QuietHours, timezone: str | None, path: str) -> Iterator[Problem]:
    """Yield the problems of quiet hours that their schema cannot express; the time zone is checked elsewhere."""
    if timezone is None:
        yield Problem(path, "needs a time zone; give the person a timezone, such as Europe/Berlin")
    if quiet.from_ is None and quiet.to is None and quiet.days is None:
        yield Problem(path, "is empty; write from and to, or days, or both")
    elif (quiet.from_ is None) != (quiet.to is None):
        lacking = "from" if quiet.from_ is None else "to"
        yield Problem(f"{path}.{lacking}", "is missing; quiet hours have a beginning and an end")
    elif quiet.from_ and quiet.to and clock(quiet.from_) == clock(quiet.to):
        yield Problem(path, f"begins and ends at {quiet.to}; for whole days write days")
    elif quiet.days and len(set(weekdays(quiet.days))) == 7:
        yield Problem(f"{path}.days", "leaves no day on which to write to them; leave one out")


@lru_cache(maxsize=256)
def _not_quiet(begin: str | None, end: str | None, days: str | None, timezone: str) -> Week:
    """Return the week of the hours that are not quiet."""
    silent = weekdays(days) if days else ()
    spans = _around(clock(begin), clock(end)) if begin and end else ((timedelta(), DAY),)
    return Week(time_zone=zone(timezone), spans=tuple(() if n in silent else spans for n in range(7)))


def _around(begin: timedelta, end: timedelta) -> tuple[Span, ...]:
    return ((timedelta(), begin), (end, DAY)) if begin < end else ((end, begin),)
