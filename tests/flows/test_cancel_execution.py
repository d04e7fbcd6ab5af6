"""abandon: the news that an execution has ended cancels what waits of that run, and never of a newer one."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.model.submission import Execution, State
from approvals.flows.cancel_execution import PAGE
from tests.builders import EXECUTION_ARN, NOW, a_submission
from tests.fakes import World

ENDED = NOW + timedelta(minutes=10)


def _submitted(world: World, token: str, *, arn: str = EXECUTION_ARN, redrives: int = 0, **changes: Any) -> str:
    execution = Execution(id=arn, redrive_count=redrives)
    submission = a_submission(task_token=token, **{"execution": execution, **changes})
    return world.gateway.submit(submission, caller="tests").approval_id


def _told(world: World, *, redrives: int = 0) -> int:
    return world.gateway.cancel_execution(
        EXECUTION_ARN, reason="the execution was stopped", ended_at=ENDED, redrive_count=redrives
    )  # fmt: skip


def _status(world: World, approval_id: str) -> str:
    return world.gateway.approval(approval_id).status


def test_everything_that_waits_of_the_execution_is_cancelled_and_nothing_else(world: World) -> None:
    ours = [_submitted(world, f"t{n}", state=State(name=f"Ask {n}")) for n in range(3)]
    other = _submitted(world, "other", arn=EXECUTION_ARN + "5")
    assert _told(world) == 3
    assert {_status(world, approval_id) for approval_id in ours} == {"cancelled"}
    assert _status(world, other) == "pending"
    approval = world.gateway.approval(ours[0])
    assert (approval.callback, approval.callback_detail) == ("none", "the execution was stopped")
    assert world.gateway.audit(ours[0])[-1].actor == "execution"
    world.clock.forward(hours=1)
    world.deliver_all()
    assert world.callbacks.calls == [("heartbeat", "other")]


def test_the_same_news_again_changes_nothing(world: World) -> None:
    _submitted(world, "t")
    assert _told(world) == 1
    assert _told(world) == 0


def test_more_than_one_page_is_cancelled(world: World) -> None:
    execution = Execution(id=EXECUTION_ARN)
    many = [a_submission(task_token=f"t{n}", execution=execution) for n in range(PAGE + 1)]
    world.gateway.submit_all(many, caller="tests")
    assert _told(world) == PAGE + 1


@pytest.mark.parametrize(
    ("newer", "cancelled"),
    [
        ({"redrives": 1}, False),  # a redrive counts up
        ({"state": State(name="Ask", entered_time=ENDED + timedelta(seconds=1))}, False),  # begun after the end
        ({"state": State(name="Ask", entered_time=ENDED)}, True),
        ({"redrives": 0}, True),
    ],
)
def test_news_of_an_earlier_run_leaves_a_redriven_one_alone(world: World, newer: Any, cancelled: bool) -> None:
    approval_id = _submitted(world, "t", **newer)
    assert _told(world, redrives=0) == int(cancelled)
    assert _status(world, approval_id) == ("cancelled" if cancelled else "pending")


def test_without_a_context_the_time_of_submission_tells_the_runs_apart(world: World) -> None:
    world.clock.forward(minutes=11)
    approval_id = _submitted(world, "late", state=None)
    assert _told(world) == 0
    assert _status(world, approval_id) == "pending"


def test_news_of_a_later_run_cancels_what_an_earlier_one_left_behind(world: World) -> None:
    _submitted(world, "t", redrives=1)
    assert _told(world, redrives=2) == 1


def test_an_answer_that_came_first_counts(world: World) -> None:
    approval_id = _submitted(world, "t")
    world.gateway.cancel(approval_id, actor="tests", reason="withdrawn")
    assert _told(world) == 0
    assert world.gateway.approval(approval_id).callback == "delivered"
