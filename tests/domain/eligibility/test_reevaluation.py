"""The reviewers who may answer: by the policy, the directory, absences, reassignments and earlier answers."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from approvals.domain.calendar.absence import Away
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.lifecycle.reassign import reassign
from approvals.domain.lifecycle.schedule import reevaluate
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.domain.model.reasons import AnsweredBy, AwayWithDelegate, IsRequester, Left, Reassigned, SamePerson
from approvals.domain.problems import Invalid
from tests.builders import NOW, advanced, an_approval, an_opening, by, decided

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_person(name: str, **more: Any) -> Person:
    return Person(id=name, name=name.title(), email=f"{name}@example.com", **more)


def a_directory(*people: Person, **groups: tuple[str, ...]) -> Directory:
    known = {name: a_person(name) for name in ("ana", "ben", "cat", "dee")}
    return Directory(people={**known, **{person.id: person for person in people}}, groups=groups)


def away(start: int, end: int, delegate: str | None = None) -> tuple[Away, ...]:
    """Away from so many hours after NOW until so many."""
    begin, back = (NOW + start * HOUR).isoformat(), (NOW + end * HOUR).isoformat()
    return (Away(from_=begin, until=back, delegate=delegate),)


def a_policy(*stages: Stage, **more: Any) -> Policy:
    return Policy(stages=stages, timeout=more.pop("timeout", "2d"), **more)


def of(*references: str, need: int | str = 1) -> Stage:
    return Stage(groups=(Group(from_=references, need=need),))


def eligible(approval: Approval) -> list[str]:
    return sorted(reviewer.id for reviewer in approval.eligible)


def opened(policy: Policy, directory: Directory) -> Approval:
    return an_approval(policy=policy, directory=directory, requester="rhea@example.com")


def judged(approval: Approval, directory: Directory, hours: float = 1) -> Approval:
    change = reevaluate(approval, NOW + hours * HOUR, people=People(directory=directory))
    return change.approval if change else approval


def test_the_delegate_answers_for_a_person_who_is_away_and_both_are_notified() -> None:
    directory = a_directory(a_person("ana", away=away(-1, 5, "ben")))
    change = an_opening(policy=a_policy(of("ana")), directory=directory, requester="rhea@example.com")
    approval = change.approval
    assert eligible(approval) == ["ben"]
    told = [(m.event, m.to) for m in change.messages if hasattr(m, "event")]
    assert told == [("asked", "ben@example.com"), ("informed", "ana@example.com")]
    assert may_answer(approval, 0) == AwayWithDelegate(until=NOW + 5 * HOUR, delegate="Ben")


def test_who_comes_back_answers_again_unless_the_delegate_has() -> None:
    directory = a_directory(a_person("ana", away=away(-1, 5, "ben")))
    waiting = opened(a_policy(of("ana", "cat", need=2)), directory)
    assert waiting.recheck_at == NOW + 5 * HOUR
    assert eligible(judged(waiting, directory, 6)) == ["ana", "cat"]
    ben = next(r.number for r in waiting.reviewers if r.id == "ben")
    answered = judged(decided(waiting, reviewer=ben, at=NOW + HOUR), directory, 6)
    assert eligible(answered) == ["ben", "cat"]
    assert may_answer(answered, 0) == AnsweredBy(name="Ben")


def test_delegates_of_delegates_stand_in_and_a_circle_leaves_nobody() -> None:
    chain = a_directory(a_person("ana", away=away(-1, 90, "ben")), a_person("ben", away=away(-1, 90, "cat")))
    assert eligible(opened(a_policy(of("ana")), chain)) == ["cat"]
    circle = a_directory(a_person("ana", away=away(-1, 90, "ben")), a_person("ben", away=away(-1, 90, "ana")))
    assert eligible(opened(a_policy(of("ana", "dee")), circle)) == ["dee"]


def test_a_person_who_is_away_without_a_delegate_is_asked_only_if_back_in_time() -> None:
    soon = a_directory(a_person("ana", away=away(-1, 5)))
    assert eligible(opened(a_policy(of("ana", "ben")), soon)) == ["ana", "ben"]
    late = a_directory(a_person("ana", away=away(-1, 500)))
    assert eligible(opened(a_policy(of("ana", "ben")), late)) == ["ben"]


def test_who_leaves_the_group_may_not_answer_and_who_joins_it_is_asked() -> None:
    approval = opened(a_policy(of("group:finance")), a_directory(finance=("ana", "ben")))
    change = reevaluate(
        approval,
        NOW + HOUR,
        people=People(
            directory=a_directory(finance=("ben", "cat")),
        ),
    )
    assert change is not None
    assert eligible(change.approval) == ["ben", "cat"]
    assert [m.to for m in change.messages if hasattr(m, "to")] == ["cat@example.com"]
    assert [reviewer.id for reviewer in change.reviewers] == ["cat"]
    assert may_answer(change.approval, 0) == Left()


def test_an_answer_stays_when_its_giver_leaves() -> None:
    approval = decided(opened(a_policy(of("group:finance", need=2)), a_directory(finance=("ana", "ben"))))
    after = judged(approval, a_directory(finance=("ben", "cat")))
    assert decided(after, reviewer=1, at=NOW + HOUR).status == "approved"


def test_a_person_who_gets_a_name_stays_one_person() -> None:
    approval = decided(opened(a_policy(of("ana@example.com", "ben@example.com", need=2)), Directory()))
    after = judged(approval, a_directory())
    assert [reviewer.id for reviewer in after.reviewers] == ["ana@example.com", "ben@example.com"]
    assert decided(after, reviewer=1, at=NOW + HOUR).status == "approved"


def test_two_addresses_found_to_be_one_person_count_once() -> None:
    approval = opened(a_policy(of("ana@example.com", "a.silva@example.com", "ben@example.com", need=2)), Directory())
    known = a_directory(a_person("ana", aliases=("a.silva@example.com",)))
    after = judged(approval, known)
    assert eligible(after) == ["ana@example.com", "ben@example.com"]
    assert may_answer(after, 1) is not None


def test_what_can_no_longer_be_approved_escalates_at_once() -> None:
    stage = msgspec.structs.replace(of("group:finance"), escalate=(Escalation(after="1d", to=("dee",)),))
    approval = opened(a_policy(stage), a_directory(finance=("ana",)))
    left = a_directory(finance=("ben",))
    gone = Directory(people=left.people)
    after = judged(approval, gone)
    assert after.next_action_at == NOW + HOUR
    change = advanced(after, NOW + HOUR, directory=gone)
    assert change is not None
    assert (change.note.event, eligible(change.approval)) == ("escalated", ["dee"])


def test_and_without_an_escalation_it_ends_with_the_reason() -> None:
    approval = opened(a_policy(of("group:finance")), a_directory(finance=("ana",)))
    gone = Directory(people=a_directory().people)
    change = advanced(judged(approval, gone), NOW + HOUR, directory=gone)
    assert change is not None
    assert change.approval.status == "cancelled"
    assert "can no longer be approved" in (change.approval.outcome.reason if change.approval.outcome else "")


def test_who_is_away_already_is_reported_when_nobody_is_left() -> None:
    directory = a_directory(a_person("ana", away=away(-1, 500)))
    with pytest.raises(Invalid, match="Ana is away until"):
        opened(a_policy(of("ana")), directory)


def test_an_escalation_lets_more_people_answer_without_asking_for_more() -> None:
    stage = msgspec.structs.replace(of("ana", "ben", need="all"), escalate=(Escalation(after="1h", to=("dee",)),))
    directory = a_directory()
    approval = decided(opened(a_policy(stage), directory))
    change = advanced(approval, NOW + HOUR, directory=directory)
    assert change is not None
    assert decided(change.approval, reviewer=2, at=NOW + HOUR).status == "approved"


def test_a_place_that_was_handed_on_is_the_takers_and_stays_so() -> None:
    directory = a_directory()
    approval = opened(a_policy(of("ana", "ben", need="all")), directory)
    change = reassign(approval, reviewer=0, to="cat", actor=by("ana"), people=People(directory=directory), now=NOW)
    assert eligible(change.approval) == ["ben", "cat"]
    assert eligible(judged(change.approval, directory)) == ["ben", "cat"]
    assert may_answer(change.approval, 0) == Reassigned(to="Cat")


def test_a_place_stays_the_takers_when_its_giver_answers_from_somebody_elses() -> None:
    directory = a_directory()
    stage = Stage(groups=(Group(from_=("ana", "ben", "cat")),), reject=3)
    approval = opened(a_policy(stage), directory)
    for reviewer, to in ((2, "dee"), (1, "cat")):
        change = reassign(
            approval, reviewer=reviewer, to=to, actor=by("x"), people=People(directory=directory), now=NOW
        )
        approval = change.approval
    assert eligible(approval) == ["ana", "cat", "dee"]
    answered = decided(approval, reviewer=2, option="reject")
    assert eligible(judged(answered, directory)) == ["ana", "cat", "dee"]


def test_nothing_is_written_where_nothing_has_changed() -> None:
    directory = a_directory(a_person("ana", away=away(20, 30, "ben")), finance=("ana", "cat"))
    approval = opened(a_policy(of("group:finance")), directory)
    assert reevaluate(approval, NOW + HOUR, people=People(directory=directory)) is None


def test_two_who_have_answered_and_turn_out_to_be_one_count_once() -> None:
    approval = opened(a_policy(of("ana@example.com", "a2@example.com", "ben@example.com", need=3)), Directory())
    both = decided(decided(approval, reviewer=0), reviewer=1)
    after = judged(both, a_directory(a_person("ana", aliases=("a2@example.com",))))
    assert after.next_action_at == NOW + HOUR, "it can no longer be approved, and does not wait"
    assert may_answer(after, 1) == SamePerson()
    assert decided(after, reviewer=2, at=NOW + HOUR, option="approve").status == "pending"


def test_two_rejections_of_one_human_are_one() -> None:
    stage = Stage(groups=(Group(from_=("ana@example.com", "a2@example.com", "ben@example.com")),), reject=3)
    approval = decided(
        decided(opened(a_policy(stage), Directory()), reviewer=0, option="reject"), reviewer=1, option="reject"
    )
    after = judged(approval, a_directory(a_person("ana", aliases=("a2@example.com",))))
    assert decided(after, reviewer=2, at=NOW + HOUR, option="reject").status == "pending"


def test_who_turns_out_to_ask_for_it_has_not_answered() -> None:
    approval = decided(
        opened(a_policy(of("boss@example.com", "ben@example.com", "cat@example.com", need=2)), Directory())
    )
    rhea = Person(id="rhea", name="Rhea", email="rhea@example.com", aliases=("boss@example.com",))
    after = judged(approval, Directory(people={"rhea": rhea}))
    assert may_answer(after, 0) == IsRequester()
    assert decided(after, reviewer=1, at=NOW + HOUR).status == "pending"
    assert decided(decided(after, reviewer=1, at=NOW + HOUR), reviewer=2, at=NOW + HOUR).status == "approved"
