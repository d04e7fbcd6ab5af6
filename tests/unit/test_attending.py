"""What people may do besides answering: who may, when, and what comes of it. Nothing of it decides anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from approvals.domain.absence import Away
from approvals.domain.approval import Approval, Change, Handover, Meanwhile
from approvals.domain.attending import claim, claimant, extend, nudge, nudgeable, withdraw
from approvals.domain.directory import Directory, Person
from approvals.domain.errors import AlreadySettled, Invalid, Refused
from approvals.domain.handing_over import MOST_HANDOVERS, hand_over, may_hand_over
from approvals.domain.inquiring import MOST_INQUIRIES, inquire, inquiry_of, reply
from approvals.domain.messages import REQUESTER, Callback, Notice
from approvals.domain.opening import Terms
from approvals.domain.policy import Group, Policy, Stage
from approvals.domain.quiet import QuietHours
from approvals.domain.reseating import reseated
from approvals.domain.schedule import reseat
from approvals.domain.seating import Reach
from tests.builders import NOW, an_approval, an_opening, decided

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
    arguments = {"actor": "ana", "reach": Reach(), "now": SOON, **more}
    return hand_over(approval, reviewer=reviewer, to=to, directory=directory, **arguments)


def asked_of(
    approval: Approval, text: str = "Which order?", *, reviewer: int = 0, directory: Directory = DIRECTORY
) -> Change | None:
    return inquire(approval, reviewer=reviewer, text=text, directory=directory, reach=Reach(), now=SOON)


VERBS: dict[str, Callable[[Approval, datetime], object]] = {
    "claim": lambda a, now: claim(a, reviewer=0, now=now),
    "release": lambda a, now: claim(a, reviewer=0, now=now, release=True),
    "extend": lambda a, now: extend(a, until=now + HOUR, actor="x", now=now),
    "hand over": lambda a, now: given(a, now=now),
    "nudge": lambda a, now: nudge(a, actor="x", now=now),
    "ask": lambda a, now: inquire(a, reviewer=0, text="?", directory=DIRECTORY, reach=Reach(), now=now),
    "reply": lambda a, now: reply(a, inquiry=0, text="!", actor="x", now=now),
    "withdraw": lambda a, now: withdraw(a, actor="x", reason="", now=now),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_what_is_settled_or_over_takes_nothing_any_more(verb: Callable[[Approval, datetime], object]) -> None:
    approval = opened()
    with pytest.raises(AlreadySettled):
        verb(approval, approval.deadline)
    with pytest.raises(AlreadySettled):
        verb(decided(approval, option="reject"), SOON)


@pytest.mark.parametrize("reviewer", [2, 99, REQUESTER])
def test_who_is_not_asked_cannot_attend(reviewer: int) -> None:
    approval = opened()
    attempts: tuple[Callable[[], object], ...] = (
        lambda: claim(approval, reviewer=reviewer, now=SOON), lambda: asked_of(approval, reviewer=reviewer),
        lambda: given(approval, reviewer=reviewer), lambda: nudge(approval, actor="x", now=SOON, reviewer=reviewer),
        lambda: extend(approval, until=SOON + HOUR, actor="x", now=SOON, reviewer=reviewer),
        lambda: given(approval, reviewer=reviewer, operator=True),
    )  # fmt: skip
    for attempt in attempts:
        with pytest.raises(Refused, match="not among the reviewers"):
            attempt()


class TestClaim:
    def test_it_is_noted_and_can_be_given_up_and_taken_over(self) -> None:
        first = claim(opened(), reviewer=0, now=SOON, facts={"via": "link"})
        assert first is not None
        assert (first.note.event, first.note.actor, first.note.facts) == ("claimed", "ana", {"via": "link"})
        assert first.messages == ()
        assert claim(first.approval, reviewer=0, now=SOON) is None
        assert claim(first.approval, reviewer=1, now=SOON, release=True) is None, "it is not theirs to give up"
        second = done(claim(first.approval, reviewer=1, now=SOON))
        assert claimant(second) == second.meanwhile.claim
        assert second.meanwhile.claim is not None
        assert second.meanwhile.claim.reviewer == 1
        released = claim(second, reviewer=1, now=SOON, release=True)
        assert released is not None
        assert (released.note.event, claimant(released.approval)) == ("released", None)

    def test_nobody_looks_at_it_any_more_once_they_have_answered_or_it_went_on(self) -> None:
        approval = done(claim(opened(), reviewer=0, now=SOON))
        assert claimant(decided(approval, reviewer=0, at=SOON)) is None
        assert claimant(decided(approval, reviewer=1, at=SOON)) is not None
        assert claimant(done(given(approval))) is None
        assert claimant(decided(approval, option="reject", reviewer=1, at=SOON)) is None

    def test_whose_turn_it_is_not_yet_cannot_claim(self) -> None:
        with pytest.raises(Refused, match="not your turn yet"):
            claim(opened(IN_TURN), reviewer=1, now=SOON)


class TestExtend:
    def test_the_deadline_and_what_is_due_move(self) -> None:
        approval = opened()
        change = extend(approval, until=approval.deadline + HOUR, actor="ana", now=SOON, reviewer=0)
        assert change is not None
        assert change.approval.deadline == change.approval.ends_at == approval.deadline + HOUR
        assert change.approval.next_action_at == approval.deadline + HOUR
        assert change.note.facts == {"from": approval.deadline, "until": approval.deadline + HOUR}
        assert extend(change.approval, until=approval.deadline + HOUR, actor="ana", now=SOON) is None

    def test_never_beyond_what_the_state_waits(self) -> None:
        approval = opened(replace(BOTH, timeout="10m"), timeout_seconds=3600)
        assert done(extend(approval, until=approval.latest_end, actor="x", now=SOON)).deadline < NOW + HOUR
        with pytest.raises(Invalid, match=r"until: must be at most .*: later the state no longer waits"):
            extend(approval, until=approval.latest_end + timedelta(microseconds=1), actor="x", now=SOON)

    def test_never_sooner(self) -> None:
        approval = opened()
        with pytest.raises(Invalid, match="until: must be after the deadline"):
            extend(approval, until=approval.deadline - timedelta(microseconds=1), actor="x", now=SOON)

    def test_in_a_stage_with_a_time_of_its_own_that_is_what_moves(self) -> None:
        stage = replace(BOTH.stages[0], timeout="1h", on_timeout="reject")
        approval = opened(Policy(stages=(stage,), timeout="2d"))
        after = done(extend(approval, until=NOW + 3 * HOUR, actor="x", now=SOON))
        assert (after.deadline, after.ends_at) == (NOW + 3 * HOUR, NOW + timedelta(days=2))


class TestNudge:
    def test_it_reminds_whoever_has_not_answered_and_not_the_one_who_does_it(self) -> None:
        approval = opened(replace(BOTH, stages=(Stage(groups=(Group(from_=("ana", "ben", "cleo"), need=3),)),)))
        approval = decided(approval, reviewer=2, at=SOON)
        assert notices(nudge(approval, actor="rhea", now=SOON)) == [
            ("reminded", "ana@example.com"),
            ("reminded", "ben@example.com"),
        ]
        by_ana = nudge(approval, actor="ana", now=SOON, reviewer=0, facts={"via": "link"})
        assert notices(by_ana) == [("reminded", "ben@example.com")]
        assert by_ana.note.facts == {"reviewers": ["ben"], "via": "link"}

    def test_once_in_an_hour(self) -> None:
        approval = nudge(opened(), actor="x", now=SOON).approval
        with pytest.raises(Refused, match=r"just been reminded\. Try again after 10:35 UTC"):
            nudge(approval, actor="x", now=SOON + HOUR - timedelta(seconds=1))
        again = nudge(approval, actor="x", now=SOON + HOUR)
        first = nudge(opened(), actor="x", now=SOON)
        counts = [m.count for change in (first, again) for m in change.messages if isinstance(m, Notice)]
        assert len(set(counts)) == 2, "the second reminder is no copy of the first"
        assert all(count < 0 for count in counts), "nor one of those by the schedule"

    def test_where_nobody_is_left_it_is_refused(self) -> None:
        alone = opened(Policy(stages=(Stage(groups=(Group(from_=("ana",)),)),)))
        with pytest.raises(Refused, match="Everybody else"):
            nudge(alone, actor="ana", now=SOON, reviewer=0)
        assert nudgeable(alone, reviewer=0) == ()
        quiet = opened(Policy(stages=(replace(BOTH.stages[0], quiet=True),)))
        with pytest.raises(Refused, match="Nobody is written to"):
            nudge(quiet, actor="x", now=SOON)

    def test_quiet_hours_are_kept(self) -> None:
        asleep = replace(PEOPLE["ben"], quiet_hours=QuietHours(from_="09:00", to="12:00"))
        directory = replace(DIRECTORY, people={**PEOPLE, "ben": asleep})
        [notice] = nudge(opened(directory=directory), actor="ana", now=SOON, reviewer=0).messages
        assert isinstance(notice, Notice)
        assert notice.not_before == datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestInquire:
    def test_the_requester_is_written_to_at_the_address_that_is_known_and_the_clock_runs_on(self) -> None:
        approval = opened()
        change = asked_of(approval, "  Which order?\n")
        assert change is not None
        [notice] = change.messages
        assert notice == Notice(event="inquired", channel="mail", to="rhea@example.com", reviewer=REQUESTER, count=1)
        assert (change.approval.deadline, change.approval.pending) == (approval.deadline, True)
        assert change.note.facts == {"text": "Which order?"}
        assert asked_of(change.approval) is None, "a double click asks once"
        assert len(done(asked_of(change.approval, reviewer=1)).meanwhile.inquiries) == 2

    @pytest.mark.parametrize(
        ("requester", "to"),
        [
            ("jo@example.net", ["jo@example.net"]),
            ("Jo Doe <jo@example.net>", ["jo@example.net"]),
            ("billing", []),
            (None, []),
        ],
    )
    def test_only_somebody_with_an_address_is_written_to(self, requester: str | None, to: list[str]) -> None:
        assert [address for _, address in notices(asked_of(opened(requester=requester)))] == to

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "is empty"),
            (" \n ", "is empty"),
            ("a\0b", "NUL"),
            ("x" * 2001, "at most 2000"),
            ("x" * 100_000, "this has 100000"),
        ],
    )
    def test_what_is_no_question_or_reply(self, text: str, why: str) -> None:
        with pytest.raises(Invalid, match=f"text: .*{why}"):
            asked_of(opened(), text)
        with pytest.raises(Invalid, match=f"text: .*{why}"):
            reply(done(asked_of(opened())), inquiry=0, text=text, actor="rhea", now=SOON)

    def test_there_is_an_end_to_questions(self) -> None:
        approval = opened()
        for number in range(MOST_INQUIRIES):
            approval = done(asked_of(approval, f"Question {number}"))
        with pytest.raises(Refused, match="20 questions already"):
            asked_of(approval, "one more")

    def test_a_reply_goes_to_whoever_asked_and_a_better_one_takes_its_place(self) -> None:
        approval = done(asked_of(done(asked_of(opened(), reviewer=1)), "And why?"))
        first = reply(approval, inquiry=0, text="1234", actor="rhea", now=SOON)
        assert notices(first) == [("replied", "ben@example.com")]
        better = reply(done(first), inquiry=0, text="12345", actor="rhea", now=SOON)
        assert done(better).meanwhile.inquiries[0].reply == "12345"
        assert done(better).meanwhile.inquiries[1].reply == ""
        assert reply(done(better), inquiry=0, text=" 12345 ", actor="rhea", now=SOON) is None
        for change in (first, better):
            assert change is not None
            [notice] = change.messages
            assert isinstance(notice, Notice)
            assert inquiry_of(notice, change.approval) == change.approval.meanwhile.inquiries[0]

    @pytest.mark.parametrize("inquiry", [-1, 1, 10**20])
    def test_a_question_that_was_not_asked_has_no_reply(self, inquiry: int) -> None:
        with pytest.raises(Invalid, match="inquiry: there is no such question"):
            reply(done(asked_of(opened())), inquiry=inquiry, text="x", actor="rhea", now=SOON)
        with pytest.raises(Invalid, match="inquiry: nothing was asked"):
            reply(opened(), inquiry=inquiry, text="x", actor="rhea", now=SOON)


class TestWithdraw:
    def test_it_is_cancelled_and_the_workflow_told_why(self) -> None:
        change = withdraw(opened(), actor="rhea", reason=" not needed ", now=SOON)
        assert (change.approval.status, change.note.event, change.note.facts) == (
            "cancelled",
            "withdrawn",
            {"reason": "not needed"},
        )
        [callback] = [m for m in change.messages if isinstance(m, Callback)]
        assert callback.error == "Approval.Cancelled"
        assert "withdrawn by rhea: not needed" in (callback.cause or "")
        assert notices(change) == [("settled", "ana@example.com"), ("settled", "ben@example.com")]

    @pytest.mark.parametrize("reason", ["a\0b", "x" * 501])
    def test_a_reason_that_cannot_be_kept(self, reason: str) -> None:
        with pytest.raises(Invalid, match="reason: "):
            withdraw(opened(), actor="rhea", reason=reason, now=SOON)


class TestHandOver:
    def test_the_place_and_the_asking_go_to_somebody_else(self) -> None:
        change = given(opened(), facts={"via": "link"})
        approval = change.approval
        cleo = approval.reviewer("cleo")
        assert cleo is not None
        assert [r.id for r in approval.eligible] == ["ben", "cleo"]
        assert (cleo.number, cleo.instead_of, change.reviewers) == (2, (0,), (cleo,))
        assert notices(change) == [("asked", "cleo@example.com")]
        assert change.note.facts == {"from": "ana", "to": "cleo", "via": "link"}
        with pytest.raises(Refused, match="handed on to Cleo"):
            claim(approval, reviewer=0, now=SOON)
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
    def test_not_to_whoever_asks_nor_to_whom_nobody_knows(self, to: str, why: str) -> None:
        with pytest.raises(Invalid, match=why):
            given(opened(), to)

    def test_what_the_policy_says_about_it(self) -> None:
        with pytest.raises(Refused, match="lets nobody"):
            given(opened(replace(BOTH, reassign="nobody")))
        anyone = opened(replace(BOTH, reassign="anyone"))
        assert notices(given(anyone, "zoe@example.net")) == [("asked", "zoe@example.net")]
        with pytest.raises(Invalid, match="neither an address nor a known person"):
            given(anyone, "zoe")
        with pytest.raises(Invalid, match="no address that can be written to"):
            given(anyone, "slack:U024BE7LH")
        assert [may_hand_over(a, d) for a, d in [(anyone, Directory()), (opened(), DIRECTORY)]] == [True, True]
        assert not may_hand_over(opened(), Directory())
        assert not may_hand_over(opened(replace(BOTH, reassign="nobody")), DIRECTORY)

    def test_by_a_link_that_is_not_proof_enough_to_answer_no_place_is_given_on(self) -> None:
        """Else whoever found it would give the place to somebody who can answer in Slack: to themselves."""
        reach = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
        approval = opened(replace(BOTH, assurance="slack"), terms=Terms(reach=reach))
        with pytest.raises(Refused, match="wants more proof"):
            given(approval, reach=reach)
        assert not may_hand_over(approval, DIRECTORY)
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
        with pytest.raises(Refused, match="not your turn"):
            given(opened(IN_TURN), reviewer=1)

    def test_twice_and_back_and_each_is_asked_anew(self) -> None:
        to_cleo = given(opened())
        to_dan = given(to_cleo.approval, "dan", reviewer=2)
        back = given(to_dan.approval, "ana", reviewer=3)
        assert [notices(c) for c in (to_cleo, to_dan, back)] == [
            [("asked", f"{name}@example.com")] for name in ("cleo", "dan", "ana")
        ]
        assert [r.id for r in back.approval.eligible] == ["ana", "ben"]
        ana = back.approval.reviewers[0]
        assert (ana.why_not, 0 in ana.instead_of) == ("", False)
        again = given(back.approval, "cleo")
        assert [r.id for r in again.approval.eligible] == ["ben", "cleo"]
        keys = [(m.count, m.to) for c in (to_cleo, to_dan, back, again) for m in c.messages if isinstance(m, Notice)]
        assert len(keys) == len(set(keys)), "no two are the same notice"

    def test_there_is_an_end_to_it(self) -> None:
        many = tuple(Handover(reviewer=0, to="dan", stage=9) for _ in range(MOST_HANDOVERS))
        with pytest.raises(Refused, match="50 times already"):
            given(opened(meanwhile=Meanwhile(handovers=many)))

    def test_an_answer_cannot_be_handed_on_and_nobody_answers_twice(self) -> None:
        answered = decided(opened(), at=SOON)
        with pytest.raises(Refused, match="answered already"):
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
        assert reseated(change.approval, directory=directory, reach=Reach(), now=SOON) == change.approval

    def test_it_stays_when_who_may_answer_is_judged_anew(self) -> None:
        approval = given(opened()).approval
        assert reseat(approval, SOON, directory=DIRECTORY, reach=Reach()) is None


def test_who_comes_back_is_asked_again_and_by_another_notice() -> None:
    approval = opened()
    left = reseat(approval, SOON, directory=away("ana", delegate="cleo"), reach=Reach())
    back = reseat(done(left), SOON, directory=DIRECTORY, reach=Reach())
    gone = reseat(done(back), SOON, directory=away("ana", delegate="cleo"), reach=Reach())
    assert notices(left) == [("asked", "cleo@example.com"), ("informed", "ana@example.com")]
    assert notices(back) == [("asked", "ana@example.com")]
    assert notices(gone) == notices(left)
    opening = an_opening(policy=BOTH, directory=DIRECTORY, requester="rhea").messages
    first = [m for m in opening if isinstance(m, Notice)]
    every = [*first, *(m for change in (left, back, gone) if change for m in change.messages if isinstance(m, Notice))]
    keys = [(m.event, m.count, m.to) for m in every]
    assert len(keys) == len(set(keys))
