"""Properties of any calendar at any moment, compared with a model that steps by minutes; and their cost."""

import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from approvals.domain.calendar.business_hours import (
    Calendar,
    calendar_problems,
    later,
    later_by,
)
from approvals.domain.values import LONGEST
from tests.support.domain.calendars import MINUTE, at, calendar, is_open, next_open, open_between

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"]


spans = st.sampled_from(
    [
        "00:00-24:00",
        "09:00-12:00",
        "22:00-06:00",
        "01:30-02:30",
        "02:00-03:00",
        "02:30-04:00",
        "23:59-00:01",
        "13:00-17:00",
    ]
)
turns = st.sampled_from(
    [at("2026-03-29T00:00"), at("2026-10-25T00:00"), at("2026-03-08T00:00", "America/New_York"),
     at("2026-11-01T00:00", "America/New_York"), at("2026-04-04T14:00", "UTC"), at("2026-10-03T14:00", "UTC"),
     at("2026-04-05T00:00", "America/Santiago"), at("2026-09-06T00:00", "America/Santiago"), at("2026-12-24T12:00")]
)  # fmt: skip
starts = st.builds(lambda turn, minutes: turn + minutes * MINUTE, turns, st.integers(-3000, 3000))
fine = st.builds(lambda start, ms: start + timedelta(milliseconds=ms), starts, st.integers(0, 59_999))
offs = st.lists(st.sampled_from(["2026-03-29", "2026-10-25", "2026-10-26", "2026-11-01", "2026-12-25"]), unique=True)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any that has no fault."""
    days = draw(st.lists(st.sampled_from(["mon-wed", "thu", "fri", "sat", "sun"]), min_size=1, unique=True))
    hours = {name: tuple(draw(st.lists(spans, max_size=2, unique=True))) for name in days}
    zone, off = draw(st.sampled_from(ZONES)), tuple(map(date.fromisoformat, draw(offs)))
    found = Calendar(timezone=zone, hours=hours, holidays=off)  # type: ignore[arg-type]
    assume(not list(calendar_problems(found, "")))
    return found


class Model:
    """Steps through the minutes with a clock that is never set back, and looks at each whether somebody works."""

    def __init__(self, calendar: Calendar, start: datetime, minutes: int) -> None:
        self.calendar, zone = calendar, ZoneInfo(calendar.timezone)
        self.open: list[bool] = []
        highest = (start - timedelta(days=2)).replace(tzinfo=None)
        for n in range(-200, minutes):
            highest = max(highest, (start + n * MINUTE).astimezone(zone).replace(tzinfo=None))
            if n >= 0:
                self.open.append(self.works(highest))

    def works(self, wall: datetime) -> bool:
        begun_today = any(a <= self.of_day(wall) and (self.of_day(wall) < b or b <= a) for a, b in self.spans(wall))
        yesterday = wall - timedelta(days=1)
        return begun_today or any(b <= a and self.of_day(wall) < b for a, b in self.spans(yesterday))

    def spans(self, wall: datetime) -> list[tuple[int, int]]:
        """Minutes of that day; one that ends no later than it begins, ends on the next day."""
        if wall.date() in self.calendar.holidays:
            return []
        name, three = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][wall.weekday()], ("mon", "tue", "wed")
        texts = self.calendar.hours.get("mon-wed" if name in three else name, ())
        return [
            (int(a[:2]) * 60 + int(a[3:]), int(b[:2]) * 60 + int(b[3:])) for a, b in (text.split("-") for text in texts)
        ]

    @staticmethod
    def of_day(wall: datetime) -> int:
        return wall.hour * 60 + wall.minute


@given(calendars(), starts, st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_open_time_is_what_stepping_by_minutes_finds(calendar: Calendar, start: datetime, minutes: int) -> None:
    model = Model(calendar, start, minutes)
    assert open_between(calendar, start, start + minutes * MINUTE) == sum(model.open) * MINUTE
    assert is_open(calendar, start) is model.open[0]
    if any(model.open):
        assert next_open(calendar, start) == start + model.open.index(True) * MINUTE
        assert later_by(calendar, start, MINUTE) == start + (model.open.index(True) + 1) * MINUTE
        assert later_by(calendar, start, sum(model.open) * MINUTE) <= start + minutes * MINUTE


deltas = st.builds(timedelta, minutes=st.integers(0, 30_000), milliseconds=st.integers(0, 1000))


@given(calendars(), fine, deltas, deltas)
@settings(max_examples=100, deadline=None)
def test_open_time_adds_up(calendar: Calendar, start: datetime, one: timedelta, two: timedelta) -> None:
    first = later_by(calendar, start, one)
    assume(later_by(calendar, first, two) < start + LONGEST)
    assert open_between(calendar, start, first) == one
    assert later_by(calendar, first, two) == later_by(calendar, start, one + two)
    assert first <= later_by(calendar, start, one + two)


ALL_DAY = {"mon-sun": "00:00-24:00"}
EDGES = {"mon-sat": ("02:30-04:00", "22:00-02:00"), "sun": ("02:30-03:30", "12:00-24:00")}


@pytest.mark.parametrize("hours", [ALL_DAY, EDGES])
@pytest.mark.parametrize("minute", [0, 30, 75, 12 * 60, 23 * 60 + 30])
def test_a_week_is_open_as_long_as_its_days(hours: dict[str, str | tuple[str, ...]], minute: int) -> None:
    """Whole weeks are not looked at day by day where there is nothing to see: each day off, each day of a change."""
    turn = at("2026-10-25T02:00") + minute * MINUTE
    for first in range(-8, 3):
        for off in ((), *((f"2026-10-{day}",) for day in range(14, 32))):
            some = calendar(off=off, **hours)
            cuts = [turn + timedelta(days=first + n) for n in range(8)]
            by_days = sum((open_between(some, one, two) for one, two in pairwise(cuts)), timedelta())
            assert open_between(some, cuts[0], cuts[-1]) == by_days


texts = st.builds("{}{}".format, st.integers(1, 400), st.sampled_from("smhd")) | st.sampled_from(
    ["PT0S", "P1DT2H", "P2W", "P1W1DT30M"]
)


@given(calendars(), fine, fine, texts)
@example(  # Monday's night would end at five of a Thursday on which nobody works any more
    Calendar(timezone="UTC", hours={"mon": "22:00-06:00", "wed-thu": "00:00-04:00"}),
    datetime(2026, 11, 24, 5, tzinfo=UTC), datetime(2026, 11, 25, 1, tzinfo=UTC), "1d",
)  # fmt: skip
@example(  # twice half past two, the second time a quarter of an hour sooner
    Calendar(timezone="Europe/Berlin", hours={"mon-sun": "00:00-24:00"}),
    datetime(2026, 10, 25, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 1, 15, tzinfo=UTC), "1d",
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_who_starts_later_is_not_done_sooner(calendar: Calendar, one: datetime, two: datetime, text: str) -> None:
    sooner, after = sorted((one, two))
    assert sooner <= later(calendar, sooner, text) <= later(calendar, after, text)


@given(calendars(), fine, st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_more_days_are_not_over_sooner(calendar: Calendar, start: datetime, one: int, two: int) -> None:
    fewer, more = sorted((one, two))
    assert later(calendar, start, f"P{fewer}D") <= later(calendar, start, f"P{more}D")


MONDAYS = tuple((date(2026, 11, 23) + n * timedelta(weeks=1)).isoformat() for n in range(520))
TWELVE = tuple(f"{2 * h:02}:00-{2 * h + 1:02}:00" for h in range(12))


@pytest.mark.parametrize(
    ("hours", "off"),
    [
        ({"mon": "09:00-09:01"}, ()),
        ({"mon": "09:00-09:01"}, MONDAYS),
        ({"mon_sun": TWELVE}, MONDAYS),
        ({"mon": ()}, ()),
    ],
)
@pytest.mark.parametrize("text", ["999999999d", "P99999W", "PT999999H", "PT80000H", "3660d"])
def test_ten_years_are_the_end_of_it_and_are_found_at_once(
    hours: dict[str, str | tuple[str, ...]], off: tuple[str, ...], text: str
) -> None:
    start, slow = at("2026-11-20T10:00"), calendar(off=off, **hours)
    begun = time.perf_counter()
    assert start < later(slow, start, text) <= start + LONGEST
    assert open_between(slow, start, start + LONGEST) < LONGEST
    assert time.perf_counter() - begun < 2  # at most 0.3 here


def test_what_is_never_open_ends_in_ten_years() -> None:
    start = at("2026-11-20T10:00")
    never = calendar(mon=())
    assert later(never, start, "1h") == later(never, start, "1d") == next_open(never, start) == start + LONGEST
    assert not is_open(never, start)
