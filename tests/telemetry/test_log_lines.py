"""One line for each event, at its level; failures that repeat are counted instead of repeated."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from approvals.telemetry.event import Event, Name
from approvals.telemetry.log_lines import Limiter, LogLines
from tests.builders import NOW


def failed(*, after: float = 0, reason: str = "denied", channel: str = "stepfunctions") -> Event:
    at = NOW + timedelta(seconds=after)
    return Event(name=Name.CALLBACK_RETRYING, at=at, lane="callback", channel=channel, reason=reason, attempts=3)


def lines(caplog: pytest.LogCaptureFixture, *events: Event) -> list[dict[str, Any]]:
    caplog.set_level(logging.INFO)
    observe = LogLines()
    for event in events:
        observe(event)
    return [vars(record) for record in caplog.records]


def test_a_line_has_the_fields_that_have_a_value(caplog: pytest.LogCaptureFixture) -> None:
    [line] = lines(caplog, Event(name=Name.SETTLED, at=NOW, approval_id="a1", outcome="approved", seconds=0.12345))
    said = {name: line[name] for name in ("event", "approval_id", "outcome", "seconds", "msg", "levelname")}
    assert said == {
        "event": "settled", "approval_id": "a1", "outcome": "approved", "seconds": 0.123,
        "msg": "the approval has an outcome", "levelname": "INFO",
    }  # fmt: skip
    assert "lane" not in line


def test_a_failure_is_a_warning_once_a_minute_with_the_number_of_others(caplog: pytest.LogCaptureFixture) -> None:
    found = lines(caplog, *(failed(after=second) for second in (0, 1, 30, 59.9, 60, 61)))
    assert [line["levelname"] for line in found] == ["WARNING", "WARNING"]
    assert [line.get("suppressed") for line in found] == [None, 3]


def test_failures_of_another_kind_are_not_held_back(caplog: pytest.LogCaptureFixture) -> None:
    found = lines(caplog, failed(), failed(reason="throttled"), failed(channel="mail"))
    assert [line["reason"] for line in found] == ["denied", "throttled", "denied"]


def test_what_happens_is_never_held_back(caplog: pytest.LogCaptureFixture) -> None:
    opened = Event(name=Name.OPENED, at=NOW)
    assert len(lines(caplog, opened, opened, opened)) == 3


def test_at_debug_level_each_failure_has_its_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    observe = LogLines()
    for second in range(3):
        observe(failed(after=second))
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "DEBUG"]


def test_a_limiter_counts_by_key() -> None:
    limit = Limiter(timedelta(seconds=10))
    assert [limit(("a",), at=NOW), limit(("b",), at=NOW), limit(("a",), at=NOW)] == [0, 0, None]
    assert limit(("a",), at=NOW + timedelta(seconds=10)) == 1
