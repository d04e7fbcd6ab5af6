"""Points in time as people read them."""

from datetime import UTC, date, datetime

from approvals.domain.calendar.time_zones import zone


def moment(at: datetime) -> str:
    """“Mon 2 Mar 2026, 09:30 UTC”."""
    at = at.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} UTC"


def moment_for(at: datetime, timezone: str | None) -> str:
    """Return a moment on a person's clock, with UTC beside it: “Mon 2 Mar 2026, 10:30 (Europe/Berlin, 09:30 UTC)”.

    Without a time zone, or in UTC, it is the same as `moment`. The day in UTC is named where it differs.
    """
    if timezone is None or timezone == "UTC":
        return moment(at)
    utc, local = at.astimezone(UTC), at.astimezone(zone(timezone))
    beside = f"{utc:%H:%M} UTC" if utc.date() == local.date() else f"{utc:%a %H:%M} UTC"
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({timezone}, {beside})"


def exact_moment(at: datetime) -> str:
    """“2026-03-02 09:30:05 UTC”: for operators, who compare it with their logs."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def local_moment(at: datetime, timezone: str) -> str:
    """“Monday, 9 March 2026, 10:30 (Europe/Berlin)”."""
    at = at.astimezone(zone(timezone))
    return f"{weekday(at)}, {at:%H:%M}{' UTC' if timezone == 'UTC' else f' ({timezone})'}"


def row_moment(at: datetime, timezone: str) -> str:
    """“Mon  9 Mar 2026, 10:30”, of the same width for every day: for the rows of a table."""
    at = at.astimezone(zone(timezone))
    return f"{at:%a} {at.day:>2} {at:%b %Y, %H:%M}"


def clock_time(at: datetime) -> str:
    """“09:30:05”."""
    return f"{at:%H:%M:%S}"


def day(at: date) -> str:
    """“9 March 2026”."""
    return f"{at.day} {at:%B %Y}"


def weekday(at: date) -> str:
    """“Monday, 9 March 2026”."""
    return f"{at:%A}, {day(at)}"
