"""Business hours: durations counted in working time. Outside of the hours the clock stops.

Whole days and weeks count working days (the same local time, so many working days later); hours, minutes and seconds
count open time.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from approvals.domain.calendar.time_zones import Zone, zone, zone_problems
from approvals.domain.calendar.weekly_hours import (
    DAY,
    DAYS,
    DAYS_PATTERN,
    SPAN_PATTERN,
    WEEK,
    Span,
    Week,
    days_later,
    passed,
    span,
    weekdays,
)
from approvals.domain.problems import Problem
from approvals.domain.values import LONGEST, Value, duration, duration_parts

Hours = Annotated[
    str,
    Meta(
        description="From and to by the 24-hour clock; one that ends before it begins ends on the next day.",
        examples=["09:00-17:00", "22:00-06:00", "00:00-24:00"],
        extra_json_schema={"pattern": SPAN_PATTERN},
    ),
]
"""`calendar_problems` checks the pattern: msgspec 0.22 corrupts memory on a union of patterned text and an array."""
Holiday = Annotated[
    date,
    Meta(
        description="A local date on which no hours begin.", extra={"fix": "write an existing date such as 2026-12-25"}
    ),
]
_ByDays = tuple[tuple[str, str | tuple[str, ...]], ...]


class Calendar(Value, frozen=True, kw_only=True):
    """Working hours by weekday in one time zone, and holidays."""

    timezone: Zone
    hours: Annotated[
        dict[str, Hours | Annotated[tuple[Hours, ...], Meta(max_length=12)]],
        Meta(
            description="Open hours by day, range of days or several of them: mon, mon-fri, “mon, wed-fri”.",
            examples=[{"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": "10:00-14:00"}],
            extra_json_schema={"propertyNames": {"pattern": DAYS_PATTERN}, "minProperties": 1},
        ),
    ]
    holidays: Annotated[
        tuple[Holiday, ...], Meta(max_length=400, description="Days off, as local dates.", examples=[["2026-12-25"]])
    ] = ()


def later(calendar: Calendar | None, start: datetime, text: str) -> datetime:
    """Return the moment, in UTC, at which a `Duration` has passed by the calendar (by the clock where there is none).

    At most LONGEST after the start, however seldom the calendar is open. Without a duration: the start.
    """
    if calendar is None:
        return start.astimezone(UTC) + duration(text)
    weeks, days, rest = duration_parts(text)
    week = _week(calendar)
    days += weeks * max(week.working_days, 1)
    begun = days_later(week, start.astimezone(UTC), days) if days else start
    return min(later_by(calendar, begun, rest), start.astimezone(UTC) + LONGEST)


def later_by(calendar: Calendar | None, start: datetime, delta: timedelta) -> datetime:
    """Return the moment, in UTC, at which so much open time has passed; for none, the start, even outside the hours."""
    start = start.astimezone(UTC)
    if calendar is None or delta <= timedelta():
        return start + min(max(delta, timedelta()), LONGEST)
    return passed(_week(calendar), start, delta)


def longer(calendar: Calendar | None, text: str, factor: float) -> str:
    """Multiply a `Duration`, and return it as text. With a calendar, its days stay whole days."""
    if factor == 1:
        return text
    if calendar is None:
        return f"PT{_times(duration(text), factor) // timedelta(seconds=1)}S"
    weeks, days, rest = duration_parts(text)
    days += weeks * max(_week(calendar).working_days, 1)
    whole = -(-_times(timedelta(days=days), factor) // DAY)
    return f"P{whole}DT{_times(rest, factor) // timedelta(seconds=1)}S"


def _times(delta: timedelta, factor: float) -> timedelta:
    return LONGEST if delta / LONGEST * factor >= 1 else delta * factor


def calendar_problems(calendar: Calendar, path: str) -> Iterator[Problem]:
    """Yield the problems of a calendar that its schema cannot express."""
    yield from zone_problems(calendar.timezone, f"{path}.timezone")
    yield from _hours_problems(tuple(calendar.hours.items()), f"{path}.hours")


@lru_cache(maxsize=64)
def _hours_problems(hours: _ByDays, path: str) -> tuple[Problem, ...]:
    """Check the hours once for all equal calendars: those of named policies are checked at every submission."""
    by_days = dict(hours)
    problems = tuple(_day_problems(by_days, path)) or tuple(_span_problems(by_days, path))
    if problems or any(map(_listed, by_days.values())):
        return problems
    return (Problem(path, "has no working hours; give at least one day its hours, such as mon-fri: 09:00-17:00"),)


def _day_problems(hours: Iterable[str], path: str) -> Iterator[Problem]:
    known: dict[int, str] = {}
    for days in hours:
        try:
            numbers = weekdays(days)
        except ValueError:
            fix = "write mon, tue, wed, thu, fri, sat or sun, a range such as mon-fri, or several with commas"
            yield Problem(f"{path}.{days}", f"“{days}” is not a day of the week; {fix}")
            continue
        for number in numbers:
            if number in known:
                said = f"is already in “{known[number]}”" if known[number] != days else "is listed twice"
                yield Problem(f"{path}.{days}", f"{DAYS[number]} {said}; name each day once")
                break
            known[number] = days


def _span_problems(hours: Mapping[str, str | tuple[str, ...]], path: str) -> Iterator[Problem]:
    placed: list[tuple[Span, str, str]] = []
    for days, spans in hours.items():
        for n, text in enumerate(_listed(spans)):
            where = f"{path}.{days}" + ("" if isinstance(spans, str) else f"[{n}]")
            try:
                begin, end = span(text)
            except ValueError:
                yield Problem(where, f"“{text}” is not a span of time; write one such as 09:00-17:00")
                continue
            if begin == end:
                yield Problem(where, f"“{text}” is empty; for a whole day write 00:00-24:00")
            placed += [((begin + day * DAY, end + day * DAY), where, text) for day in weekdays(days)]
    yield from _overlaps(placed)


def _overlaps(placed: list[tuple[Span, str, str]]) -> Iterator[Problem]:
    """Compare each span with the next one, and the last of the week with the first of the week after."""
    inorder = sorted(placed)
    again = [((begin + WEEK, end + WEEK), where, text) for (begin, end), where, text in inorder[:1]]
    pairs = pairwise([*inorder, *again])
    found = [
        Problem(where, f"“{text}” overlaps “{other}” at {there}; a moment may be open once")
        for (one, there, other), (two, where, text) in pairs
        if two[0] < one[1] and len(inorder) > 1
    ]
    yield from dict.fromkeys(found)


def _listed(spans: str | tuple[str, ...]) -> tuple[str, ...]:
    return (spans,) if isinstance(spans, str) else spans


def _week(calendar: Calendar) -> Week:
    return _compiled(calendar.timezone, tuple(calendar.hours.items()), calendar.holidays)


@lru_cache(maxsize=64)
def _compiled(timezone: str, hours: _ByDays, holidays: tuple[date, ...]) -> Week:
    """Parse the hours once for all equal calendars: every approval carries a copy of its own."""
    spans: list[tuple[Span, ...]] = [()] * 7
    for days, texts in hours:
        for number in weekdays(days):
            spans[number] = tuple(sorted(map(span, _listed(texts))))
    return Week(time_zone=zone(timezone), spans=tuple(spans), off=frozenset(holidays))
