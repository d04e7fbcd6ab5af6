"""Reassigning a seat: to whom, how often, and who may answer then."""

import pytest
from msgspec.structs import replace

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People, Reach
from approvals.domain.eligibility.reevaluation import with_current_reviewers
from approvals.domain.lifecycle.actions import claim
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.lifecycle.reassign import MOST_REASSIGNMENTS, may_reassign
from approvals.domain.lifecycle.schedule import reevaluate
from approvals.domain.model.action_state import ActionState, Reassignment
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.problems import Invalid
from tests.builders import an_opening, by, decided
from tests.support.domain.actions import BOTH, DIRECTORY, IN_TURN, SOON, away, done, given, notices, opened


class TestReassign:
    def test_the_place_and_the_asking_go_to_somebody_else(self) -> None:
        change = given(opened())
        approval = change.approval
        cleo = approval.reviewer("cleo")
        assert cleo is not None
        assert [r.id for r in approval.eligible] == ["ben", "cleo"]
        assert (cleo.number, cleo.instead_of, change.reviewers) == (2, (0,), (cleo,))
        assert notices(change) == [("asked", "cleo@example.com")]
        assert change.note.facts == {"from": "ana", "to": "cleo", "via": "link"}
        with pytest.raises(Refused, match=r"Reassigned\(to='Cleo'\)"):
            claim(approval, reviewer=0, actor=by(), now=SOON)
        after = decided(decided(approval, reviewer=1, at=SOON), reviewer=2, at=SOON)
        assert after.status == "approved"

    @pytest.mark.parametrize(
        ("to", "why"),
        [
            ("rhea", "asks for it"), ("RHEA@example.com", "asks for it"), ("Rhea <rhea@example.com>", "asks for it"),
            ("ana", "is asked already"), ("ben@example.com", "is asked already"),
            ("zoe@example.com", "not among the people"),
            ("zoe", "not among the people"), ("", "not among the people"), ("group:all", "not among the people"),
            ("a\0b", "not among the people"), ("slack:U024BE7LH", "not among the people"),
        ],
    )  # fmt: skip
    def test_not_to_the_requester_nor_to_whom_nobody_knows(self, to: str, why: str) -> None:
        with pytest.raises(Invalid, match=why):
            given(opened(), to)

    def test_what_the_policy_states_about_it(self) -> None:
        with pytest.raises(Refused, match="ReassignForbidden"):
            given(opened(replace(BOTH, reassign="nobody")))
        anyone = opened(replace(BOTH, reassign="anyone"))
        assert notices(given(anyone, "zoe@example.net")) == [("asked", "zoe@example.net")]
        with pytest.raises(Invalid, match="neither an address nor a known person"):
            given(anyone, "zoe")
        with pytest.raises(Invalid, match="no address that can be written to"):
            given(anyone, "slack:U024BE7LH")
        assert [may_reassign(a, d) for a, d in [(anyone, Directory()), (opened(), DIRECTORY)]] == [True, True]
        assert not may_reassign(opened(), Directory())
        assert not may_reassign(opened(replace(BOTH, reassign="nobody")), DIRECTORY)

    def test_by_a_link_that_is_not_proof_enough_to_answer_no_place_is_given_on(self) -> None:
        """Else whoever found it would give the place to somebody who can answer in Slack: to themselves."""
        reach = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
        approval = opened(replace(BOTH, assurance="slack"), deployment=Deployment(reach=reach))
        with pytest.raises(Refused, match="ReassignNeedsOperator"):
            given(approval, reach=reach)
        assert not may_reassign(approval, DIRECTORY)
        assert given(approval, reach=reach, operator=True).note.event == "handedOver"

    def test_an_operator_may_give_it_to_anybody_and_the_giver_learns_of_it(self) -> None:
        change = given(opened(replace(BOTH, reassign="nobody")), "zoe@example.net", operator=True, actor="key:ops")
        assert notices(change) == [("asked", "zoe@example.net"), ("informed", "ana@example.com")]
        with pytest.raises(Invalid, match="asks for it"):
            given(opened(), "rhea", operator=True)

    def test_an_operator_may_give_away_the_place_of_a_later_stage(self) -> None:
        approval = given(opened(IN_TURN), reviewer=1, operator=True).approval
        assert [r.id for r in approval.eligible] == ["ana"]
        assert [r.id for r in decided(approval, at=SOON).eligible] == ["cleo"]
        with pytest.raises(Refused, match="EarlierStepOpen"):
            given(opened(IN_TURN), reviewer=1)

    def test_twice_and_back_and_each_is_asked_again(self) -> None:
        to_cleo = given(opened())
        to_dan = given(to_cleo.approval, "dan", reviewer=2)
        back = given(to_dan.approval, "ana", reviewer=3)
        assert [notices(c) for c in (to_cleo, to_dan, back)] == [
            [("asked", f"{name}@example.com")] for name in ("cleo", "dan", "ana")
        ]
        assert [r.id for r in back.approval.eligible] == ["ana", "ben"]
        ana = back.approval.reviewers[0]
        assert (ana.why_not, 0 in ana.instead_of) == (None, False)
        again = given(back.approval, "cleo")
        assert [r.id for r in again.approval.eligible] == ["ben", "cleo"]
        keys = [
            (m.about.key, m.to) for c in (to_cleo, to_dan, back, again) for m in c.messages if isinstance(m, Notice)
        ]
        assert len(keys) == len(set(keys)), "no two are the same notice"

    def test_there_is_an_end_to_it(self) -> None:
        many = tuple(Reassignment(reviewer=0, to="dan", stage=9) for _ in range(MOST_REASSIGNMENTS))
        with pytest.raises(Refused, match=r"TooManyReassignments\(most=50\)"):
            given(opened(actions=ActionState(reassignments=many)))

    def test_an_answer_cannot_be_handed_on_and_nobody_answers_twice(self) -> None:
        answered = decided(opened(), at=SOON)
        with pytest.raises(Refused, match="AnsweredAlready"):
            given(answered)
        with pytest.raises(Invalid, match="is asked already"):
            given(answered, "ana", reviewer=1)
        with pytest.raises(Invalid, match="has answered already, and one person counts once"):
            given(decided(opened(IN_TURN), at=SOON), "ana", reviewer=1)

    def test_it_cannot_leave_too_few(self) -> None:
        stages = (Stage(groups=(Group(from_=("ana",)),)), Stage(name="b", groups=(Group(from_=("ben",)),)))
        with pytest.raises(Invalid, match="too few people"):
            given(opened(Policy(stages=stages)), "ben")

    def test_who_is_away_has_their_delegate_take_it_or_it_is_refused(self) -> None:
        approval = given(opened(), directory=away("cleo", delegate="dan")).approval
        assert [r.id for r in approval.eligible] == ["ben", "dan"]
        for directory in (away("cleo"), away("cleo", delegate="rhea")):
            with pytest.raises(Invalid, match="is away, and nobody answers for them"):
                given(opened(), directory=directory)

    def test_a_delegate_may_hand_on_what_they_answer_for(self) -> None:
        directory = away("ana", delegate="cleo")
        approval = opened(directory=directory)
        cleo = approval.reviewer("cleo")
        assert cleo is not None
        change = given(approval, "dan", reviewer=cleo.number, directory=directory)
        dan = change.approval.reviewer("dan")
        assert dan is not None
        assert [r.id for r in change.approval.eligible] == ["ben", "dan"]
        assert 0 in dan.instead_of
        assert with_current_reviewers(change.approval, people=People(directory=directory), now=SOON) == change.approval

    def test_it_stays_when_who_may_answer_is_evaluated_again(self) -> None:
        approval = given(opened()).approval
        assert reevaluate(approval, SOON, people=People(directory=DIRECTORY)) is None


def test_who_comes_back_is_asked_again_and_by_another_notice() -> None:
    approval = opened()
    left = reevaluate(approval, SOON, people=People(directory=away("ana", delegate="cleo")))
    back = reevaluate(done(left), SOON, people=People(directory=DIRECTORY))
    gone = reevaluate(done(back), SOON, people=People(directory=away("ana", delegate="cleo")))
    assert notices(left) == [("asked", "cleo@example.com"), ("informed", "ana@example.com")]
    assert notices(back) == [("asked", "ana@example.com")]
    assert notices(gone) == notices(left)
    opening = an_opening(policy=BOTH, directory=DIRECTORY, requester="rhea").messages
    first = [m for m in opening if isinstance(m, Notice)]
    every = [*first, *(m for change in (left, back, gone) if change for m in change.messages if isinstance(m, Notice))]
    keys = [(m.about.key, m.to) for m in every]
    assert len(keys) == len(set(keys))
