"""Retries, time-outs, heartbeats and stops.

The interpreter's own clock is under test here, so these tests wait for it: their tasks have one second.
"""

import time

import pytest

from tests.support.aws.state_machines import Machines, error_code


def test_a_retry_has_a_new_token_and_the_old_one_is_dead(machines: Machines) -> None:
    execution = machines.start_task(Retry=[{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1}])
    first = machines.token()
    machines.sfn.send_task_failure(taskToken=first, error="Again", cause="not yet")
    second = machines.token()
    assert second != first
    assert machines.complete(first) == "TaskTimedOut"
    assert machines.complete(second, '{"n":2}') == "OK"
    assert machines.output(execution) == {"n": 2}


def test_a_completion_after_the_time_out_is_late(machines: Machines) -> None:
    execution = machines.start_task(TimeoutSeconds=1, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}])
    token = machines.token()
    assert machines.output(execution)["Error"] == "States.Timeout"
    assert machines.complete(token) == "TaskTimedOut"


def test_a_completion_at_the_last_moment_counts_or_is_refused(machines: Machines) -> None:
    """Send until the timeout; the first OK decides, and its output is the result."""
    execution, token = machines.start_task(TimeoutSeconds=1), machines.token()
    over = machines.event(execution, "TaskScheduled")["timestamp"].timestamp() + 1
    time.sleep(max(0, over - 0.04 - time.time()))
    answers = [machines.complete(token, str(number)) for number in range(8)]
    ended = machines.end(execution)
    if "OK" in answers:
        assert (ended["status"], ended["output"]) == ("SUCCEEDED", str(answers.index("OK")))
    else:
        assert ended["error"] == "States.Timeout"


def test_a_missed_heartbeat_is_caught_by_either_name(machines: Machines) -> None:
    executions = [
        machines.start_task(HeartbeatSeconds=1, Catch=[{"ErrorEquals": [name], "Next": "Caught"}])
        for name in ("States.Timeout", "States.HeartbeatTimeout")
    ]
    tokens = [machines.token() for _ in executions]
    for execution in executions:
        assert machines.output(execution)["Error"] == "States.Timeout"
        assert machines.event(execution, "TaskTimedOut")["taskTimedOutEventDetails"]["error"] == "States.Timeout"
    assert [machines.complete(token) for token in tokens] == ["TaskTimedOut"] * 2


def test_heartbeats_keep_a_task_but_do_not_move_its_time_out(machines: Machines) -> None:
    execution = machines.start_task(HeartbeatSeconds=1, TimeoutSeconds=2)
    token, begun, beats = machines.token(), time.monotonic(), 0
    while error_code(machines.sfn.send_task_heartbeat, taskToken=token) == "OK":
        beats += 1
        time.sleep(0.1)  # between two beats
    assert machines.end(execution)["error"] == "States.Timeout"
    assert beats > 10, "it outlived its heartbeat of one second"
    assert time.monotonic() - begun < 3


def test_a_heartbeat_nobody_asked_for_is_accepted(machines: Machines) -> None:
    machines.start_task()
    assert error_code(machines.sfn.send_task_heartbeat, taskToken=machines.token()) == "OK"


@pytest.mark.parametrize("_turn", range(3))
def test_a_stop_ends_a_waiting_execution_at_once(machines: Machines, _turn: int) -> None:
    execution, token = machines.start_task(HeartbeatSeconds=60), machines.token()
    machines.sfn.stop_execution(executionArn=execution, error="Superseded", cause="a newer one runs")
    stopped = machines.describe(execution)
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Superseded", "a newer one runs")
    assert machines.complete(token) == "TaskTimedOut"
    assert error_code(machines.sfn.send_task_heartbeat, taskToken=token) == "TaskTimedOut"
    last = machines.history(execution)[-1]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "Superseded", "cause": "a newer one runs"}


def test_a_stop_right_after_the_start_is_no_race(machines: Machines) -> None:
    execution = machines.start_task()
    machines.sfn.stop_execution(executionArn=execution)
    assert machines.describe(execution)["status"] == "ABORTED"


def test_the_machines_own_time_out_closes_its_tokens(machines: Machines) -> None:
    execution = machines.start({"Wait": machines.wait_state()}, TimeoutSeconds=1)
    token = machines.token()
    assert machines.end(execution)["status"] == "TIMED_OUT"
    assert "stopDate" in machines.describe(execution)
    assert machines.complete(token) == "TaskTimedOut"
    assert machines.event_types(execution)[-1] == "ExecutionTimedOut"
