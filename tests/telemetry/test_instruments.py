"""The instruments: plain names, bounded labels, and the page of the documentation that shows each of them."""

import re
from collections.abc import Iterator

import pytest

from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain, Unconfirmed
from approvals.telemetry.event import Event, Name, observed_by
from approvals.telemetry.instruments import (
    BY_NAME,
    DECISION_TIME,
    FIRST_VIEW,
    INSTRUMENTS,
    PAGE_ANSWERS,
    RUBBER_STAMPS,
    Instrument,
    Label,
)
from approvals.telemetry.meter import MOST_POLICIES, Meter
from tests.builders import NOW, a_submission
from tests.fakes import World
from tests.support.wheel import ROOT

ROW = re.compile(r"^\| `(?P<name>approvals_\w+)` \| (?P<rest>.*) \|$", re.MULTILINE)
MOST_SERIES = 120
"""Of one instrument without its buckets, and without a label for policies."""


def rows() -> dict[str, str]:
    text = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    return {found["name"]: found["rest"] for found in ROW.finditer(text)}


def described(one: Instrument) -> str:
    labels = ", ".join(f"`{label.name}`" for label in one.labels)
    return f"{one.kind} | {labels} | {f'`{one.emf}`' if one.emf else ''} | {one.help}."


def test_the_reference_shows_each_instrument_as_it_is() -> None:
    assert rows() == {one.name: described(one) for one in INSTRUMENTS}


@pytest.mark.parametrize("one", INSTRUMENTS, ids=lambda one: str(one.name))
def test_an_instrument_is_named_by_the_rules_of_prometheus(one: Instrument) -> None:
    assert one.name.endswith("_total") == (one.kind == "counter")
    assert one.name.endswith("_seconds") == (one.unit == "seconds")
    assert bool(one.buckets) == (one.kind == "histogram")
    assert not one.help.endswith(".")


def test_no_name_is_given_twice() -> None:
    emf = [one.emf for one in INSTRUMENTS if one.emf]
    assert (len(BY_NAME), len(set(emf))) == (len(INSTRUMENTS), len(emf))


def series(labels: tuple[Label, ...]) -> int:
    number = 1
    for label in labels:
        number *= len(label.values) + 1
    return number


def test_labels_take_few_values() -> None:
    unbounded = {label.name for one in INSTRUMENTS for label in one.labels if not label.values}
    assert unbounded == {"policy", "version", "python"}
    assert max(series(one.labels) for one in INSTRUMENTS) <= MOST_SERIES


def test_dimensions_of_cloudwatch_are_labels() -> None:
    for one in INSTRUMENTS:
        assert {name for names in one.emf_by for name in names} <= {label.name for label in one.labels}


def recorded(*events: Event) -> Iterator[tuple[str, float, tuple[str, ...]]]:
    found: list[tuple[str, float, tuple[str, ...]]] = []
    meter = Meter(lambda instrument, value, labels: found.append((instrument.name, value, labels)))
    for event in events:
        meter(event)
    return iter(found)


def answered(**facts: bool | float) -> Event:
    return Event(name=Name.DECIDED, at=NOW, channel="link", seconds=600.0, facts=facts)


def values(one: Instrument, *events: Event) -> list[float]:
    return [value for name, value, _ in recorded(*events) if name == one.name]


def test_an_answer_within_three_seconds_of_opening_the_page_is_a_rubber_stamp() -> None:
    events = [answered(secondsOnPage=2), answered(secondsOnPage=3), answered()]
    assert values(RUBBER_STAMPS, *events) == [1.0]
    assert values(PAGE_ANSWERS, *events) == [2.0, 3.0]


def test_the_first_view_is_that_of_the_page_on_which_the_first_answer_was_given() -> None:
    assert values(FIRST_VIEW, answered(secondsOnPage=60, first=True), answered(secondsOnPage=60)) == [540.0]


@pytest.mark.parametrize(
    ("outcome", "seconds", "found"),
    [("approved", 60.0, [60.0]), ("rejected", 60.0, [60.0]), ("expired", 60.0, []), ("approved", 0.0, [])],
)
def test_the_time_to_decision_is_that_of_people(outcome: str, seconds: float, found: list[float]) -> None:
    event = Event(name=Name.SETTLED, at=NOW, outcome=outcome, seconds=seconds, policy="refund")
    assert values(DECISION_TIME, event) == found


@pytest.mark.parametrize("policy", ["ana@example.com", "x" * 65, 'a"b', "https://example.com/r/link", ""])
def test_what_is_no_name_of_a_policy_becomes_other(policy: str) -> None:
    event = Event(name=Name.SETTLED, at=NOW, outcome="approved", seconds=1.0, policy=policy)
    assert ("approvals_decision_seconds", 1.0, ("other",)) in list(recorded(event))


def test_no_more_policies_are_named_than_a_hundred() -> None:
    events = [
        Event(name=Name.SETTLED, at=NOW, outcome="approved", seconds=1.0, policy=f"policy-{number}")
        for number in range(2 * MOST_POLICIES)
    ]
    named = {labels for name, _, labels in recorded(*events) if name == "approvals_decision_seconds"}
    assert len(named) == MOST_POLICIES + 1


POISON = "poison"
RESULTS: tuple[Result, ...] = (
    TryAgain(f"{POISON} is busy", kind=POISON), GivenUp(POISON, kind=POISON), Unconfirmed(POISON, kind=POISON),  # type: ignore[arg-type]
    Sent(POISON),
)  # fmt: skip


@pytest.mark.parametrize("result", RESULTS)
def test_nothing_that_a_person_or_a_workflow_wrote_is_in_a_label(world: World, result: Result) -> None:
    """A whole life: asked, reminded, refused, answered, sent, with poison in each value that others choose."""
    found: set[tuple[str, ...]] = set()
    meter = Meter(lambda instrument, _, labels: found.add((instrument.name, *labels)))
    inbox = f"{POISON}@example.com"
    asked = a_submission(
        task_token=POISON, title=POISON, details={POISON: POISON}, tags={POISON: POISON}, requester=f"r{inbox}",
        reviewers=(inbox,),
    )  # fmt: skip
    approval_id = world.gateway.submit(asked, caller=f"key:{POISON}").approval_id
    world.mail.results, world.callbacks.results = [result], [result]
    world.deliver_all()
    page = Actor(via="link", id=POISON, facts={"secondsOnPage": 1, POISON: POISON})
    with pytest.raises(Refused):
        world.gateway.decide(
            approval_id, reviewer=0, answer=Answer(option="approve"), actor=page, assurance="link", shown=POISON
        )
    world.gateway.ask_question(approval_id, reviewer=0, text=POISON, actor=page)
    world.clock.forward(minutes=1)
    answer = Answer(option="approve", comment=POISON)
    world.gateway.decide(approval_id, reviewer=0, answer=answer, actor=page, assurance="link")
    world.clock.forward(hours=1)
    world.deliver_all()
    observe = observed_by([meter], policies=lambda: ())
    for event in world.events:
        observe(event)
    counted = {name for name, *_ in found}
    assert {
        "approvals_rubber_stamps_total",
        "approvals_first_view_seconds",
        "approvals_answers_refused_total",
    } <= counted
    assert POISON not in str(found)
