from approvals.telemetry.event import Event, Name, observed_by
from tests.builders import NOW


def test_each_name_has_a_sentence_of_documentation() -> None:
    assert [name for name in Name if not name.documentation.endswith(".")] == []
    assert Name.SETTLED.message == "the approval has an outcome"


def test_all_observers_are_told_in_order() -> None:
    seen: list[tuple[str, str]] = []
    first, second = (lambda e: seen.append(("first", e.name))), (lambda e: seen.append(("second", e.name)))
    observed_by([first, second], policies=lambda: ())(Event(name=Name.OPENED, at=NOW))
    assert seen == [("first", "opened"), ("second", "opened")]


def test_policies_that_the_directory_does_not_name_have_one_label() -> None:
    seen: list[str] = []
    observe = observed_by([lambda event: seen.append(event.policy)], policies=lambda: {"known"})
    for policy in ("known", "ana@example.com", "inline", ""):
        observe(Event(name=Name.OPENED, at=NOW, policy=policy))
    assert seen == ["known", "inline", "inline", ""]
