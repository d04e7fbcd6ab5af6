"""Points in time as people read them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.presentation.moments import moment, moment_for

AT = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)


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
