"""Points in time as people read them."""

from datetime import UTC, date, datetime

from approvals.domain.calendar.time_zones import zone


def moment(at: datetime) -> str:
    """“Mon 2 Mar 2026, 09:30 UTC”."""
    at = at.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} UTC"


def local_moment(at: datetime, timezone: str) -> str:
    """“Monday, 9 March 2026, 10:30 (Europe/Berlin)”."""
    at = at.astimezone(zone(timezone))
    return f"{at:%A}, {day(at)}, {at:%H:%M}{' UTC' if timezone == 'UTC' else f' ({timezone})'}"


def day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"
