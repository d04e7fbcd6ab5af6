"""The JSON Schema of calendars, quiet hours and absences, as editors of the directory file get it."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest

from approvals.domain.calendar.absence import Away
from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours

KINDS = (Calendar, QuietHours, Away)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_states_what_it_is_for(kind: type[msgspec.Struct]) -> None:
    shape = msgspec.json.schema(kind)["$defs"][kind.__name__]
    assert shape["description"]
    assert all(field.get("description") for field in shape["properties"].values())


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (
            Calendar,
            {"timezone": "UTC", "hours": {"mon-fri": ["09:00-12:00", "13:00-24:00"], "sat, sun": "10:00-14:00"}},
        ),
        (Calendar, {"timezone": "UTC", "hours": {"mon": []}, "holidays": ["2026-12-25"]}),
        (QuietHours, {"from": "20:00", "to": "7:00", "days": "sat-sun"}),
        (Away, {"from": "2026-08-03", "until": "2026-08-14T12:00:00+02:00", "delegate": "ben"}),
    ],
)
def test_what_is_right_is_valid(kind: type[msgspec.Struct], data: dict[str, Any]) -> None:
    jsonschema_rs.validate(msgspec.json.schema(kind), data)
    msgspec.convert(data, kind)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Calendar, {"timezone": "UTC", "hours": {}}),
        (Calendar, {"timezone": "UTC", "hours": {"monday": "09:00-12:00"}}),
        (Calendar, {"timezone": "UTC", "hours": {"mon": "9-12"}}),
        (Calendar, {"hours": {"mon": "09:00-12:00"}}),
        (QuietHours, {"from": "8 pm"}),
        (Away, {"from": "2026-08-03"}),
        (Away, {"from": "3.8.2026", "until": "2026-08-14"}),
    ],
)
def test_what_is_wrong_is_not(kind: type[msgspec.Struct], data: dict[str, Any]) -> None:
    assert not jsonschema_rs.is_valid(msgspec.json.schema(kind), data)
