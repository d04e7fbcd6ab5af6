"""The local AWS: a single instance, reset, and fault injection."""

import threading
import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from approvals.demo.stepfunctions.faults import (
    AccessDenied,
    Delay,
    DropAfterApply,
    DropBeforeApply,
    RawResponse,
    Serve,
    ServerError,
    Throttled,
)
from approvals.demo.stepfunctions.local_aws import LocalAws
from tests.support.aws.state_machines import Machines, error_code, eventually

# Faults


def test_a_dropped_answer_leaves_the_call_done(aws: LocalAws, machines: Machines) -> None:
    execution, token = machines.start_task(), machines.token()
    before = aws.calls["SendTaskSuccess"]
    aws.faults.next("SendTaskSuccess", DropAfterApply())
    with pytest.raises(ConnectionClosedError):
        machines.complete(token, '"once"')
    assert machines.complete(token, '"twice"') == "TaskTimedOut"
    assert machines.output(execution) == "once"
    assert aws.calls["SendTaskSuccess"] - before == 2


def test_a_dropped_call_leaves_the_task_waiting(aws: LocalAws, machines: Machines) -> None:
    execution, token = machines.start_task(), machines.token()
    aws.faults.next("SendTaskSuccess", DropBeforeApply())
    with pytest.raises(ConnectionClosedError):
        machines.complete(token, '"lost"')
    assert machines.complete(token, '"arrived"') == "OK"
    assert machines.output(execution) == "arrived"


@pytest.mark.parametrize(("applied", "then"), [(True, "TaskTimedOut"), (False, "OK")], ids=["after", "before"])
def test_a_server_error_comes_before_or_after_the_call_took_effect(
    aws: LocalAws, machines: Machines, applied: bool, then: str
) -> None:
    machines.start_task()
    token = machines.token()
    aws.faults.next("SendTaskFailure", ServerError(applied=applied))
    with pytest.raises(ClientError) as failed:
        machines.sfn.send_task_failure(taskToken=token, error="Approval.Rejected")
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert machines.complete(token) == then


def test_refusals_come_in_the_order_they_were_laid_down(aws: LocalAws, machines: Machines) -> None:
    machines.start_task()
    token = machines.token()
    aws.faults.next("SendTaskHeartbeat", Throttled(), AccessDenied())
    answers = [error_code(machines.sfn.send_task_heartbeat, taskToken=token) for _ in range(3)]
    assert answers == ["ThrottlingException", "AccessDeniedException", "OK"]


def test_a_delayed_answer_is_late_and_good(aws: LocalAws, machines: Machines) -> None:
    machines.start_task()
    token, begun = machines.token(), time.monotonic()
    aws.faults.next("SendTaskSuccess", Delay(0.2))
    assert machines.complete(token) == "OK"
    assert time.monotonic() - begun >= 0.2


# The local AWS itself


def test_there_is_one_local_aws_at_a_time(aws: LocalAws) -> None:
    with pytest.raises(RuntimeError, match="another LocalAws"), LocalAws():
        pytest.fail("moto keeps its state per process")
    assert aws.client("stepfunctions").list_state_machines()["stateMachines"] == []


def test_a_reset_leaves_nothing_waiting(aws: LocalAws, machines: Machines) -> None:
    machines.start_task()
    token = machines.token()
    aws.faults.next("SendTaskSuccess", Throttled())
    aws.reset()
    assert machines.sfn.list_state_machines()["stateMachines"] == []
    assert machines.complete(token) == "InvalidToken"
    assert aws.calls["SendTaskSuccess"] == 1


def test_a_reset_waits_for_what_is_just_being_sent(aws: LocalAws, machines: Machines) -> None:
    """A late message would otherwise arrive in the next test's queue, which has the same name."""
    begun, emptied, arrived = threading.Event(), threading.Event(), threading.Event()

    def on_its_way(serve: Serve) -> RawResponse:
        begun.set()
        emptied.wait(0.2)
        answer = serve()
        arrived.set()
        return answer

    aws.faults.next("SendMessage", on_its_way)
    machines.start_task()
    assert begun.wait(5)
    aws.reset()
    after = Machines(aws)
    emptied.set()
    assert arrived.wait(5)
    assert "Messages" not in after.sqs.receive_message(QueueUrl=after.queue_url, WaitTimeSeconds=0)


def test_what_waits_keeps_no_process_alive(machines: Machines) -> None:
    before = set(threading.enumerate())
    execution = machines.start_task()
    machines.token()
    waiting = set(threading.enumerate()) - before
    assert waiting
    assert all(thread.daemon for thread in waiting)
    machines.sfn.stop_execution(executionArn=execution)
    eventually(lambda: not any(thread.is_alive() for thread in waiting))


def test_proxy_variables_catch_no_call(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a new Region, so that all its clients are created with these variables."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    far = Machines(aws, region="ap-south-1")
    execution = far.start_task()
    assert far.complete(far.token(), '"near"') == "OK"
    assert far.output(execution) == "near"
