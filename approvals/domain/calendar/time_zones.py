"""Time zones by their IANA names, as local clocks that never go back: during a repeated hour the clock waits.

So each local time is one moment, in order, and no hour that passes is counted twice or lost.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from approvals.domain.problems import Problem

Zone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="A time zone of the IANA database.",
        examples=["Europe/Berlin", "America/New_York", "UTC"],
        extra={"fix": "write a time zone such as Europe/Berlin"},
    ),
]

_NAME = re.compile(
    r"(?!(?:right|posix)/|(?:localtime|posixrules|Factory)$)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*"
)
"""Without names whose meaning depends on the machine, and without clocks that count leap seconds."""
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """Return the time zone of a name. Raises ValueError for a name that the database does not have."""
    from zoneinfo import ZoneInfo  # only where there is a calendar, quiet time or absence: a cold start pays for it

    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a time zone")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError):  # a folder of the database, such as America, is an OSError
        raise ValueError(f"{name!r} is not a time zone") from None


def zone_problems(name: str, path: str) -> Iterator[Problem]:
    """Yield a problem, with the nearest name, where the database does not have the name."""
    try:
        zone(name)
    except ValueError:
        near = _near(name)
        fix = f"did you mean “{near}”?" if near else "write a name such as Europe/Berlin or America/New_York"
        yield Problem(path, f"“{name}” is not a time zone of the IANA database; {fix}")


def shown(time_zone: tzinfo, at: datetime) -> datetime:
    """Return the local time at a moment. While an hour repeats, it stays at the end of that hour."""
    local = at.astimezone(time_zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    before = local.replace(fold=0).utcoffset() or timedelta()
    after = local.utcoffset() or timedelta()
    turned = _turn(time_zone, at - (before - after), at)
    return turned.astimezone(UTC).replace(tzinfo=None) + before


def moment(time_zone: tzinfo, wall: datetime) -> datetime:
    """Return the moment, in UTC, at which a local time is first shown, or at which it is skipped."""
    there = wall.replace(tzinfo=time_zone)
    first = there.astimezone(UTC)
    if first.astimezone(time_zone).replace(tzinfo=None) == wall:
        return first
    return _turn(time_zone, there.replace(fold=1).astimezone(UTC), first)


def _turn(time_zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the second between two moments at which the offset changes."""
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    new = after.astimezone(time_zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        low, high = (low, middle) if middle.astimezone(time_zone).utcoffset() == new else (middle, high)
    return high


def _near(name: str) -> str | None:
    """Return a similar name of a place: never Etc/GMT+2, which is two hours west, nor EST for CEST."""
    import difflib
    from zoneinfo import available_timezones

    known = {one.casefold(): one for one in sorted(available_timezones()) if _NAME.fullmatch(one)}
    wanted = name.strip().casefold().replace(" ", "_")
    places = [one for one in known if "/" in one and not one.startswith("etc/")]
    cities = {one.rpartition("/")[2]: one for one in places}
    near_cities = [
        cities[city] for city in difflib.get_close_matches(wanted.rpartition("/")[2], cities, n=1, cutoff=0.8)
    ]
    near = difflib.get_close_matches(wanted, places, n=1, cutoff=0.88)
    found = [wanted] if wanted in known else [*near_cities, *near]
    return known[found[0]] if found else None
