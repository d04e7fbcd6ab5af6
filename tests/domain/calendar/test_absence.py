"""Quiet hours and absences, in the person's time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.domain.calendar.absence import Away, away_at, away_problems, back
from approvals.domain.calendar.quiet_hours import QuietHours, end_of_quiet_hours, quiet_problems
from approvals.domain.json_reader import read
from approvals.domain.problems import Invalid

NIGHTS = {"from": "20:00", "to": "07:00"}
NOON = {"from": "12:00", "to": "13:00"}


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# 2026-11-20 is a Friday.
@pytest.mark.parametrize(
    ("quiet", "moment", "woken"),
    [
        (NIGHTS, "2026-11-19T19:59", "2026-11-19T19:59"),
        (NIGHTS, "2026-11-19T20:00", "2026-11-20T07:00"),
        (NIGHTS, "2026-11-20T03:00", "2026-11-20T07:00"),
        (NIGHTS, "2026-11-20T07:00", "2026-11-20T07:00"),
        (NOON, "2026-11-20T12:30", "2026-11-20T13:00"),
        ({"days": "sat-sun"}, "2026-11-20T23:59", "2026-11-20T23:59"),
        ({"days": "sat-sun"}, "2026-11-21T00:00", "2026-11-23T00:00"),
        ({**NIGHTS, "days": "sat-sun"}, "2026-11-20T21:00", "2026-11-23T07:00"),  # night, weekend, night
        ({"from": "20:00", "to": "00:00"}, "2026-11-20T21:00", "2026-11-21T00:00"),
        ({"from": "02:00", "to": "02:30"}, "2026-10-25T02:10", "2026-10-25T02:30"),  # in the first of two such hours
        (NIGHTS, "2026-10-24T22:00", "2026-10-25T07:00"),  # a night of an hour more
    ],
)
def test_what_falls_into_quiet_time_waits_for_its_end(quiet: dict[str, str], moment: str, woken: str) -> None:
    assert end_of_quiet_hours(read(QuietHours, quiet), "Europe/Berlin", at(moment)) == at(woken)


def test_quiet_is_judged_by_the_persons_clocks() -> None:
    moment = at("2026-11-20T20:30", "Europe/Berlin")
    assert end_of_quiet_hours(read(QuietHours, NIGHTS), "America/New_York", moment) == moment
    assert end_of_quiet_hours(read(QuietHours, NIGHTS), "Asia/Kathmandu", moment) == at(
        "2026-11-21T07:00", "Asia/Kathmandu"
    )
    assert end_of_quiet_hours(read(QuietHours, NIGHTS), None, at("2026-11-20T21:00", "UTC")) == at(
        "2026-11-21T07:00", "UTC"
    )
    assert end_of_quiet_hours(None, None, moment) == moment


clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))


@given(
    clocks, clocks, st.sampled_from([None, "sat-sun", "mon", "fri-wed"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]), st.integers(0, 60 * 24 * 14),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_person_who_is_woken_is_not_in_quiet_time_and_was_until_then(
    begin: str, end: str, days: str | None, zone: str, minutes: int
) -> None:
    quiet = QuietHours(from_=begin, to=end, days=days)
    if list(quiet_problems(quiet, zone, "")):
        return
    moment = datetime(2026, 10, 19, tzinfo=UTC) + timedelta(minutes=minutes)
    woken = end_of_quiet_hours(quiet, zone, moment)
    assert moment <= woken <= moment + timedelta(days=8)
    assert end_of_quiet_hours(quiet, zone, woken) == woken
    if woken > moment:
        assert end_of_quiet_hours(quiet, zone, woken - timedelta(minutes=1)) == woken


@pytest.mark.parametrize(
    ("quiet", "timezone", "path", "words"),
    [
        ({}, "UTC", "q", "is empty; write from and to, or days, or both"),
        ({"from": "20:00"}, "UTC", "q.to", "is missing"),
        ({"to": "20:00", "days": "sun"}, "UTC", "q.from", "is missing"),
        ({"from": "09:00", "to": "9:00"}, "UTC", "q", "begins and ends at 9:00; for whole days write days"),
        ({"days": "mon-sun"}, "UTC", "q.days", "leaves no day on which to write to them"),
        (NIGHTS, None, "q", "give the person a timezone, such as Europe/Berlin"),
    ],
)
def test_a_problem_of_quiet_hours_states_where_and_what_to_write(
    quiet: dict[str, str], timezone: str | None, path: str, words: str
) -> None:
    (problem,) = quiet_problems(read(QuietHours, quiet), timezone, "q")
    assert problem.path == path
    assert words in problem.message


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (QuietHours, {"from": "8 pm"}, "from: write a time such as 20:00"),
        (QuietHours, {"days": "weekend"}, "days: write days such as sat-sun, or “fri, sun”"),
        (
            Away,
            {"from": "3.8.2026", "until": "2026-08-05"},
            "from: write a date such as 2026-08-03, or a moment such as",
        ),
        (
            Away,
            {"from": "2026-08-03", "until": "2026-08-05T12:00"},
            "until: write a date such as 2026-08-03, or a moment",
        ),
    ],
)
def test_what_has_not_the_shape_is_refused_with_an_example(kind: type, data: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(kind, data)
    assert str(refused.value).startswith(said)


SUMMER = Away(from_="2026-08-03", until="2026-08-14", delegate="ben")
AFTERNOON = Away(from_="2026-08-20T12:00:00+02:00", until="2026-08-20T16:00:00Z")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-08-02T23:59", None),
        ("2026-08-03T00:00", SUMMER),
        ("2026-08-14T23:59", SUMMER),  # the last day is one of them
        ("2026-08-15T00:00", None),
        ("2026-08-20T11:59", None),
        ("2026-08-20T12:00", AFTERNOON),
        ("2026-08-20T17:59", AFTERNOON),
        ("2026-08-20T18:00", None),  # a moment is the end itself
    ],
)
def test_dates_are_whole_days_and_moments_are_exact(moment: str, expected: Away | None) -> None:
    assert away_at((AFTERNOON, SUMMER), "Europe/Berlin", at(moment)) == expected


def test_a_day_of_absence_begins_where_the_person_is() -> None:
    assert back(SUMMER, "Asia/Kathmandu") == datetime(2026, 8, 14, 18, 15, tzinfo=UTC)
    assert back(SUMMER, None) == datetime(2026, 8, 15, tzinfo=UTC)
    assert away_at((SUMMER,), "America/New_York", at("2026-08-03T00:00", "Europe/Berlin")) is None


def away(begin: str, end: str) -> Away:
    return Away(from_=begin, until=end)


@pytest.mark.parametrize(
    ("periods", "timezone", "path", "words"),
    [
        ([("2026-08-14", "2026-08-03")], "UTC", "a[0].until", "2026-08-03 is not after from, 2026-08-14"),
        ([("2026-08-03T10:00:00Z", "2026-08-03T10:00:00Z")], "UTC", "a[0].until", "is not after from"),
        ([("2026-02-30", "2026-03-05")], "UTC", "a[0].from", "“2026-02-30” does not exist; write a date such as"),
        ([("2026-02-20", "2026-02-20T24:61:00Z")], "UTC", "a[0].until", "does not exist"),
        ([("2026-08-03", "2026-08-14")], None, "a[0]", "give the person a timezone"),
        ([("2026-08-10", "2026-08-20"), ("2026-08-03", "2026-08-10")], "UTC", "a[0]", "overlaps a[1]"),
        ([("2026-08-01", "2026-08-09"), ("2026-08-09T23:59:00-04:00", "2026-08-11T00:00:00Z")],
         "America/New_York", "a[1]", "overlaps a[0]"),
        ([("2026-08-01", "2026-08-31"), ("2026-08-02", "2026-08-02"), ("2026-08-05", "2026-08-06")],
         "UTC", "a[1]", "overlaps a[0]"),
        ([("2026-08-01", "2026-08-31"), ("2026-02-30", "2026-02-02"), ("2026-08-05", "2026-08-06")],
         "UTC", "a[1].from", "does not exist"),
    ],
)  # fmt: skip
def test_a_problem_of_an_absence_names_it(
    periods: list[tuple[str, str]], timezone: str | None, path: str, words: str
) -> None:
    problem, *_ = away_problems(tuple(away(*one) for one in periods), timezone, "a")
    assert problem.path == path
    assert words in problem.message


def test_each_period_within_a_longer_one_is_named() -> None:
    periods = (away("2026-08-01", "2026-08-31"), away("2026-08-02", "2026-08-02"), away("2026-08-05", "2026-08-06"))
    problems = away_problems(periods, "Europe/Berlin", "a")
    assert [problem.message.partition(";")[0] for problem in problems] == ["overlaps a[0]", "overlaps a[0]"]


def test_periods_that_follow_each_other_and_moments_without_a_time_zone_are_fine() -> None:
    weeks = (away("2026-08-10", "2026-08-16"), away("2026-08-03", "2026-08-09"), away("2026-08-17", "2026-08-17"))
    assert list(away_problems(weeks, "Europe/Berlin", "a")) == []
    assert list(away_problems((AFTERNOON,), None, "a")) == []
