"""Points in time as people read them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.presentation.moments import (
    clock_time,
    day,
    exact_moment,
    local_moment,
    moment,
    moment_for,
    row_moment,
    weekday,
)

AT = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 9, 8, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "text"),
    [
        (None, "Mon 2 Mar 2026, 16:30 UTC"),
        ("UTC", "Mon 2 Mar 2026, 16:30 UTC"),
        ("Europe/Berlin", "Mon 2 Mar 2026, 17:30 (Europe/Berlin, 16:30 UTC)"),
        ("Asia/Tokyo", "Tue 3 Mar 2026, 01:30 (Asia/Tokyo, Mon 16:30 UTC)"),
        ("Asia/Kathmandu", "Mon 2 Mar 2026, 22:15 (Asia/Kathmandu, 16:30 UTC)"),
    ],
)
def test_a_moment_is_on_the_persons_clock_with_utc_beside_it(timezone: str | None, text: str) -> None:
    assert moment_for(AT, timezone) == text


@settings(deadline=None)
@given(at=st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1900 < at.year < 2200))
def test_the_time_in_utc_is_always_there(at: datetime) -> None:
    assert f"{at:%H:%M} UTC" in moment_for(at, "America/St_Johns")
    assert moment_for(at, "UTC") == moment(at)


def test_a_moment_reads_in_utc_to_the_second_in_a_time_zone_in_a_row_and_on_a_clock() -> None:
    assert exact_moment(MORNING) == "2026-03-09 08:05:07 UTC"
    assert moment(MORNING) == "Mon 9 Mar 2026, 08:05 UTC"
    assert local_moment(MORNING, "UTC") == "Monday, 9 March 2026, 08:05 UTC"
    assert local_moment(MORNING, "Europe/Berlin") == "Monday, 9 March 2026, 09:05 (Europe/Berlin)"
    assert row_moment(MORNING, "Europe/Berlin") == "Mon  9 Mar 2026, 09:05"
    assert clock_time(MORNING) == "08:05:07"


def test_a_day_reads_with_and_without_its_weekday() -> None:
    assert (day(date(2026, 3, 9)), weekday(date(2026, 3, 9))) == ("9 March 2026", "Monday, 9 March 2026")
