"""The circuit breaker: when calls are made, and when they are not. Time is the test's."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.step_functions.callbacks import StepFunctions
from approvals.adapters.aws.step_functions.circuit_breaker import (
    FAILURES,
    LONGEST_PAUSE,
    PAUSE,
    SLOW,
    CircuitBreaker,
    CircuitOpen,
)
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from tests.fakes import FrozenClock
from tests.support.aws.callbacks import HANG_UP, SUCCESS, TIMED_OUT, TOKEN, Aws, a_target, error

UNAVAILABLE = error("ServiceUnavailable", status=503)
OTHER_REGION = "arn:aws:states:us-east-1:123456789012:execution:refunds:order-1"
OTHER_ACCOUNT = "arn:aws:states:eu-central-1:999999999999:execution:refunds:order-1"


class NoResponse(Exception):
    """The service did not respond."""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def breaker(clock: FrozenClock) -> CircuitBreaker:
    return CircuitBreaker("the service", clock=clock, failed=lambda error: isinstance(error, NoResponse))


def _call(breaker: CircuitBreaker, outcome: Exception | None = None) -> bool:
    """Return whether the call was made."""
    try:
        with breaker.call():
            if outcome:
                raise outcome
    except CircuitOpen:
        return False
    except (NoResponse, ValueError):
        pass
    return True


def _fail(breaker: CircuitBreaker, times: int = FAILURES) -> None:
    for _ in range(times):
        assert _call(breaker, NoResponse())


def test_calls_are_made_until_so_many_in_a_row_have_no_response(breaker: CircuitBreaker) -> None:
    _fail(breaker, FAILURES - 1)
    assert _call(breaker)
    _fail(breaker)
    assert not _call(breaker)


def test_an_error_that_is_a_response_counts_as_one(breaker: CircuitBreaker) -> None:
    for _ in range(FAILURES):
        _fail(breaker, FAILURES - 1)
        assert _call(breaker, ValueError())


def test_an_open_circuit_states_for_how_long(breaker: CircuitBreaker, clock: FrozenClock) -> None:
    _fail(breaker)
    clock.forward(seconds=4)
    with pytest.raises(CircuitOpen) as refused, breaker.call():
        pass
    assert refused.value.after == PAUSE - timedelta(seconds=4)


def test_after_the_pause_one_call_is_made_whose_response_closes_the_circuit(
    breaker: CircuitBreaker, clock: FrozenClock
) -> None:
    _fail(breaker)
    clock.now += PAUSE
    with breaker.call():
        assert not _call(breaker), "one probe at a time"
    assert _call(breaker)
    _fail(breaker, FAILURES - 1)
    assert _call(breaker)


def test_a_probe_without_a_response_opens_it_again_for_twice_as_long(
    breaker: CircuitBreaker, clock: FrozenClock
) -> None:
    _fail(breaker)
    pauses = []
    for _ in range(5):
        with pytest.raises(CircuitOpen) as refused, breaker.call():
            pass
        pauses.append(refused.value.after)
        clock.now += refused.value.after
        assert _call(breaker, NoResponse())
    assert pauses == [PAUSE, PAUSE * 2, PAUSE * 4, LONGEST_PAUSE, LONGEST_PAUSE]


def test_calls_that_hang_count_before_they_time_out(breaker: CircuitBreaker, clock: FrozenClock) -> None:
    with ExitStack() as hanging:
        for _ in range(FAILURES):
            hanging.enter_context(breaker.call())
        clock.now += SLOW
        assert _call(breaker), "slow, but not too slow"
        clock.forward(seconds=0.1)
        assert not _call(breaker)


def test_late_failures_of_calls_that_were_running_already_do_not_prolong_the_pause(
    breaker: CircuitBreaker, clock: FrozenClock
) -> None:
    def fail_late() -> None:
        with breaker.call():
            _fail(breaker)
            clock.now += PAUSE
            raise NoResponse

    with pytest.raises(NoResponse):
        fail_late()
    assert _call(breaker)


def test_opening_and_closing_are_logged(
    breaker: CircuitBreaker, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        _fail(breaker)
        clock.now += PAUSE
        _call(breaker)
    assert [vars(record)["event"] for record in caplog.records] == ["circuit.opened", "circuit.closed"]


# around Step Functions


@pytest.fixture
def callbacks(aws: Aws, clock: FrozenClock) -> StepFunctions:
    return StepFunctions(Clients(), clock=clock, region="eu-central-1", endpoint_url=aws.url)


def _send(callbacks: StepFunctions, **target: Any) -> Result:
    return callbacks.send(SUCCESS, token=TOKEN, target=a_target(**target))


@pytest.mark.parametrize("answer", [UNAVAILABLE, HANG_UP, "proxy"])
def test_after_failures_a_region_and_account_gets_no_call_and_others_do(
    aws: Aws, callbacks: StepFunctions, answer: Any
) -> None:
    aws.answers = [answer]
    for _ in range(FAILURES):
        result = _send(callbacks)
        assert isinstance(result, TryAgain)
        assert (result.ambiguous, result.tried) == (True, True)
    refused = _send(callbacks)
    assert refused == TryAgain(
        "Step Functions in eu-central-1, account 123456789012, does not respond; it is tried again soon",
        after=PAUSE, tried=False, kind="unreachable")  # fmt: skip
    assert len(aws.requests) == FAILURES
    aws.answers = [(200, "{}")]
    for elsewhere in (OTHER_REGION, OTHER_ACCOUNT, None):
        assert _send(callbacks, execution_arn=elsewhere) == Sent("request-7")


@pytest.mark.parametrize(
    "answer", [TIMED_OUT, error("ThrottlingException"), error("AccessDeniedException"), error("InvalidToken")]
)
def test_refusals_of_step_functions_are_responses(aws: Aws, callbacks: StepFunctions, answer: Any) -> None:
    aws.answers = [answer]
    for _ in range(FAILURES * 2):
        result = _send(callbacks)
        assert isinstance(result, GivenUp | TryAgain)
    assert len(aws.requests) == FAILURES * 2


def test_heartbeats_and_the_history_are_behind_the_same_circuit(aws: Aws, callbacks: StepFunctions) -> None:
    aws.answers = [UNAVAILABLE]
    for _ in range(FAILURES):
        callbacks.heartbeat(token=TOKEN, target=a_target())
    beat = callbacks.heartbeat(token=TOKEN, target=a_target())
    found = callbacks.happened(SUCCESS, target=a_target())
    assert isinstance(beat, TryAgain)
    assert not beat.tried
    assert isinstance(found, TryAgain)
    assert found.after == PAUSE
    assert len(aws.requests) == FAILURES


def test_once_step_functions_responds_again_everything_is_sent(
    aws: Aws, callbacks: StepFunctions, clock: FrozenClock
) -> None:
    aws.answers = [UNAVAILABLE]
    for _ in range(FAILURES + 1):
        _send(callbacks)
    aws.answers = [(200, "{}")]
    clock.now += PAUSE
    assert [_send(callbacks) for _ in range(3)] == [Sent("request-7")] * 3
