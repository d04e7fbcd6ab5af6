"""Due times: the durations of a policy, by the clock or in the hours of its calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.eligibility.due_times import escalation_moments, reminder_moments
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import Escalation, Group, Policy, Remind, Stage
from tests.builders import NOW, advanced, an_approval, decided

OFFICE = Calendar(timezone="Europe/Berlin", hours={"mon-fri": "09:00-17:00"})
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""Nine o'clock in Berlin."""


def _approval(*stages: Stage, calendar: Calendar | None = None, **more: Any) -> Approval:
    return an_approval(policy=Policy(stages=stages, calendar=calendar, **{"timeout": "30d", **more}), now=MONDAY)


def _stage(**more: Any) -> Stage:
    return Stage(groups=(Group(from_=("ana@example.com",)),), **more)


def test_reminders_grow_apart_by_their_back_off() -> None:
    approval = _approval(_stage(remind=Remind(after="1h", every="2h", times=4, backoff=2)))
    assert [(at - MONDAY) / timedelta(hours=1) for at in reminder_moments(approval)] == [1, 3, 7, 15]


def test_with_a_calendar_hours_are_open_hours_and_days_are_working_days() -> None:
    stage = _stage(remind=Remind(after="6h", every="6h", times=2), escalate=(Escalation(after="5d", to=("b@x.org",)),))
    approval = _approval(stage, calendar=OFFICE)
    assert reminder_moments(approval) == (MONDAY + timedelta(hours=6), MONDAY + timedelta(days=1, hours=4))
    assert escalation_moments(approval) == [(MONDAY + timedelta(days=7), 0)]


def test_days_that_grow_stay_working_days() -> None:
    approval = _approval(_stage(remind=Remind(after="1d", every="1d", times=3, backoff=2)), calendar=OFFICE)
    assert [(at - MONDAY).days for at in reminder_moments(approval)] == [1, 2, 4]


def test_a_gap_counts_as_it_is_written() -> None:
    """A working week has five days, and the hours of `P1DT2H` come after its day."""
    weekly = _approval(_stage(remind=Remind(after="P1W", times=3)), calendar=OFFICE)
    assert [(at - MONDAY).days for at in reminder_moments(weekly)] == [7, 14, 21]
    mixed = _approval(_stage(remind=Remind(after="1h", every="P1DT2H", times=3)), calendar=OFFICE)
    assert [(at - MONDAY) / timedelta(hours=1) for at in reminder_moments(mixed)] == [1, 27, 53]


def test_what_grows_in_weeks_and_days_by_a_part_is_rounded_up_to_working_days() -> None:
    growing = _approval(_stage(remind=Remind(after="P1W", times=3, backoff=1.5)), calendar=OFFICE)
    assert [(at - MONDAY).days for at in reminder_moments(growing)] == [7, 14, 24], "five, five, and eight days"


def test_a_gap_that_grows_for_ever_is_as_long_as_can_be() -> None:
    for calendar in (None, OFFICE):
        endless = Remind(after="P1DT1H", times=100, backoff=10)
        assert len(reminder_moments(_approval(_stage(remind=endless), calendar=calendar))) == 100


def test_the_policys_time_is_counted_by_its_calendar_and_the_states_by_the_clock() -> None:
    assert _approval(_stage(), calendar=OFFICE, timeout="16h").deadline == MONDAY + timedelta(days=1, hours=8)
    policy = Policy(stages=(_stage(),), calendar=OFFICE, timeout="16h")
    assert an_approval(policy=policy, timeout_seconds=7200, now=MONDAY).deadline == MONDAY + timedelta(seconds=6900)


def test_a_stage_that_may_be_passed_over_lets_the_next_begin() -> None:
    first, second = _stage(timeout="2h", on_timeout="pass"), Stage(groups=(Group(from_=("ben@example.com",)),))
    approval = an_approval(policy=Policy(stages=(first, second), timeout="8h"))
    assert approval.deadline == NOW + timedelta(hours=2)
    change = advanced(approval, NOW + timedelta(hours=2))
    assert change is not None
    assert (change.note.event, change.approval.stage) == ("passed", 1)
    assert change.approval.deadline == NOW + timedelta(hours=8)
    assert decided(change.approval, reviewer=1, at=NOW + timedelta(hours=3)).status == "approved"


def test_a_stage_whose_time_is_up_may_end_it_all() -> None:
    stage = _stage(timeout="2h", on_timeout="reject")
    second = Stage(groups=(Group(from_=("ben@example.com",)),))
    change = advanced(an_approval(policy=Policy(stages=(stage, second), timeout="8h")), NOW + timedelta(hours=2))
    assert change is not None
    assert (change.approval.status, change.approval.outcome and change.approval.outcome.timed_out) == ("rejected", True)
