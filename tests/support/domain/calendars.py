"""Calendars and times from short notations."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from approvals.domain.calendar.business_hours import Calendar

OFFICE = {"mon-fri": ("09:00-12:00", "13:00-17:00"), "sat": "10:00-14:00"}
MINUTE = timedelta(minutes=1)


def calendar(zone: str = "Europe/Berlin", *, off: tuple[str, ...] = (), **hours: str | tuple[str, ...]) -> Calendar:
    days = {name.replace("_", "-"): spans for name, spans in hours.items()}
    return Calendar(timezone=zone, hours=days or OFFICE, holidays=tuple(map(date.fromisoformat, off)))  # type: ignore[arg-type]


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    """Return the first instant at which local clocks show that time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
