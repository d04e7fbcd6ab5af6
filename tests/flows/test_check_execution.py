"""Check an execution: the report that it ended only makes heartbeats due, and a closed token ends the approval."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.directory.people import Directory
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.submission import Execution, State
from approvals.flows.check_execution import PAGE
from approvals.presentation.explain.history import happened
from approvals.presentation.outcomes import outcome_sentence
from tests.builders import EXECUTION_ARN, NOW, a_submission
from tests.fakes import World

ENDED = NOW + timedelta(minutes=10)
CLOSED = GivenUp("the state no longer waits", closed=True)
STOPPED, FAILED = "the execution was stopped", "the execution failed"


def _submitted(world: World, token: str, *, arn: str = EXECUTION_ARN, redrives: int = 0, **changes: Any) -> str:
    execution = Execution(id=arn, redrive_count=redrives)
    submission = a_submission(task_token=token, **{"execution": execution, **changes})
    return world.gateway.submit(submission, caller="tests").approval_id


def _reported(world: World, *, redrives: int = 0, reason: str = STOPPED) -> int:
    return world.gateway.check_execution(EXECUTION_ARN, reason=reason, ended_at=ENDED, redrive_count=redrives)


def _answered(world: World, *answers: Result) -> list[tuple[str, str]]:
    """Delivers what is due, and returns the calls of Step Functions, which gives these answers first."""
    world.callbacks.results[:], world.callbacks.calls[:] = answers, []
    world.deliver_all()
    return world.callbacks.calls


def _status(world: World, approval_id: str) -> str:
    return world.gateway.approval(approval_id).status


def _events(world: World, approval_id: str) -> list[tuple[str, str]]:
    return [(note.event, note.facts.get("reason", "")) for note in world.gateway.audit(approval_id)]


def test_a_report_makes_the_heartbeats_of_its_execution_due_and_no_others(world: World) -> None:
    ours = [_submitted(world, f"t{n}", state=State(name=f"Ask {n}")) for n in range(3)]
    other = _submitted(world, "other", arn=EXECUTION_ARN + "5")
    assert _reported(world) == 3
    assert {_status(world, approval_id) for approval_id in ours} == {"pending"}
    calls = _answered(world, *[CLOSED] * 3)
    assert sorted(calls) == [("heartbeat", f"t{n}") for n in range(3)]
    assert {_status(world, approval_id) for approval_id in ours} == {"cancelled"}
    assert _status(world, other) == "pending"


def test_the_reason_of_the_report_reaches_outcome_audit_and_people(world: World) -> None:
    approval_id = _submitted(world, "t")
    _reported(world)
    _answered(world, CLOSED)
    approval = world.gateway.approval(approval_id)
    assert (approval.callback, approval.callback_detail) == ("none", STOPPED)
    assert outcome_sentence(approval) == "Cancelled: the execution was stopped."
    assert {approval.outcome.reason for _, approval, _ in world.mail.sent if approval.outcome} == {STOPPED}
    [_, report, end] = world.gateway.audit(approval_id)
    assert (report.event, report.actor, report.facts) == ("execution.reported", "event", {"reason": STOPPED})
    assert (end.event, end.actor, end.facts) == ("cancelled", "heartbeat", {"reason": STOPPED})


@pytest.mark.parametrize(
    "answer", [Sent("request"), TryAgain("InvalidToken"), TryAgain("AccessDeniedException"), TryAgain("no answer")]
)
def test_a_forged_report_ends_nothing_because_the_token_is_open(world: World, answer: Result) -> None:
    approval_id = _submitted(world, "t")
    _reported(world)
    assert _answered(world, answer) == [("heartbeat", "t")]
    assert _status(world, approval_id) == "pending"


def test_an_old_report_is_not_the_reason_of_a_later_end(world: World) -> None:
    approval_id = _submitted(world, "t")
    _reported(world)
    _answered(world)
    world.clock.forward(minutes=61)
    _answered(world, CLOSED)
    assert _events(world, approval_id)[-1] == ("cancelled", "the workflow no longer waits")


def test_the_same_report_again_is_noted_once_and_checked_again(world: World) -> None:
    approval_id = _submitted(world, "t")
    for _ in range(3):
        assert _reported(world) == 1
        assert _answered(world) == [("heartbeat", "t")]
    assert _events(world, approval_id) == [("opened", ""), ("execution.reported", STOPPED)]


def test_the_latest_of_several_reports_is_the_reason(world: World) -> None:
    approval_id = _submitted(world, "t")
    _reported(world, reason=FAILED)
    _reported(world)
    _answered(world, CLOSED)
    assert [reason for _, reason in _events(world, approval_id)] == ["", FAILED, STOPPED, STOPPED]


def test_the_pages_show_the_report_as_a_report(world: World) -> None:
    approval_id = _submitted(world, "t")
    _reported(world)
    notes = world.gateway.audit(approval_id)
    shown = [moment.what for moment in happened(world.gateway.approval(approval_id), notes, directory=Directory())]
    assert "An event reports: the execution was stopped. A heartbeat checks whether the workflow waits." in shown


def test_more_than_one_page_is_checked(world: World) -> None:
    execution = Execution(id=EXECUTION_ARN)
    many = [a_submission(task_token=f"t{n}", execution=execution) for n in range(PAGE + 1)]
    world.gateway.submit_all(many, caller="tests")
    assert _reported(world) == PAGE + 1


@pytest.mark.parametrize(
    ("newer", "checked"),
    [
        ({"redrives": 1}, False),  # a redrive counts up
        ({"state": State(name="Ask", entered_time=ENDED + timedelta(seconds=1))}, False),  # begun after the end
        ({"state": State(name="Ask", entered_time=ENDED)}, True),
        ({"redrives": 0}, True),
    ],
)
def test_a_report_about_an_earlier_run_leaves_a_redriven_one_alone(world: World, newer: Any, checked: bool) -> None:
    approval_id = _submitted(world, "t", **newer)
    assert _reported(world, redrives=0) == int(checked)
    assert bool(_answered(world, CLOSED)) == checked
    assert _status(world, approval_id) == ("cancelled" if checked else "pending")


def test_without_a_context_the_time_of_submission_tells_the_runs_apart(world: World) -> None:
    world.clock.forward(minutes=11)
    _submitted(world, "late", state=None)
    assert _reported(world) == 0


def test_a_report_about_a_later_run_checks_what_an_earlier_one_left_behind(world: World) -> None:
    _submitted(world, "t", redrives=1)
    assert _reported(world, redrives=2) == 1


def test_an_answer_that_came_first_counts(world: World) -> None:
    approval_id = _submitted(world, "t")
    world.gateway.cancel(approval_id, actor="tests", reason="withdrawn")
    assert _reported(world) == 0
    assert world.gateway.approval(approval_id).callback == "delivered"
