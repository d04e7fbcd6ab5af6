"""Completions of tasks: the local Step Functions behaves as AWS, and one completion wins."""

import json
import threading

import pytest
from botocore.exceptions import ClientError

from approvals.demo.stepfunctions.local_aws import LocalAws
from tests.support.aws.state_machines import Machines, error_code

GONE = "Task Timed Out: 'Provided task does not exist anymore'"


# one winner


@pytest.mark.parametrize("_turn", range(5))
def test_of_concurrent_completions_one_wins(machines: Machines, _turn: int) -> None:
    execution, token = machines.start_task(), machines.token()
    answers: list[str] = []
    senders = [
        threading.Thread(target=lambda number=number: answers.append(machines.complete(token, str(number))))
        for number in range(8)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(answers) == ["OK"] + ["TaskTimedOut"] * 7
    assert machines.output(execution) in range(8)


def test_a_second_completion_is_told_the_task_is_gone(machines: Machines) -> None:
    machines.start_task()
    token = machines.token()
    machines.sfn.send_task_success(taskToken=token, output="{}")
    for call, parameters in (
        (machines.sfn.send_task_success, {"output": "{}"}),
        (machines.sfn.send_task_failure, {"error": "Late"}),
        (machines.sfn.send_task_heartbeat, {}),
    ):
        with pytest.raises(ClientError) as refused:
            call(taskToken=token, **parameters)
        assert refused.value.response["Error"] == {"Code": "TaskTimedOut", "Message": GONE}
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_token_that_never_was_is_invalid(machines: Machines) -> None:
    for call, parameters in (
        (machines.sfn.send_task_success, {"output": "{}"}),
        (machines.sfn.send_task_failure, {}),
        (machines.sfn.send_task_heartbeat, {}),
    ):
        with pytest.raises(ClientError) as refused:
            call(taskToken="nonsense", **parameters)
        assert refused.value.response["Error"] == {"Code": "InvalidToken", "Message": "Invalid Token: 'Invalid token'"}


def test_a_token_is_known_in_its_own_region_only(aws: LocalAws, machines: Machines) -> None:
    machines.start_task()
    elsewhere = aws.client("stepfunctions", region="eu-west-1")
    assert error_code(elsewhere.send_task_success, taskToken=machines.token(), output="{}") == "InvalidToken"


def test_tokens_are_long_and_need_escaping_in_urls(machines: Machines) -> None:
    machines.start_task()
    token = machines.token()
    assert 500 < len(token) <= 2048
    assert set("+/=") & set(token)


# content


@pytest.mark.parametrize(
    "output",
    [
        "no json",
        "{",
        "NaN",
        json.dumps("x" * 262_143),  # with its quotes one byte too many
        json.dumps("é" * 131_072, ensure_ascii=False),  # few characters, too many bytes
    ],
    ids=["text", "cut", "nan", "long", "wide"],
)
def test_an_output_that_cannot_be_is_refused_and_the_task_waits_on(machines: Machines, output: str) -> None:
    execution, token = machines.start_task(), machines.token()
    assert machines.complete(token, output) == "InvalidOutput"
    assert machines.complete(token, '{"n": 1}') == "OK"
    assert machines.output(execution) == {"n": 1}


@pytest.mark.parametrize(
    "parameters",
    [{"error": "e" * 257}, {"cause": "c" * 32_769}, {"taskToken": "t" * 2049}],
    ids=["error", "cause", "token"],
)
def test_overlong_fields_are_refused(machines: Machines, parameters: dict[str, str]) -> None:
    machines.start_task()
    sent = {"taskToken": machines.token(), **parameters}
    assert error_code(machines.sfn.send_task_failure, **sent) == "ValidationException"


def test_the_largest_output_passes(machines: Machines) -> None:
    execution = machines.start_task()
    output = json.dumps(["é" * 131_070], ensure_ascii=False)
    assert len(output.encode()) == 262_144
    assert machines.complete(machines.token(), output) == "OK"
    assert machines.output(execution) == json.loads(output)


@pytest.mark.parametrize("output", ['"text"', "null", "0", "[1,2]", '{"a":"b"}'])
def test_the_output_comes_back_as_the_json_that_was_sent(machines: Machines, output: str) -> None:
    execution = machines.start_task()
    machines.complete(machines.token(), output)
    assert machines.end(execution)["output"] == output


def test_a_failure_brings_error_and_cause_to_its_catcher(machines: Machines) -> None:
    execution = machines.start_task(Catch=[{"ErrorEquals": ["Approval.Rejected"], "Next": "Caught"}])
    machines.sfn.send_task_failure(taskToken=machines.token(), error="Approval.Rejected", cause="too risky")
    assert machines.output(execution) == {"Error": "Approval.Rejected", "Cause": "too risky"}


def test_an_uncaught_failure_fails_the_execution_with_error_and_cause(machines: Machines) -> None:
    execution = machines.start_task()
    machines.sfn.send_task_failure(taskToken=machines.token(), error="Approval.Rejected", cause="too risky")
    ended = machines.end(execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Approval.Rejected", "too risky")
    assert "stopDate" in ended


@pytest.mark.parametrize("caught_by", ["States.ALL", "States.TaskFailed"])
def test_a_failure_without_error_reaches_the_general_catchers(machines: Machines, caught_by: str) -> None:
    execution = machines.start_task(Catch=[{"ErrorEquals": [caught_by], "Next": "Caught"}])
    machines.sfn.send_task_failure(taskToken=machines.token())
    assert machines.end(execution)["status"] == "SUCCEEDED"
