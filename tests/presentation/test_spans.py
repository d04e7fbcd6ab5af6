"""Lengths of time and working hours, as they are read."""

from datetime import timedelta

import msgspec
import pytest

from approvals.domain.calendar.business_hours import Calendar
from approvals.presentation.explain.calendars import length, weekly
from approvals.presentation.spans import roughly, span
from tests.support.domain.explanations import OFFICE


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "no time"), (1, "1 second"), (61, "1 minute 1 second"), (7200, "2 hours"), (90000, "1 day 1 hour")],
)
def test_a_span_reads(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.5, "a moment"), (59, "59 seconds"), (3661, "1 hour 1 minute"), (90061, "1 day 1 hour"), (172860, "2 days")],
)
def test_a_rough_span_reads(seconds: float, words: str) -> None:
    assert roughly(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("8h", "8 working hours"), ("1d", "1 working day"), ("P1W", "1 working week"), ("PT0S", "no time"),
        ("P1DT2H", "1 working day 2 working hours"), ("90m", "1 working hour 30 working minutes"),
    ],
)  # fmt: skip
def test_a_length_by_a_calendar_reads(text: str, words: str) -> None:
    assert length(text, msgspec.convert(OFFICE, Calendar)) == words


def test_hours_read_as_on_a_shop_door() -> None:
    assert weekly(msgspec.convert({**OFFICE, "hours": {**OFFICE["hours"], "sat": []}}, Calendar)) == (
        "Mon–Thu 09:00–12:00 and 13:00–17:00, Fri 09:00–15:00 (Europe/Berlin)"
    )
