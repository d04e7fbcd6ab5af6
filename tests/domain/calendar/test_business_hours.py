"""Business hours: durations by the calendar, holidays, nights, changes of the clock, and problems of a calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from approvals.domain.calendar.business_hours import (
    Calendar,
    calendar_problems,
    later,
    later_by,
)
from approvals.domain.json_reader import read
from approvals.domain.values import LONGEST
from tests.support.domain.calendars import MINUTE, at, calendar, is_open, next_open, open_between


# 2026-11-20 is a Friday.
@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-11-20T10:00", "90s", "2026-11-20T10:01:30"),  # within the hours
        ("2026-11-20T10:00", "3h", "2026-11-20T14:00"),  # over the lunch break
        ("2026-11-20T10:00", "2h", "2026-11-20T12:00"),  # ends with the morning, not after lunch
        ("2026-11-20T16:00", "2h", "2026-11-21T11:00"),  # on Saturday at ten the clock goes on
        ("2026-11-20T16:00", "PT8H", "2026-11-23T12:00"),  # and after Sunday, on Monday
        ("2026-11-22T11:00", "1h", "2026-11-23T10:00"),  # asked on a Sunday
        ("2026-11-23T10:30", "1d", "2026-11-24T10:30"),  # the same time, one working day later
        ("2026-11-23T10:30", "3d", "2026-11-26T10:30"),
        ("2026-11-20T11:00", "3d", "2026-11-24T11:00"),  # Saturday, Monday, Tuesday
        ("2026-11-20T16:00", "1d", "2026-11-21T14:00"),  # Saturday has no four o'clock: its last moment
        ("2026-11-22T11:00", "1d", "2026-11-24T09:00"),  # from Monday at nine, for a whole working day
        ("2026-11-23T07:00", "1d", "2026-11-24T09:00"),
        ("2026-11-23T19:00", "1d", "2026-11-25T09:00"),
        ("2026-11-23T12:30", "1d", "2026-11-24T13:00"),  # in the break: from the end of it
        ("2026-11-21T12:30", "1d", "2026-11-23T13:00"),  # into a break: to the end of it
        ("2026-11-25T10:00", "P1W", "2026-12-02T10:00"),  # a week is the six days that it has here
        ("2026-11-25T10:00", "P1W1D", "2026-12-03T10:00"),
        ("2026-11-25T10:00", "P7D", "2026-12-03T10:00"),  # seven working days are more than a week
        ("2026-11-25T10:00", "P1DT4H", "2026-11-26T15:00"),  # first the day, then the hours
        ("2026-11-20T10:00", "24h", "2026-11-24T17:00"),  # 24 hours of work: 6 + 4 + 7 + 7
        ("2026-11-22T11:00", "PT0S", "2026-11-22T11:00"),  # nothing has passed at once, even on a Sunday
    ],
)
def test_durations_are_counted_in_working_time(start: str, text: str, end: str) -> None:
    assert later(calendar(), at(start), text) == at(end)


def test_without_a_calendar_all_time_counts() -> None:
    start = at("2026-11-20T16:00")
    assert later(None, start, "3d") == start + timedelta(days=3)
    assert later(None, start, "999999999d") == later_by(None, start, timedelta(days=9999)) == start + LONGEST
    assert open_between(None, start, start + MINUTE) == MINUTE
    assert open_between(None, start, start - MINUTE) == timedelta()
    assert next_open(None, start) == start
    assert is_open(None, start)


def test_what_it_gives_is_in_utc() -> None:
    start = datetime(2026, 11, 22, 11, tzinfo=ZoneInfo("Europe/Berlin"))
    given_back = [later(calendar(), start, text) for text in ("PT0S", "1h", "1d")] + [next_open(calendar(), start)]
    assert {one.tzinfo for one in [*given_back, later(None, start, "1h")]} == {UTC}


@pytest.mark.parametrize(
    ("text", "end"),
    [("1d", "2026-12-28T10:00"), ("2h", "2026-12-28T10:00"), ("P1W", "2027-01-04T10:00")],
)
def test_on_a_holiday_no_hours_begin(text: str, end: str) -> None:
    closed = calendar(off=("2026-12-25", "2026-12-26", "2027-01-01"), mon_fri="09:00-17:00", sat="09:00-12:00")
    start = "2026-12-24T10:00" if text != "2h" else "2026-12-24T16:00"
    assert later(closed, at(start), text) == at(end)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-24T23:00", True),  # Thursday's night has begun before the holiday
        ("2026-12-25T05:59", True),
        ("2026-12-25T06:00", False),
        ("2026-12-25T23:00", False),  # Friday's does not begin
        ("2026-12-26T01:00", False),
        ("2026-12-27T23:00", False),  # there is none on Sunday
        ("2026-12-29T03:00", True),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(moment: str, expected: bool) -> None:
    assert is_open(calendar(off=("2026-12-25",), mon_fri="22:00-06:00"), at(moment)) is expected


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-11-21T02:00", "1d", "2026-11-24T02:00"),  # of Friday's night, in the one of Monday
        ("2026-11-20T23:00", "8h", "2026-11-23T23:00"),
        ("2026-11-20T23:00", "7h", "2026-11-21T06:00"),
    ],
)
def test_a_working_day_of_nights_goes_on_past_midnight(start: str, text: str, end: str) -> None:
    assert later(calendar(mon_fri="22:00-06:00"), at(start), text) == at(end)


def test_a_working_day_later_is_never_still_the_night_of_the_day_before() -> None:
    nights = calendar(wed=("00:00-02:00", "22:00-06:00"), thu="09:00-17:00")
    assert later(nights, at("2026-11-25T01:00"), "1d") == at("2026-11-26T09:00")


ROUND = {"mon_sun": "00:00-24:00"}
NIGHT = {"mon_sun": "22:00-06:00"}


# Berlin: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00. New York: 2026-03-08, 2026-11-01.
# Lord Howe, by half an hour: 2026-10-04 02:00 → 02:30, 2026-04-05 02:00 → 01:30.
@pytest.mark.parametrize(
    ("zone", "day", "hours", "opened"),
    [
        ("Europe/Berlin", "2026-03-29", ROUND, 23),
        ("Europe/Berlin", "2026-10-25", ROUND, 25),
        ("Europe/Berlin", "2026-10-24", NIGHT, 9),  # the whole of Saturday's night
        ("Europe/Berlin", "2026-03-28", NIGHT, 7),
        ("Europe/Berlin", "2026-03-29", {"sun": "01:30-02:30"}, 0.5),  # ends in an hour that does not exist
        ("Europe/Berlin", "2026-03-29", {"sun": "02:30-03:30"}, 0.5),  # begins in it
        ("Europe/Berlin", "2026-03-29", {"sun": "02:00-03:00", "mon": "09:00-10:00"}, 0),
        ("Europe/Berlin", "2026-10-25", {"sun": "01:30-02:30"}, 1),  # ends once, in the hour that is repeated
        ("Europe/Berlin", "2026-10-25", {"sun": "02:30-03:30"}, 2),
        ("Europe/Berlin", "2026-10-25", {"sun": ("00:00-02:30", "02:30-24:00")}, 25),  # no hour twice
        ("America/New_York", "2026-03-08", ROUND, 23),
        ("America/New_York", "2026-11-01", ROUND, 25),
        ("Australia/Lord_Howe", "2026-10-04", ROUND, 23.5),
        ("Australia/Lord_Howe", "2026-04-05", ROUND, 24.5),
        ("Australia/Lord_Howe", "2026-10-04", {"sun": "02:00-03:00"}, 0.5),
        ("Asia/Kathmandu", "2026-03-29", ROUND, 24),
        ("America/Santiago", "2026-09-06", ROUND, 23),  # where midnight itself is left out
        ("Pacific/Apia", "2011-12-29", {"thu-sat": "00:00-24:00"}, 24),  # where a whole Friday was
    ],
)
def test_a_day_has_the_hours_that_really_pass(
    zone: str, day: str, hours: dict[str, str | tuple[str, ...]], opened: float
) -> None:
    noon = datetime.fromisoformat(day).replace(hour=12)
    span = timedelta(hours=24) if hours is NIGHT else timedelta(hours=12)
    begin, end = (at(moment.isoformat(), zone) for moment in (noon if hours is NIGHT else noon - span, noon + span))
    assert open_between(calendar(zone, **hours), begin, end) == timedelta(hours=opened)


def test_a_working_day_later_the_clock_shows_the_same_though_it_was_changed() -> None:
    for zone, friday, monday in (
        ("Europe/Berlin", "2026-03-27T16:00", "2026-03-30T16:00"),
        ("America/New_York", "2026-10-30T10:00", "2026-11-02T10:00"),
        ("Australia/Lord_Howe", "2026-10-02T10:00", "2026-10-05T10:00"),
    ):
        assert later(calendar(zone, mon_fri="09:00-17:00"), at(friday, zone), "1d") == at(monday, zone)


def test_in_kathmandu_the_hours_begin_at_a_quarter_past_in_utc() -> None:
    nepal = calendar("Asia/Kathmandu", sun_thu="10:00-17:00", fri="10:00-15:00")
    assert next_open(nepal, datetime(2026, 11, 21, 12, tzinfo=UTC)) == datetime(2026, 11, 22, 4, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "path", "words"),
    [
        ({}, "c.hours", "no working hours"),
        ({"mon": [], "tue": []}, "c.hours", "no working hours"),
        ({"mond": "09:00-10:00"}, "c.hours.mond", "is not a day of the week; write mon, tue"),
        ({"mon-fri": "09:00-10:00", "fri": "11:00-12:00"}, "c.hours.fri", "fri is already in “mon-fri”"),
        ({"mon, mon": "09:00-10:00"}, "c.hours.mon, mon", "mon is listed twice"),
        ({"mon": "9-17"}, "c.hours.mon", "not a span of time; write one such as 09:00-17:00"),
        ({"mon": ["09:00-10:00", "10:60-11:00"]}, "c.hours.mon[1]", "not a span of time"),
        ({"mon": "24:00-24:00"}, "c.hours.mon", "not a span of time"),
        ({"mon": "09:00-09:00"}, "c.hours.mon", "is empty; for a whole day write 00:00-24:00"),
        ({"mon-tue": ["09:00-12:00", "11:00-13:00"]}, "c.hours.mon-tue[1]", "“09:00-12:00” at c.hours.mon-tue[0]"),
        ({"fri": "22:00-06:00", "sat": "05:00-09:00"}, "c.hours.sat", "overlaps “22:00-06:00” at c.hours.fri"),
        ({"sun": "22:00-06:00", "mon": "05:00-09:00"}, "c.hours.mon", "overlaps “22:00-06:00” at c.hours.sun"),
    ],
)  # fmt: skip
def test_a_problem_states_where_and_what_to_write(hours: dict[str, object], path: str, words: str) -> None:
    calendar = read(Calendar, {"timezone": "UTC", "hours": hours})
    (problem,) = calendar_problems(calendar, "c")
    assert problem.path == path
    assert words in problem.message
    assert [elsewhere.path for elsewhere in calendar_problems(calendar, "d")] == [f"d{path[1:]}"]


@pytest.mark.parametrize(
    "hours",
    [
        {"mon-fri": "09:00-17:00", "sat": [], "sun": "00:00-24:00"},
        {"fri-mon": "9:00-17:00"},  # over the end of the week
        {"mon, wed-fri,sun": ["00:00-12:00", "12:00-24:00"]},
        {"mon-sun": "22:00-06:00"},
    ],
)
def test_what_has_no_problem(hours: dict[str, object]) -> None:
    assert list(calendar_problems(read(Calendar, {"timezone": "Europe/Berlin", "hours": hours}), "c")) == []
