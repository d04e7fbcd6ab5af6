"""Absences of a person: when they begin and end, and who answers instead. A date is a whole day in their time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Annotated

from msgspec import Meta, field

from approvals.domain.calendar.time_zones import moment, zone
from approvals.domain.problems import Problem
from approvals.domain.references import Reference
from approvals.domain.values import Value

DateOrMoment = Annotated[
    str,
    Meta(
        pattern=r"^2\d{3}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d))?$",
        description="A date, or a moment as RFC 3339 has it, with its offset from UTC.",
        examples=["2026-08-03", "2026-08-03T12:00:00+02:00"],
        extra={"fix": "write a date such as 2026-08-03, or a moment such as 2026-08-03T12:00:00+02:00"},
    ),
]


class Away(Value, frozen=True, kw_only=True):
    """A period in which a person cannot answer."""

    from_: Annotated[DateOrMoment, Meta(description="The first day, or the moment at which it begins.")] = field(
        name="from"
    )
    until: Annotated[DateOrMoment, Meta(description="The last day, or the moment at which they are back.")]
    delegate: Annotated[Reference | None, Meta(description="Who answers for them; nobody if left out.")] = None


def away_at(periods: tuple[Away, ...], timezone: str | None, at: datetime) -> Away | None:
    """Return the absence at a moment, or None. Dates are in UTC where the person has no time zone."""
    return next((one for one in periods if begins(one, timezone) <= at < back(one, timezone)), None)


def back(away: Away, timezone: str | None) -> datetime:
    """Return the first moment, in UTC, at which the person can answer again: for a date, the midnight after it."""
    return _moment(away.until, timezone, days=1)


def next_change(periods: tuple[Away, ...], timezone: str | None, at: datetime) -> datetime | None:
    """Return the next moment at which the person leaves or comes back, or None."""
    changes = (change for one in periods for change in (begins(one, timezone), back(one, timezone)))
    return min((change for change in changes if change > at), default=None)


def away_problems(periods: tuple[Away, ...], timezone: str | None, path: str) -> Iterator[Problem]:
    """Yield the problems of the periods that their schema cannot express; delegates are checked elsewhere."""
    placed: list[tuple[datetime, datetime, int]] = []
    for n, one in enumerate(periods):
        problems = list(_period_problems(one, timezone, f"{path}[{n}]"))
        yield from problems
        if not problems:
            placed.append((begins(one, timezone), back(one, timezone), n))
    yield from _overlaps(sorted(placed), path)


def _overlaps(placed: list[tuple[datetime, datetime, int]], path: str) -> Iterator[Problem]:
    """Compare each period with the longest-lasting one before it."""
    for n, (begin, _, number) in enumerate(placed[1:], start=1):
        _, end, earlier = max(placed[:n], key=itemgetter(1))
        if begin < end:
            fix = "make one period of them, or end the first sooner"
            yield Problem(f"{path}[{number}]", f"overlaps {path}[{earlier}]; {fix}")


def _period_problems(away: Away, timezone: str | None, path: str) -> Iterator[Problem]:
    wrong = [(name, text) for name, text in (("from", away.from_), ("until", away.until)) if not _exists(text)]
    for name, text in wrong:
        yield Problem(f"{path}.{name}", f"“{text}” does not exist; write a date such as 2026-08-03")
    if wrong:
        return
    if timezone is None and (_is_date(away.from_) or _is_date(away.until)):
        yield Problem(path, "has a date, which begins at another moment in each place; give the person a timezone")
    elif begins(away, timezone) >= back(away, timezone):
        yield Problem(
            f"{path}.until", f"{away.until} is not after from, {away.from_}; a last day may be the first one too"
        )


def begins(away: Away, timezone: str | None) -> datetime:
    """Return the first moment, in UTC, at which the person cannot answer."""
    return _moment(away.from_, timezone, days=0)


def _moment(text: str, timezone: str | None, *, days: int) -> datetime:
    """Return a moment in UTC; for a date, the local midnight so many days later."""
    if not _is_date(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    return moment(zone(timezone or "UTC"), datetime.combine(date.fromisoformat(text) + timedelta(days=days), time()))


def _is_date(text: str) -> bool:
    return "T" not in text


def _exists(text: str) -> bool:
    try:
        return bool(_moment(text, None, days=1))
    except ValueError:
        return False
