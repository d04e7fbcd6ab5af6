"""Calendars and times from short notations."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from approvals.domain.calendar.business_hours import Calendar, _week
from approvals.domain.calendar.weekly_hours import _pieces, next_open_interval
from approvals.domain.values import LONGEST

OFFICE = {"mon-fri": ("09:00-12:00", "13:00-17:00"), "sat": "10:00-14:00"}
MINUTE = timedelta(minutes=1)


def calendar(zone: str = "Europe/Berlin", *, off: tuple[str, ...] = (), **hours: str | tuple[str, ...]) -> Calendar:
    days = {name.replace("_", "-"): spans for name, spans in hours.items()}
    return Calendar(timezone=zone, hours=days or OFFICE, holidays=tuple(map(date.fromisoformat, off)))  # type: ignore[arg-type]


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    """Return the first instant at which local clocks show that time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def open_between(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """Return the open time between two moments; zero where the second is not after the first."""
    if calendar is None:
        return max(end - start, timedelta())
    pieces = _pieces(_week(calendar), start.astimezone(UTC), end.astimezone(UTC))
    return sum((opened for _, opened in pieces), timedelta())


def next_open(calendar: Calendar | None, at: datetime) -> datetime:
    """Return the moment itself, or the next one at which the calendar is open; at most LONGEST later."""
    at = at.astimezone(UTC)
    found = next_open_interval(_week(calendar), at) if calendar else None
    return found.begin if found else at + LONGEST if calendar else at


def is_open(calendar: Calendar | None, at: datetime) -> bool:
    return next_open(calendar, at) == at
