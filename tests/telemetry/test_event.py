from datetime import UTC, datetime

from approvals.telemetry.event import Event, Name, observed_by


def test_each_name_has_a_sentence_of_documentation() -> None:
    assert [name for name in Name if not name.documentation.endswith(".")] == []


def test_all_observers_are_told_in_order() -> None:
    seen: list[tuple[str, str]] = []
    observe = observed_by([lambda e: seen.append(("first", e.name)), lambda e: seen.append(("second", e.name))])
    observe(Event(name=Name.OPENED, at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert seen == [("first", "opened"), ("second", "opened")]
