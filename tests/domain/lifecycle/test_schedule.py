"""Schedule: reminders, escalations and the deadline, by a clock that the test holds."""

from datetime import timedelta
from typing import Any

from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import Escalation, Group, Policy, Remind, Stage
from tests.builders import NOW, advanced, an_approval, decided

ANA, BEN, BOSS = "ana@example.com", "ben@example.com", "boss@example.com"


def _approval(**stage: Any) -> Approval:
    return an_approval(policy=Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN), need=2),), **stage),), timeout="8h"))


def _play(approval: Approval) -> list[tuple[float, str]]:
    """(hours, event) of everything that happens by itself when somebody sweeps at just the right moments."""
    told = []
    while approval.next_action_at is not None:
        change = advanced(approval, approval.next_action_at)
        assert change is not None
        told.append(((change.note.at - NOW) / timedelta(hours=1), change.note.event))
        approval = change.approval
    return told


def test_reminders_by_after_every_times_then_the_deadline() -> None:
    assert _play(_approval(remind=Remind(after="1h", every="4h", times=3))) == [
        (1, "reminded"), (5, "reminded"), (8, "expired"),
    ]  # fmt: skip


def test_reminders_as_a_list_of_moments() -> None:
    assert _play(_approval(remind=("4h", "1h"))) == [(1, "reminded"), (4, "reminded"), (8, "expired")]


def test_escalations_by_time_whatever_their_order_in_the_policy() -> None:
    steps = (Escalation(after="6h", to=("ceo@example.com",)), Escalation(after="2h", to=(BOSS,)))
    approval = _approval(escalate=steps)
    assert _play(approval) == [(2, "escalated"), (6, "escalated"), (8, "expired")]
    change = advanced(approval, NOW + timedelta(hours=2))
    assert change is not None
    assert change.note.facts["to"] == [BOSS]


def test_nothing_happens_before_its_moment_and_nothing_after_the_end() -> None:
    approval = _approval(remind=("1h",))
    assert advanced(approval, NOW + timedelta(minutes=59)) is None
    settled = decided(decided(approval), reviewer=1)
    assert settled.next_action_at is None
    assert advanced(settled, NOW + timedelta(days=30)) is None


def test_an_escalation_that_replaces_leaves_those_who_answered_their_say() -> None:
    approval = decided(_approval(escalate=(Escalation(after="2h", to=(BOSS,), mode="replace"),)))
    change = advanced(approval, NOW + timedelta(hours=2))
    assert change is not None
    assert [r.id for r in change.approval.eligible] == [ANA, BOSS]
    assert decided(change.approval, reviewer=2).status == "approved"


def test_a_new_stage_has_its_own_reminders() -> None:
    first, second = Stage(groups=(Group(from_=(ANA,)),)), Stage(groups=(Group(from_=(BEN,)),), remind=("1h",))
    approval = an_approval(policy=Policy(stages=(first, second), timeout="8h"))
    approval = decided(approval, at=NOW + timedelta(hours=3))
    assert approval.next_action_at == NOW + timedelta(hours=4)
