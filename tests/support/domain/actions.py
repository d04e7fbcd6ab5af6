"""An approval by Ana and Ben, and the actions on it."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from approvals.domain.calendar.absence import Away
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People, Reach
from approvals.domain.lifecycle.questions import ask_question
from approvals.domain.lifecycle.reassign import reassign
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import NOW, an_approval, by

SOON = NOW + timedelta(minutes=5)
PEOPLE = {
    name: Person(id=name, name=name.title(), email=f"{name}@example.com", timezone="UTC")
    for name in ("ana", "ben", "cleo", "dan", "rhea")
}
DIRECTORY = Directory(people=PEOPLE)
BOTH = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben"), need=2),)),))
IN_TURN = Policy(
    stages=(
        Stage(name="Finance", groups=(Group(from_=("ana",)),)),
        Stage(name="Legal", groups=(Group(from_=("ben",)),)),
    )
)
HOUR = timedelta(hours=1)


def opened(policy: Policy = BOTH, directory: Directory = DIRECTORY, **changes: Any) -> Approval:
    return an_approval(**{"policy": policy, "directory": directory, "requester": "rhea", **changes})


def away(*names: str, delegate: str | None = None, until: str = "2026-03-20T00:00:00Z") -> Directory:
    away = Away(from_="2026-03-01T00:00:00Z", until=until, delegate=delegate)
    return replace(DIRECTORY, people={**PEOPLE, **{name: replace(PEOPLE[name], away=(away,)) for name in names}})


def done(change: Change | None) -> Approval:
    assert change is not None
    return change.approval


def notices(change: Change | None) -> list[tuple[str, str]]:
    assert change is not None
    return [(m.event, m.to) for m in change.messages if isinstance(m, Notice)]


def given(
    approval: Approval, to: str = "cleo", *, reviewer: int = 0, directory: Directory = DIRECTORY, **more: Any
) -> Change:
    arguments = {"now": SOON, **more}
    people = People(directory=directory, reach=arguments.pop("reach", Reach()))
    actor = by(arguments.pop("actor", "ana"))
    return reassign(approval, reviewer=reviewer, to=to, people=people, actor=actor, **arguments)


def asked_of(
    approval: Approval, text: str = "Which order?", *, reviewer: int = 0, directory: Directory = DIRECTORY
) -> Change | None:
    return ask_question(
        approval, reviewer=reviewer, text=text, people=People(directory=directory), actor=by(), now=SOON
    )
