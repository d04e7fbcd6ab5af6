"""An account whose Step Functions hang or do not respond: it delays no other, and costs no attempt."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Result, Sent, TryAgain
from approvals.domain.model.records import Target
from approvals.domain.problems import Invalid
from approvals.entrypoints.server import worker
from approvals.entrypoints.server.worker import Bell, Worker
from approvals.flows.gateway import Gateway
from approvals.wiring import background, pooled
from tests.builders import BY_LINK, CONTEXT, a_submission
from tests.fakes import FakeCallbacks, World

HANGING, HEALTHY = (
    f"arn:aws:states:eu-central-1:{n}:execution:refunds:order" for n in ("111111111111", "222222222222")
)
SHORT = timedelta(milliseconds=50)
NOT_CALLED = TryAgain("it does not respond", after=timedelta(seconds=10), tried=False)


class HangingAccount(FakeCallbacks):
    """Calls to one account hang until the end of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.over, self.hangs, self.arrived = threading.Event(), threading.Event(), threading.Event()

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:  # noqa: ARG002
        if target.execution_arn == HANGING:
            self.hangs.set()
            self.over.wait(30)
        else:
            self.arrived.set()
        return Sent("request")


@pytest.fixture
def aws() -> Generator[HangingAccount]:
    aws = HangingAccount()
    yield aws
    aws.over.set()


@pytest.fixture
def gateway(world: World, aws: HangingAccount) -> Generator[Gateway]:
    """A gateway with threads, as it is wired."""
    with ThreadPoolExecutor(8) as pool:
        yield world.another(callbacks=aws, each=pooled(4), apart=background(pool, waiting=4))
        aws.over.set()


def _due(world: World, arn: str) -> str:
    """Return an approval whose callback is due."""
    context = {**CONTEXT, "execution": type(CONTEXT["execution"])(id=arn)}
    approval_id = world.gateway.submit(a_submission(task_token=world.new_id(), **context), caller="tests").approval_id
    world.callbacks.results = [TryAgain("throttled", after=timedelta(0))]
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    return approval_id


def test_an_account_that_hangs_delays_the_callbacks_of_no_other(
    world: World, aws: HangingAccount, gateway: Gateway
) -> None:
    slow = [_due(world, HANGING) for _ in range(10)]
    quick = _due(world, HEALTHY)
    assert gateway.deliver(lane="callback", within=SHORT) == 11
    assert aws.hangs.is_set()
    later = _due(world, HEALTHY)
    gateway.deliver(lane="callback", within=timedelta(seconds=5))
    assert [gateway.approval(one).callback for one in (quick, later)] == ["delivered"] * 2
    assert {gateway.approval(one).callback for one in slow} == {"waiting"}


def test_the_worker_goes_on_while_an_account_hangs(
    world: World, aws: HangingAccount, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SLOW", SHORT)
    bell = Bell()
    running = Worker(gateway, bell=bell, pause_seconds=0.05, retention=timedelta(days=1))
    _due(world, HANGING)
    running.start()
    try:
        assert aws.hangs.wait(5)
        _due(world, HEALTHY)
        bell.ring()
        assert aws.arrived.wait(5)
    finally:
        aws.over.set()
        running.stop()


def test_calls_that_were_not_made_leave_the_next_attempt_as_soon_as_it_was(world: World) -> None:
    approval_id = _due(world, HEALTHY)
    world.callbacks.results = [NOT_CALLED] * 30
    for _ in range(30):
        world.clock.forward(seconds=10)
        world.deliver_all()
    assert world.callbacks.results == []
    world.callbacks.results = [TryAgain("throttled")]
    world.clock.forward(seconds=10)
    world.deliver_all()
    world.clock.forward(seconds=5)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "delivered", "the back-off is that of a second attempt"


def test_a_heartbeat_that_was_not_sent_is_due_again_when_calls_are_made_again(world: World) -> None:
    world.gateway.submit(a_submission(heartbeat_seconds=900, **CONTEXT), caller="tests")
    world.callbacks.results = [NOT_CALLED]
    world.clock.forward(minutes=5)
    world.deliver_all()
    world.clock.forward(seconds=9)
    world.deliver_all()
    assert len(world.callbacks.calls) == 1
    world.clock.forward(seconds=1)
    world.deliver_all()
    assert len(world.callbacks.calls) == 2


def test_a_refused_submission_does_not_wait_for_long_until_its_task_has_failed(
    world: World, aws: HangingAccount
) -> None:
    with ThreadPoolExecutor(1) as pool:
        gateway = world.another(callbacks=aws, background=background(pool, waiting=1), callback_wait=SHORT)
        assert gateway.refuse("token", reasons=Invalid.at("title", "is missing"), execution_arn=HANGING) is False
        assert gateway.refuse("token", reasons=Invalid.at("title", "is missing"), execution_arn=HEALTHY) is False
        aws.over.set()
