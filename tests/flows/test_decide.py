"""decide: the commit first, then the callback at once; and whatever races, one outcome."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import AlreadySettled, NotFound, Refused
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.results import GivenUp, Result, TryAgain
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.flows.attempts import Decided
from tests.builders import BY_LINK, a_submission
from tests.fakes import World


def _open(world: World, **changes: object) -> str:
    return world.gateway.submit(a_submission(**changes), caller="tests").approval_id


def _decide(world: World, approval_id: str, *, reviewer: int = 0, option: str = "approve", **answer: object) -> Decided:
    return world.gateway.decide(
        approval_id, reviewer=reviewer, answer=Answer(option=option, **answer), actor=BY_LINK, assurance="link"
    )  # type: ignore[arg-type]


def _events(world: World, approval_id: str) -> list[str]:
    return [note.event for note in world.gateway.audit(approval_id)]


def test_approving_tells_the_workflow_at_once(world: World) -> None:
    approval_id = _open(world)
    decided = _decide(world, approval_id, comment="fine")
    [callback] = world.callbacks.sent
    output = json.loads(callback.output or "")
    assert (decided.approval.status, decided.approval.callback) == ("approved", "delivered")
    assert world.gateway.approval(approval_id).callback == "delivered"
    assert output["outcome"] == "approved"
    assert output["decidedBy"][0]["reviewer"] == "ana@example.com"
    assert world.callbacks.calls == [("success", a_submission().task_token)]
    assert _events(world, approval_id) == ["opened", "decided", "callback.delivered"]


def test_rejecting_fails_the_task_with_the_outcome_as_its_cause(world: World) -> None:
    _decide(world, _open(world), option="reject", comment="too much")
    [callback] = world.callbacks.sent
    assert callback.error == "Approval.Rejected"
    assert json.loads(callback.cause or "")["comment"] == "too much"


def test_a_callback_that_fails_is_tried_again_by_the_next_delivery(world: World) -> None:
    world.callbacks.results = [TryAgain("throttled")]
    approval_id = _open(world)
    assert _decide(world, approval_id).approval.callback == "waiting"
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "delivered"


def test_the_answer_is_committed_before_the_workflow_is_told(world: World) -> None:
    stored: list[str] = []
    send = world.callbacks.send

    def reading(*args: Any, **more: Any) -> Result:
        stored.append(world.another().approval(approval_id).status)
        return send(*args, **more)

    world.callbacks.send = reading  # type: ignore[method-assign]
    approval_id = _open(world)
    _decide(world, approval_id)
    assert stored == ["approved"]


def test_a_process_that_dies_after_the_commit_loses_nothing(world: World) -> None:
    world.callbacks.results = [KeyboardInterrupt()]
    approval_id = _open(world)
    with pytest.raises(KeyboardInterrupt):
        _decide(world, approval_id)
    assert world.gateway.approval(approval_id).status == "approved"
    world.deliver_all()
    assert world.callbacks.sent == [], "the lease of the dead process still holds"
    world.clock.forward(seconds=61)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "delivered"


@pytest.mark.parametrize(
    ("history", "state"),
    [(True, "delivered"), (False, "tooLate"), (None, "unconfirmed")],
)
def test_a_lost_answer_is_looked_up_in_the_history_before_anything_is_claimed(
    world: World, history: bool | None, state: str
) -> None:
    world.callbacks.results = [TryAgain("read timed out", ambiguous=True), GivenUp("the task is gone", closed=True)]
    world.callbacks.history = history
    approval_id = _open(world)
    _decide(world, approval_id)
    world.clock.forward(seconds=31)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == state


def test_a_history_that_is_written_late_is_looked_at_twice(world: World) -> None:
    gone = GivenUp("the task is gone", closed=True)
    world.callbacks.results = [TryAgain("read timed out", ambiguous=True), gone, gone]
    world.callbacks.history = False
    approval_id = _open(world)
    _decide(world, approval_id)
    world.clock.forward(seconds=2)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "waiting"
    world.callbacks.history = True
    world.clock.forward(seconds=5)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "delivered"


def test_a_task_that_was_gone_at_the_first_try_is_too_late_and_reports_it(world: World) -> None:
    world.callbacks.results = [GivenUp("the task no longer waits", closed=True)]
    approval_id = _open(world)
    after = _decide(world, approval_id).approval
    assert (after.status, after.callback) == ("approved", "tooLate")
    assert world.gateway.approval(approval_id).callback_detail == "the task no longer waits"
    assert _events(world, approval_id)[-1] == "callback.tooLate"


def test_two_of_two_settle_only_with_the_second(world: World) -> None:
    approval_id = _open(world, need=2)
    assert _decide(world, approval_id).approval.status == "pending"
    assert _decide(world, approval_id, reviewer=1).approval.status == "approved"


def test_the_same_answer_twice_changes_nothing(world: World) -> None:
    approval_id = _open(world, need=2)
    _decide(world, approval_id)
    again = _decide(world, approval_id)
    assert (again.changed, again.approval.version) == (False, 2)


def test_after_it_is_settled_and_after_the_deadline_no_answer_counts(world: World) -> None:
    settled, late = _open(world), _open(world, task_token="other", timeout_seconds=600)
    _decide(world, settled)
    with pytest.raises(AlreadySettled):
        _decide(world, settled, option="reject")
    world.clock.forward(seconds=540)
    with pytest.raises(AlreadySettled):
        _decide(world, late)
    assert world.gateway.approval(late).decisions == ()


def test_who_is_not_asked_may_not_answer_and_a_bad_answer_is_named(world: World) -> None:
    approval_id = _open(world)
    with pytest.raises(Refused):
        _decide(world, approval_id, reviewer=7)
    with pytest.raises(Invalid) as error:
        _decide(world, approval_id, option="maybe")
    assert error.value.problems[0].path == "option"
    with pytest.raises(NotFound):
        _decide(world, "no-such-approval")


def test_sixty_four_answers_at_once_have_one_outcome_one_callback_and_sixty_three_clear_refusals(world: World) -> None:
    people = tuple(f"r{n}@example.com" for n in range(64))
    approval_id = _open(world, reviewers=people)

    def answer(n: int) -> str:
        try:
            _decide(world, approval_id, reviewer=n, option="approve" if n % 2 else "reject")
        except ApprovalsError as error:
            return type(error).__name__
        return "decided"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(answer, range(64)))
    approval = world.gateway.approval(approval_id)
    assert sorted(answers) == ["AlreadySettled"] * 63 + ["decided"]
    assert len(approval.decisions) == len(world.callbacks.calls) == 1
    assert approval.callback == "delivered"


def test_cancelling_tells_the_workflow_why(world: World) -> None:
    approval_id = _open(world)
    cancelled = world.gateway.cancel(approval_id, actor="key:shop", reason="order withdrawn")
    [callback] = world.callbacks.sent
    assert (cancelled.approval.status, callback.error) == ("cancelled", "Approval.Cancelled")
    assert json.loads(callback.cause or "")["reason"] == "order withdrawn"
    with pytest.raises(AlreadySettled):
        world.gateway.cancel(approval_id, actor="key:shop", reason="again")


def test_a_fresh_link_goes_to_the_first_address_and_not_again_within_minutes(world: World) -> None:
    approval_id = _open(world)
    world.deliver_all()
    assert world.gateway.refresh_link(approval_id, holder=ForReviewer(1))
    assert not world.gateway.refresh_link(approval_id, holder=ForReviewer(1))
    world.deliver_all()
    assert world.mail.events[-1] == ("refreshed", "ben@example.com")
    world.clock.forward(minutes=6)
    assert world.gateway.refresh_link(approval_id, holder=ForReviewer(1))
