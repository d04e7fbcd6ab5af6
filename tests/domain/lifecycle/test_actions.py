"""Actions: who may take them, when, and their effect. None of them decides anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.actions import claim, claimant, extend, remind_now, remindable, withdraw
from approvals.domain.lifecycle.questions import ask_question, reply
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import AlreadySettled, Refused
from approvals.domain.model.messages.outgoing import Callback, Notice
from approvals.domain.model.messages.topics import RemindedNow
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.problems import Invalid
from tests.builders import NOW, by, decided
from tests.support.domain.actions import (
    BOTH,
    DIRECTORY,
    HOUR,
    IN_TURN,
    PEOPLE,
    SOON,
    asked_of,
    done,
    given,
    notices,
    opened,
)

VERBS: dict[str, Callable[[Approval, datetime], object]] = {
    "claim": lambda a, now: claim(a, reviewer=0, actor=by(), now=now),
    "release": lambda a, now: claim(a, reviewer=0, actor=by(), now=now, release=True),
    "extend": lambda a, now: extend(a, until=now + HOUR, actor=by("x"), now=now),
    "hand over": lambda a, now: given(a, now=now),
    "nudge": lambda a, now: remind_now(a, actor=by("x"), now=now),
    "ask": lambda a, now: ask_question(
        a, reviewer=0, text="?", people=People(directory=DIRECTORY), actor=by(), now=now
    ),
    "reply": lambda a, now: reply(a, question=0, text="!", actor=by("x"), now=now),
    "withdraw": lambda a, now: withdraw(a, actor=by("x"), reason="", now=now),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_what_is_settled_or_over_takes_nothing_any_more(verb: Callable[[Approval, datetime], object]) -> None:
    approval = opened()
    with pytest.raises(AlreadySettled):
        verb(approval, approval.deadline)
    with pytest.raises(AlreadySettled):
        verb(decided(approval, option="reject"), SOON)


@pytest.mark.parametrize("reviewer", [2, 99, -1])
def test_nobody_acts_who_is_not_asked(reviewer: int) -> None:
    approval = opened()
    attempts: tuple[Callable[[], object], ...] = (
        lambda: claim(approval, reviewer=reviewer, actor=by(), now=SOON), lambda: asked_of(approval, reviewer=reviewer),
        lambda: given(approval, reviewer=reviewer),
        lambda: remind_now(approval, actor=by("x"), now=SOON, reviewer=reviewer),
        lambda: extend(approval, until=SOON + HOUR, actor=by("x"), now=SOON, reviewer=reviewer),
        lambda: given(approval, reviewer=reviewer, operator=True),
    )  # fmt: skip
    for attempt in attempts:
        with pytest.raises(Refused, match="NotAReviewer"):
            attempt()


class TestClaim:
    def test_it_is_noted_and_can_be_given_up_and_taken_over(self) -> None:
        first = claim(opened(), reviewer=0, actor=by(), now=SOON)
        assert first is not None
        assert (first.note.event, first.note.actor, first.note.facts) == ("claimed", "ana", {"via": "link"})
        assert first.messages == ()
        assert claim(first.approval, reviewer=0, actor=by(), now=SOON) is None
        assert claim(first.approval, reviewer=1, actor=by(), now=SOON, release=True) is None, (
            "it is not theirs to give up"
        )
        second = done(claim(first.approval, reviewer=1, actor=by(), now=SOON))
        assert claimant(second) == second.actions.claim
        assert second.actions.claim is not None
        assert second.actions.claim.reviewer == 1
        released = claim(second, reviewer=1, actor=by(), now=SOON, release=True)
        assert released is not None
        assert (released.note.event, claimant(released.approval)) == ("released", None)

    def test_nobody_looks_at_it_any_more_once_they_have_answered_or_it_went_on(self) -> None:
        approval = done(claim(opened(), reviewer=0, actor=by(), now=SOON))
        assert claimant(decided(approval, reviewer=0, at=SOON)) is None
        assert claimant(decided(approval, reviewer=1, at=SOON)) is not None
        assert claimant(done(given(approval))) is None
        assert claimant(decided(approval, option="reject", reviewer=1, at=SOON)) is None

    def test_whose_turn_it_is_not_yet_cannot_claim(self) -> None:
        with pytest.raises(Refused, match="EarlierStepOpen"):
            claim(opened(IN_TURN), reviewer=1, actor=by(), now=SOON)


class TestExtend:
    def test_the_deadline_and_what_is_due_move(self) -> None:
        approval = opened()
        change = extend(approval, until=approval.deadline + HOUR, actor=by("ana"), now=SOON, reviewer=0)
        assert change is not None
        assert change.approval.deadline == change.approval.ends_at == approval.deadline + HOUR
        assert change.approval.next_action_at == approval.deadline + HOUR
        assert change.note.facts == {"from": approval.deadline, "until": approval.deadline + HOUR, "via": "link"}
        assert extend(change.approval, until=approval.deadline + HOUR, actor=by("ana"), now=SOON) is None

    def test_never_beyond_what_the_state_waits(self) -> None:
        approval = opened(replace(BOTH, timeout="10m"), timeout_seconds=3600)
        assert done(extend(approval, until=approval.latest_end, actor=by("x"), now=SOON)).deadline < NOW + HOUR
        with pytest.raises(Invalid, match=r"until: must be at most .*: later the state no longer waits"):
            extend(approval, until=approval.latest_end + timedelta(microseconds=1), actor=by("x"), now=SOON)

    def test_never_sooner(self) -> None:
        approval = opened()
        with pytest.raises(Invalid, match="until: must be after the deadline"):
            extend(approval, until=approval.deadline - timedelta(microseconds=1), actor=by("x"), now=SOON)

    def test_in_a_stage_with_a_time_of_its_own_that_is_what_moves(self) -> None:
        stage = replace(BOTH.stages[0], timeout="1h", on_timeout="reject")
        approval = opened(Policy(stages=(stage,), timeout="2d"))
        after = done(extend(approval, until=NOW + 3 * HOUR, actor=by("x"), now=SOON))
        assert (after.deadline, after.ends_at) == (NOW + 3 * HOUR, NOW + timedelta(days=2))


class TestRemindNow:
    def test_it_reminds_anyone_who_has_not_answered_and_not_the_one_who_does_it(self) -> None:
        approval = opened(replace(BOTH, stages=(Stage(groups=(Group(from_=("ana", "ben", "cleo"), need=3),)),)))
        approval = decided(approval, reviewer=2, at=SOON)
        assert notices(remind_now(approval, actor=by("rhea"), now=SOON)) == [
            ("reminded", "ana@example.com"),
            ("reminded", "ben@example.com"),
        ]
        by_ana = remind_now(
            approval,
            actor=by("ana"),
            now=SOON,
            reviewer=0,
        )
        assert notices(by_ana) == [("reminded", "ben@example.com")]
        assert by_ana.note.facts == {"reviewers": ["ben"], "via": "link"}

    def test_once_in_an_hour(self) -> None:
        approval = remind_now(opened(), actor=by("x"), now=SOON).approval
        with pytest.raises(Refused, match=r"JustReminded\(again_at=.*10, 35"):
            remind_now(approval, actor=by("x"), now=SOON + HOUR - timedelta(seconds=1))
        again = remind_now(approval, actor=by("x"), now=SOON + HOUR)
        first = remind_now(opened(), actor=by("x"), now=SOON)
        topics = {m.about for change in (first, again) for m in change.messages if isinstance(m, Notice)}
        assert topics == {RemindedNow(first.approval.version), RemindedNow(again.approval.version)}
        assert len({topic.key for topic in topics}) == 2, "the second reminder is no copy of the first"

    def test_where_nobody_is_left_it_is_refused(self) -> None:
        alone = opened(Policy(stages=(Stage(groups=(Group(from_=("ana",)),)),)))
        with pytest.raises(Refused, match="OthersAnswered"):
            remind_now(alone, actor=by("ana"), now=SOON, reviewer=0)
        assert remindable(alone, reviewer=0) == ()
        quiet = opened(Policy(stages=(replace(BOTH.stages[0], quiet=True),)))
        with pytest.raises(Refused, match="NobodyNotified"):
            remind_now(quiet, actor=by("x"), now=SOON)

    def test_quiet_hours_are_kept(self) -> None:
        asleep = replace(PEOPLE["ben"], quiet_hours=QuietHours(from_="09:00", to="12:00"))
        directory = replace(DIRECTORY, people={**PEOPLE, "ben": asleep})
        [notice] = remind_now(opened(directory=directory), actor=by("ana"), now=SOON, reviewer=0).messages
        assert isinstance(notice, Notice)
        assert notice.not_before == datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestWithdraw:
    def test_it_is_cancelled_and_the_workflow_gets_the_reason(self) -> None:
        change = withdraw(opened(), actor=by("rhea"), reason=" not needed ", now=SOON)
        assert (change.approval.status, change.note.event, change.note.facts) == (
            "cancelled",
            "withdrawn",
            {"reason": "not needed", "via": "link"},
        )
        [callback] = [m for m in change.messages if isinstance(m, Callback)]
        assert callback.error == "Approval.Cancelled"
        assert "withdrawn by rhea (not needed)" in (callback.cause or "")
        assert notices(change) == [("settled", "ana@example.com"), ("settled", "ben@example.com")]

    @pytest.mark.parametrize("reason", ["a\0b", "x" * 501])
    def test_a_reason_that_cannot_be_kept(self, reason: str) -> None:
        with pytest.raises(Invalid, match="reason: "):
            withdraw(opened(), actor=by("rhea"), reason=reason, now=SOON)
