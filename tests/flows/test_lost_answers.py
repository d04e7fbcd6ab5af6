"""Answers of Step Functions that are lost: however long the outage lasts, the outcome that is shown is the true one."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from approvals.adapters.database import tables
from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.records import Filter, Target
from approvals.flows.delivery.send import HISTORY_PATIENCE, PART
from tests.builders import BY_LINK, a_submission
from tests.fakes import FakeCallbacks, World

LOST = TryAgain("read timed out", ambiguous=True)
CLOSED = GivenUp("the state no longer waits", closed=True)
ROUNDS = 100


class Crash(BaseException):
    """The process dies here."""


class LosingAnswers(FakeCallbacks):
    """One state that waits. Its history shows an event only some time after the call that caused it."""

    def __init__(self, world: World, *, faults: list[str], unavailable: int, shown_after: float) -> None:
        super().__init__()
        self._world, self._faults, self._unavailable = world, faults, unavailable
        self._shown_after = timedelta(seconds=shown_after)
        self.resumed_at: datetime | None = None
        self.stopped = False

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:  # noqa: ARG002
        fault = self._faults.pop(0) if self._faults else ""
        if fault == "unreachable":
            return TryAgain("cannot be reached")
        if self.stopped or self.resumed_at:
            return CLOSED
        if fault == "stopped":
            self.stopped = True
        if not fault or fault.endswith("after"):
            self.resumed_at = self._world.clock()
        if fault.startswith("crash"):
            raise Crash
        return LOST if fault else Sent("request")

    def happened(self, callback: Callback, *, target: Target) -> bool | TryAgain | None:  # noqa: ARG002
        if self._unavailable:
            self._unavailable -= 1
            return TryAgain("the history cannot be read just now")
        return self.resumed_at is not None and self._world.clock() - self.resumed_at >= self._shown_after


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    outage=st.lists(st.sampled_from(["unreachable", "lost before", "crash before"]), max_size=4),
    last=st.sampled_from(["", "lost after", "crash after", "stopped"]),
    pauses=st.lists(st.sampled_from([0.3, 1, 5, 29, 31, 61, 400, 7200]), max_size=10),
    unavailable=st.integers(0, 4),
    shown_after=st.floats(0, HISTORY_PATIENCE.total_seconds()),
)
@example(outage=["lost before"], last="lost after", pauses=[7200, 5], unavailable=0, shown_after=29)
def test_after_any_outage_too_late_is_only_said_where_no_callback_of_ours_arrived(
    world: World, outage: list[str], last: str, pauses: list[float], unavailable: int, shown_after: float
) -> None:
    aws = LosingAnswers(world, faults=[*outage, last], unavailable=unavailable, shown_after=shown_after)
    gateway = world.another(callbacks=aws)
    approval_id = gateway.submit(a_submission(task_token=world.new_id()), caller="tests").approval_id
    with suppress(Crash):
        gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    for pause in [*pauses, *[20] * ROUNDS]:
        world.clock.forward(seconds=pause)
        with suppress(Crash):
            gateway.deliver(lane="callback")
    assert gateway.approval(approval_id).callback == ("delivered" if aws.resumed_at else "tooLate")


@pytest.mark.parametrize(("seconds", "state"), [(29, "waiting"), (31, "tooLate")])
def test_the_patience_with_the_history_counts_from_the_last_attempt_that_may_have_arrived(
    world: World, seconds: float, state: str
) -> None:
    world.callbacks.results = [LOST, LOST, *[CLOSED] * 5]
    world.callbacks.history = False
    approval_id = _approved(world)
    world.clock.forward(hours=3)  # the outage
    world.deliver_all()
    for _ in range(4):
        world.clock.forward(seconds=seconds / 4)
        world.deliver_all()
    assert world.gateway.approval(approval_id).callback == state


def test_a_process_that_dies_while_it_sends_may_have_sent_at_any_time_until_its_lease_is_taken_over(
    world: World,
) -> None:
    world.callbacks.results = [Crash(), CLOSED, CLOSED]
    world.callbacks.history = False
    with pytest.raises(Crash):
        _approved(world)
    world.clock.forward(hours=3)
    world.deliver_all()
    [approval] = world.gateway.ports.store.find(Filter(status="approved"))
    assert approval.callback == "waiting"
    world.callbacks.history = True
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert world.gateway.approval(approval.id).callback == "delivered"


def test_a_process_that_dies_within_a_backlog_has_recorded_the_parts_that_it_sent(world: World) -> None:
    for _ in range(PART + 2):
        world.gateway.submit(a_submission(task_token=world.new_id()), caller="tests")
    world.clock.forward(days=30)
    while world.gateway.sweep():
        pass
    world.callbacks.results = [*[Sent("request")] * PART, Crash()]
    with pytest.raises(Crash):
        world.gateway.deliver(lane="callback", limit=PART + 2)
    found = world.gateway.ports.store.find(Filter(status="expired", limit=PART + 2))
    assert sorted(approval.callback for approval in found) == ["delivered"] * PART + ["waiting"] * 2


def test_a_history_that_cannot_be_read_for_a_while_is_read_until_it_can(world: World) -> None:
    world.callbacks.results = [LOST, *[CLOSED] * 20]
    world.callbacks.history = TryAgain("the history cannot be read just now")
    approval_id = _approved(world)
    for _ in range(10):
        world.clock.forward(minutes=10)
        world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "waiting"
    world.callbacks.history = True
    world.clock.forward(minutes=10)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "delivered"


def test_a_lost_answer_that_an_earlier_version_recorded_without_its_time_is_looked_up_with_patience(
    world: World,
) -> None:
    world.callbacks.results = [LOST, *[CLOSED] * 3]
    world.callbacks.history = False
    approval_id = _approved(world)
    with world.database.write() as connection:
        connection.execute(tables.outbox.update().values(ambiguous_at=None))
    for seconds, state in [(7200, "waiting"), (29, "waiting"), (10, "tooLate")]:
        world.clock.forward(seconds=seconds)
        world.deliver_all()
        assert world.gateway.approval(approval_id).callback == state


def _approved(world: World) -> str:
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    return approval_id
