"""On behalf: what an operator or an API key does for a reviewer is theirs in every record, and the reviewer is told."""

from typing import Any

import pytest

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People, Reach
from approvals.domain.lifecycle.actions import claim
from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.notices import pointless
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.lifecycle.questions import ask_question
from approvals.domain.lifecycle.reassign import reassign
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Change
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import AnsweredForYou
from approvals.domain.model.policy import ASSURANCES, Assurance, Group, Policy, Stage
from approvals.domain.model.reasons import NeedsProof, OnBehalfForbidden
from approvals.domain.problems import Invalid
from tests.builders import BY_LINK, NOW, an_approval, decided

ROOT = Actor(via="command", id="command:root", facts={"operator": "command:root"})
DEPLOYER = Actor(via="api", id="key:deployer", facts={"caller": "key:deployer"})
PEOPLE = {name: Person(id=name, name=name.title(), email=f"{name}@example.com") for name in ("ana", "ben", "cleo")}
DIRECTORY = Directory(people=PEOPLE)


def an_open(*, need: int = 2, quiet: bool = False, directory: Directory = DIRECTORY, **policy: Any) -> Approval:
    stage = Stage(groups=(Group(from_=("ana", "ben"), need=need),), quiet=quiet, notify=("mail:team@example.com",))
    anywhere = Deployment(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="signin"))
    return an_approval(directory=directory, deployment=anywhere, policy=Policy(stages=(stage,), **policy))


def answered(approval: Approval, option: str = "approve", *, reviewer: int = 1, actor: Actor = ROOT) -> Change | None:
    assurance: Assurance = "operator" if actor.on_behalf else "link"
    answer = Answer(option=option)
    return decide(approval, reviewer=reviewer, answer=answer, actor=actor, assurance=assurance, now=NOW)


def changed(change: Change | None) -> Change:
    assert change is not None
    return change


def told(change: Change) -> list[Notice]:
    return [m for m in change.messages if isinstance(m, Notice) and isinstance(m.about, AnsweredForYou)]


class TestAnswers:
    @pytest.mark.parametrize("actor", [ROOT, DEPLOYER], ids=["command", "api"])
    def test_the_decision_and_the_trail_name_who_gave_it_and_for_whom(self, actor: Actor) -> None:
        change = changed(answered(an_open(), actor=actor))
        assert change.decision is not None
        assert (change.decision.assurance, change.decision.operator) == ("operator", actor.id)
        assert not change.decision.own
        assert (change.note.actor, change.note.facts["for"]) == (actor.id, "ben")

    def test_an_answer_of_their_own_names_nobody_else(self) -> None:
        change = changed(answered(an_open(), actor=BY_LINK))
        assert change.decision is not None
        assert (change.decision.assurance, change.decision.operator, change.decision.own) == ("link", None, True)
        assert (change.note.actor, "for" in change.note.facts) == ("ben", False)
        assert told(change) == []

    def test_the_outcome_names_the_operator_beside_the_reviewer(self) -> None:
        outcome = changed(answered(decided(an_open()))).approval.outcome
        assert outcome is not None
        ana, ben = outcome.decided_by
        assert (ana.by, ana.on_behalf_of, ana.assurance) == (None, None, "link")
        assert (ben.reviewer, ben.on_behalf_of, ben.by, ben.assurance) == ("ben", "ben", "command:root", "operator")

    @pytest.mark.parametrize("need", [1, 2], ids=["settled by it", "still open"])
    @pytest.mark.parametrize("quiet", [False, True])
    def test_the_person_is_told_at_once_also_in_a_quiet_step(self, need: int, quiet: bool) -> None:
        change = changed(answered(an_open(need=need, quiet=quiet)))
        [notice] = told(change)
        assert (notice.channel, notice.to, notice.audience) == ("mail", "ben@example.com", ForReviewer(1))
        assert not pointless(notice, change.approval)

    def test_the_person_is_told_at_once_also_in_their_quiet_hours(self) -> None:
        asleep = QuietHours(from_="00:00", to="23:59")
        people = {**PEOPLE, "ben": Person(id="ben", email="ben@example.com", quiet_hours=asleep)}
        [notice] = told(changed(answered(an_open(directory=Directory(people=people)))))
        assert notice.not_before is None

    def test_nobody_is_told_any_more_once_they_have_answered_themselves(self) -> None:
        first = changed(answered(an_open()))
        [notice] = told(first)
        assert pointless(notice, changed(answered(first.approval, actor=BY_LINK)).approval)


class TestChanging:
    def test_the_person_may_confirm_or_change_what_was_answered_for_them(self) -> None:
        approval = changed(answered(an_open())).approval
        for option in ("approve", "reject"):
            own = changed(answered(approval, option, actor=BY_LINK))
            assert own.approval.latest()[1] == own.decision
            assert own.decision is not None
            assert own.decision.own

    def test_the_same_answer_by_an_operator_takes_nothing_from_their_own(self) -> None:
        assert answered(changed(answered(an_open(), actor=BY_LINK)).approval) is None
        assert answered(changed(answered(an_open())).approval, actor=DEPLOYER) is None


class TestPolicy:
    @pytest.mark.parametrize("assurance", ASSURANCES)
    def test_an_operator_answers_where_a_link_would_be_enough_and_nowhere_else(self, assurance: Assurance) -> None:
        approval = an_open(assurance=assurance)
        if assurance in ("operator", "link"):
            assert changed(answered(approval)).decision
            return
        with pytest.raises(Refused) as refused:
            answered(approval)
        assert refused.value.reason == NeedsProof(assurance)

    def test_a_policy_can_forbid_it_and_takes_their_own_answers(self) -> None:
        approval = an_open(on_behalf=False)
        for actor in (ROOT, DEPLOYER):
            with pytest.raises(Refused) as refused:
                answered(approval, actor=actor)
            assert refused.value.reason == OnBehalfForbidden()
        assert changed(answered(approval, actor=BY_LINK)).decision

    def test_a_policy_that_asks_for_an_operator_and_forbids_them_is_refused(self) -> None:
        with pytest.raises(Invalid, match="contradicts “assurance: operator”") as invalid:
            an_open(assurance="operator", on_behalf=False)
        assert [problem.path for problem in invalid.value.problems] == ["policy.onBehalf"]


class TestActions:
    def test_a_claim_names_the_operator_until_the_reviewer_makes_it_their_own(self) -> None:
        change = changed(claim(an_open(), reviewer=1, actor=ROOT, now=NOW))
        assert change.approval.actions.claim is not None
        assert change.approval.actions.claim.operator == "command:root"
        assert (change.note.actor, change.note.facts["for"]) == ("command:root", "ben")
        assert claim(change.approval, reviewer=1, actor=DEPLOYER, now=NOW) is None
        own = changed(claim(change.approval, reviewer=1, actor=BY_LINK, now=NOW)).approval
        assert own.actions.claim is not None
        assert own.actions.claim.operator is None
        released = changed(claim(change.approval, reviewer=1, actor=BY_LINK, now=NOW, release=True)).approval
        assert released.actions.claim is None

    def test_a_question_names_the_key_that_asked_it(self) -> None:
        change = changed(_asked(an_open(), DEPLOYER))
        assert change.approval.actions.questions[0].operator == "key:deployer"
        assert (change.note.actor, change.note.facts["for"]) == ("key:deployer", "ben")
        assert changed(_asked(an_open(), BY_LINK)).approval.actions.questions[0].operator is None

    @pytest.mark.parametrize(("actor", "events"), [(DEPLOYER, ["asked", "informed"]), (BY_LINK, ["asked"])])
    def test_a_reviewer_whose_seat_a_key_reassigns_is_told(self, actor: Actor, events: list[str]) -> None:
        change = _reassigned(an_open(), actor)
        assert [m.event for m in change.messages if isinstance(m, Notice)] == events
        assert change.note.actor == (actor.id or "ben")

    @pytest.mark.parametrize("act", ["claim", "ask", "reassign"])
    def test_none_of_them_is_taken_on_behalf_where_the_policy_forbids_it(self, act: str) -> None:
        approval = an_open(on_behalf=False)
        acts: dict[str, Any] = {
            "claim": lambda actor: claim(approval, reviewer=1, actor=actor, now=NOW),
            "ask": lambda actor: _asked(approval, actor),
            "reassign": lambda actor: _reassigned(approval, actor),
        }
        with pytest.raises(Refused) as refused:
            acts[act](DEPLOYER)
        assert refused.value.reason == OnBehalfForbidden()
        assert acts[act](BY_LINK)

    def test_an_operator_reassigns_a_seat_also_there(self) -> None:
        assert _reassigned(an_open(on_behalf=False), ROOT, operator=True).note.actor == "command:root"


def _asked(approval: Approval, actor: Actor) -> Change | None:
    return ask_question(approval, reviewer=1, text="Why?", actor=actor, people=People(directory=DIRECTORY), now=NOW)


def _reassigned(approval: Approval, actor: Actor, *, operator: bool = False) -> Change:
    people = People(directory=DIRECTORY)
    return reassign(approval, reviewer=1, to="cleo", actor=actor, people=people, now=NOW, operator=operator)
