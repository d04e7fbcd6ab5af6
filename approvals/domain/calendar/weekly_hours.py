"""Hours that repeat every week in one time zone, and the time that passes within them. The work is bounded by weeks.

A span belongs to the day on which it begins; none begins on a holiday. `LONGEST` ends every search.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import NamedTuple

from approvals.domain.calendar.time_zones import moment, shown
from approvals.domain.values import LONGEST

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
DAYS_PATTERN = rf"^{_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*$"
TIME_PATTERN = rf"^{_TIME}$"
SPAN_PATTERN = rf"^{_TIME}-(?:{_TIME}|24:00)$"

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
Span = tuple[timedelta, timedelta]
"""Begin and end, counted from midnight of the day that it belongs to; past the next midnight it exceeds a day."""


def weekdays(text: str) -> tuple[int, ...]:
    """Parse `mon-fri` or `sat, sun-mon` into numbers; Monday is 0. Raises ValueError for other text."""
    if not re.match(DAYS_PATTERN, text):
        raise ValueError(f"{text!r} are not days")
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found += [(begin + n) % 7 for n in range((end - begin) % 7 + 1)]
    return tuple(found)


def clock(text: str) -> timedelta:
    """Parse `09:30` into the time since midnight."""
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def span(text: str) -> Span:
    """Parse `09:00-17:00`; an end before the begin is on the next day. Raises ValueError for other text."""
    if not re.match(SPAN_PATTERN, text):
        raise ValueError(f"{text!r} is not a span")
    begin, end = map(clock, text.split("-"))
    return begin, end if begin <= end else end + DAY


class OpenInterval(NamedTuple):
    """Open time without a break, with the working day on which it began."""

    day: date
    begin: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Week:
    """The spans of each weekday, which do not overlap, in one time zone."""

    time_zone: tzinfo
    spans: tuple[tuple[Span, ...], ...]
    off: frozenset[date] = frozenset()

    @cached_property
    def total(self) -> timedelta:
        return sum((end - begin for spans in self.spans for begin, end in spans), timedelta())

    @cached_property
    def working_days(self) -> int:
        return sum(map(bool, self.spans))

    def hours(self, day: date) -> tuple[Span, ...]:
        return () if day in self.off else self.spans[day.weekday()]


def stretches(week: Week, since: datetime, until: datetime) -> Iterator[OpenInterval]:
    """Yield the open stretches between two moments, in order."""
    begun, last = shown(week.time_zone, since), shown(week.time_zone, until).date()
    day = begun.date() - DAY  # what began then may still last
    while day <= last:
        midnight = datetime.combine(day, time())
        for begin, end in week.hours(day):
            if midnight + end > begun:
                opens, closes = moment(week.time_zone, midnight + begin), moment(week.time_zone, midnight + end)
                found = OpenInterval(day, max(opens, since), min(closes, until))
                if found.begin < found.end:
                    yield found
        day += DAY


def next_open_interval(week: Week, at: datetime) -> OpenInterval | None:
    """Return the stretch that is open at a moment, or the next one; None where there is none within LONGEST."""
    return next(stretches(week, at, at + LONGEST), None)


def passed(week: Week, start: datetime, delta: timedelta) -> datetime:
    """Return the first moment at which so much open time has passed, at most LONGEST after the start."""
    left = delta
    for begin, opened in _pieces(week, start, start + LONGEST):
        if left <= opened:
            return _within(week, begin, left)
        left -= opened
    return start + LONGEST


def days_later(week: Week, start: datetime, days: int) -> datetime:
    """Return the same time so many working days later, within the hours of that day; at most LONGEST later."""
    limit = start + LONGEST
    opened = next_open_interval(week, start)
    target = opened and _working_day(week, opened.day, days)
    if not opened or not target:
        return limit
    hours = week.hours(target)
    clock_then = shown(week.time_zone, opened.begin) - datetime.combine(opened.day, time())
    wall = datetime.combine(target, time()) + max(clock_then, hours[0][0])
    closing = datetime.combine(target, time()) + hours[-1][1]
    if wall >= closing:
        return min(moment(week.time_zone, closing), limit)
    reopened = next_open_interval(week, moment(week.time_zone, wall))
    return min(reopened.begin, limit) if reopened else limit


def _working_day(week: Week, day: date, count: int) -> date | None:
    later = (day + n * DAY for n in range(1, LONGEST.days + 2))
    working = (one for one in later if week.hours(one))
    return next((one for n, one in enumerate(working, start=1) if n == count), None)


def _pieces(week: Week, start: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield (begin, open time) of whole weeks where no clock changes, else of single days."""
    while start < end:
        opened = _at_a_glance(week, start) if start + WEEK <= end else None
        until = start + WEEK
        if opened is None:
            midnight = datetime.combine(shown(week.time_zone, start).date() + DAY, time())
            until = min(moment(week.time_zone, midnight), end)
            opened = sum((one.end - one.begin for one in stretches(week, start, until)), timedelta())
        yield start, opened
        start = until


def _at_a_glance(week: Week, start: datetime) -> timedelta | None:
    """Return the open time of seven days, or None where a clock changes or a holiday is at either end."""
    first = start.astimezone(week.time_zone).date()
    offsets = {(start + n * DAY).astimezone(week.time_zone).utcoffset() for n in range(-1, 8)}
    if len(offsets) > 1 or not week.off.isdisjoint(first + n * DAY for n in (-1, 0, 6, 7)):
        return None
    off = week.off.intersection(first + n * DAY for n in range(1, 6))
    return week.total - sum((end - begin for day in off for begin, end in week.spans[day.weekday()]), timedelta())


def _within(week: Week, begin: datetime, left: timedelta) -> datetime:
    """Return the moment at which that much time has been open; the caller knows that the week has as much."""
    at = begin
    for stretch in stretches(week, begin, begin + WEEK):
        at = stretch.begin + min(left, stretch.end - stretch.begin)
        left -= at - stretch.begin
        if not left:
            break
    return at
