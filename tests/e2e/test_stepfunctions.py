"""The local Step Functions answers as AWS does wherever an approval can tell the difference.

Only where the interpreter's own clock is under test does a test wait for it: those tasks have one second.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from approvals.demo.aws import LocalAws
from approvals.demo.stepfunctions.faults import (
    AccessDenied,
    Delay,
    DropAfterApply,
    DropBeforeApply,
    ServerError,
    Throttled,
)
from tests.support.machines import Machines, error_code, eventually

GONE = "Task Timed Out: 'Provided task does not exist anymore'"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(activity_poll_seconds=0.3) as local:
        yield local


@pytest.fixture
def machines(aws: LocalAws) -> Iterator[Machines]:
    """A fresh queue and fresh state machines, and nothing left waiting."""
    used = Machines(aws)
    yield used
    aws.reset()


# One winner


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


# What is sent


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


# Retry, time-outs, heartbeats, stops


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
    """Whoever is told OK has decided: senders knock until the time-out, and the first OK is the output."""
    execution, token = machines.start_task(TimeoutSeconds=1), machines.token()
    time.sleep(0.97)
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
        time.sleep(0.1)
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


# Parallel and Map


def parallel(machines: Machines, **changes: Any) -> dict[str, Any]:
    branches = [
        {"StartAt": name, "States": {name: machines.wait_state(Parameters=tagged(machines, name), **changes)}}
        for name in ("Left", "Right")
    ]
    catch = [{"ErrorEquals": ["Approval.Rejected", "States.Timeout"], "Next": "Caught"}]
    return {
        "Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True},
        "Caught": machines.wait_state(),
    }


def tagged(machines: Machines, name: str) -> dict[str, Any]:
    return {"QueueUrl": machines.queue_url, "MessageBody": {"token.$": "$$.Task.Token", "name": name}}


def tokens_by_name(machines: Machines, count: int) -> dict[Any, str]:
    messages = [machines.message() for _ in range(count)]
    return {message["name"]: message["token"] for message in messages}


def test_parallel_approvals_are_answered_one_by_one(machines: Machines) -> None:
    execution = machines.start(parallel(machines))
    tokens = tokens_by_name(machines, 2)
    assert machines.complete(tokens["Right"], '"r"') == "OK"
    assert machines.describe(execution)["status"] == "RUNNING"
    assert machines.complete(tokens["Left"], '"l"') == "OK"
    assert machines.output(execution) == ["l", "r"]


def test_a_rejected_branch_takes_its_siblings_token_down(machines: Machines) -> None:
    execution = machines.start(parallel(machines))
    tokens = tokens_by_name(machines, 2)
    machines.sfn.send_task_failure(taskToken=tokens["Left"], error="Approval.Rejected", cause="no")
    afterwards = machines.token()
    assert machines.complete(tokens["Right"]) == "TaskTimedOut"
    assert machines.complete(afterwards, '"after"') == "OK"
    assert machines.output(execution) == "after"
    assert machines.event_types(execution).count("TaskTimedOut") == 0, "the sibling is muted"


def mapping(machines: Machines, **changes: Any) -> dict[str, Any]:
    parameters = {"QueueUrl": machines.queue_url, "MessageBody": {"token.$": "$$.Task.Token", "name.$": "$.name"}}
    return {
        "Items": {"Type": "Pass", "Result": ["a", "b", "c"], "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemSelector": {"name.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "StartAt": "Ask",
                "States": {"Ask": machines.wait_state(Parameters=parameters, **changes)},
            },
            "Catch": [{"ErrorEquals": ["Approval.Rejected", "States.Timeout"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": machines.wait_state(),
    }


def test_every_item_of_a_map_waits_with_its_own_token(machines: Machines) -> None:
    execution = machines.start(mapping(machines))
    tokens = tokens_by_name(machines, 3)
    for name in ("c", "a", "b"):
        assert machines.complete(tokens[name], json.dumps(name.upper())) == "OK"
    assert machines.output(execution) == ["A", "B", "C"]


def test_a_rejected_item_takes_the_others_tokens_down(machines: Machines) -> None:
    execution = machines.start(mapping(machines))
    tokens = tokens_by_name(machines, 3)
    machines.sfn.send_task_failure(taskToken=tokens["b"], error="Approval.Rejected", cause="no")
    afterwards = machines.token()
    assert [machines.complete(tokens[name]) for name in "ac"] == ["TaskTimedOut"] * 2
    assert machines.complete(afterwards, '"after"') == "OK"
    assert machines.output(execution) == "after"


def test_a_time_out_inside_keeps_its_name_on_the_way_out(machines: Machines) -> None:
    states = [parallel(machines, TimeoutSeconds=1), mapping(machines, TimeoutSeconds=1)]
    executions = [machines.start(one) for one in states]
    tokens_by_name(machines, 5)
    for caught in (machines.token(), machines.token()):
        assert machines.complete(caught, '"caught"') == "OK"
    assert [machines.output(execution) for execution in executions] == ["caught", "caught"]


# Integrations


def test_a_token_travels_through_sns_to_sqs(aws: LocalAws, machines: Machines) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="approvals")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn(machines))
    execution = machines.start_task(
        Resource="arn:aws:states:::sns:publish.waitForTaskToken",
        Parameters={"TopicArn": topic, "Message": {"token.$": "$$.Task.Token"}},
    )
    envelope = machines.message()
    assert envelope["Type"] == "Notification"
    assert machines.complete(json.loads(envelope["Message"])["token"], '"via sns"') == "OK"
    assert machines.output(execution) == "via sns"


def test_a_token_travels_through_eventbridge_to_sqs(aws: LocalAws, machines: Machines) -> None:
    events = aws.client("events")
    events.put_rule(Name="approvals", EventPattern=json.dumps({"detail-type": ["Approval"]}))
    events.put_targets(Rule="approvals", Targets=[{"Id": "queue", "Arn": queue_arn(machines)}])
    entry = {"Source": "workflow", "DetailType": "Approval", "Detail": {"token.$": "$$.Task.Token"}}
    execution = machines.start_task(
        Resource="arn:aws:states:::events:putEvents.waitForTaskToken", Parameters={"Entries": [entry]}
    )
    envelope = machines.message()
    assert envelope["detail-type"] == "Approval"
    assert machines.complete(envelope["detail"]["token"], '"via events"') == "OK"
    assert machines.output(execution) == "via events"


def queue_arn(machines: Machines) -> str:
    attributes = machines.sqs.get_queue_attributes(QueueUrl=machines.queue_url, AttributeNames=["QueueArn"])
    return attributes["Attributes"]["QueueArn"]


@pytest.fixture
def api() -> Iterator[Callable[..., Any]]:
    """A small HTTP server that writes down what it gets and answers as it is told."""
    received: list[dict[str, Any]] = []
    answers: list[int] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append({"path": self.path, "headers": dict(self.headers), "body": body})
            self.send_response(answers[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Recorder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    def parameters(*, answering: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        answers[:] = [answering]
        return {
            "ApiEndpoint": f"http://127.0.0.1:{server.server_port}",
            "Method": "POST",
            "Stage": "prod",
            "Path": "approvals",
            "QueryParameters": {"kind": ["release"]},
            "Headers": {"Task-Token.$": "States.Array($$.Task.Token)"},
            "RequestBody": {"title": "Release 7"},
            "AuthType": "NO_AUTH",
        }, received

    yield parameters
    server.shutdown()
    thread.join()
    server.server_close()


def test_apigateway_invoke_brings_the_token_over_http(
    machines: Machines, api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    parameters, received = api(answering=202)
    execution = machines.start_task(
        Resource="arn:aws:states:::apigateway:invoke.waitForTaskToken", Parameters=parameters
    )
    call = eventually(lambda: received and received[0])
    assert (call["path"], call["body"]) == ("/prod/approvals?kind=release", {"title": "Release 7"})
    assert machines.complete(call["headers"]["Task-Token"], '"via http"') == "OK"
    assert machines.output(execution) == "via http"


def test_apigateway_invoke_fails_with_the_status_it_is_answered(machines: Machines, api: Callable[..., Any]) -> None:
    parameters, _ = api(answering=403)
    execution = machines.start_task(
        Resource="arn:aws:states:::apigateway:invoke.waitForTaskToken", Parameters=parameters
    )
    ended = machines.end(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "ApiGateway.403")


def test_apigateway_invoke_ends_by_failure_and_by_time_out(machines: Machines, api: Callable[..., Any]) -> None:
    parameters, received = api(answering=200)
    resource = "arn:aws:states:::apigateway:invoke.waitForTaskToken"
    late = machines.start_task(Resource=resource, Parameters=parameters, TimeoutSeconds=1)
    eventually(lambda: received)
    rejected = machines.start_task(Resource=resource, Parameters=parameters)
    call = eventually(lambda: received[1:])[0]
    machines.sfn.send_task_failure(taskToken=call["headers"]["Task-Token"], error="Approval.Rejected", cause="no")
    assert machines.end(rejected)["error"] == "Approval.Rejected"
    assert machines.end(late)["error"] == "States.Timeout"


def test_lambda_invoke_runs_a_function_that_keeps_the_token(aws: LocalAws, machines: Machines) -> None:
    events: list[Any] = []
    aws.function("intake", lambda event, _context: events.append(event))
    execution = machines.start_task(
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "intake", "Payload": {"token.$": "$$.Task.Token", "title": "Release 7"}},
    )
    event = eventually(lambda: events)[0]
    assert event["title"] == "Release 7"
    assert machines.complete(event["token"], '"via lambda"') == "OK"
    assert machines.output(execution) == "via lambda"


def test_lambda_invoke_fails_with_what_the_function_raises(aws: LocalAws, machines: Machines) -> None:
    def broken(_event: Any, _context: Any) -> None:
        raise LookupError("no such policy")

    aws.function("broken", broken)
    execution = machines.start_task(
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:broken", "Payload": {}},
    )
    assert machines.end(execution)["error"] == "LookupError"


def test_a_callback_may_come_before_the_invoked_function_returns(aws: LocalAws, machines: Machines) -> None:
    def hasty(event: Any, _context: Any) -> None:
        machines.sfn.send_task_success(taskToken=event["token"], output='"early"')

    aws.function("hasty", hasty)
    execution = machines.start_task(
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "hasty", "Payload": {"token.$": "$$.Task.Token"}},
    )
    assert machines.output(execution) == "early"


def test_a_child_workflow_ends_its_parents_wait(machines: Machines) -> None:
    child = machines.sfn.create_state_machine(
        name="child",
        definition=json.dumps(
            {
                "StartAt": "Ask",
                "States": {
                    "Ask": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::sqs:sendMessage",
                        "Parameters": {"QueueUrl": machines.queue_url, "MessageBody": {"token.$": "$.token"}},
                        "End": True,
                    }
                },
            }
        ),
        roleArn="arn:aws:iam::123456789012:role/workflow",
    )["stateMachineArn"]
    execution = machines.start_task(
        Resource="arn:aws:states:::states:startExecution.waitForTaskToken",
        Parameters={"StateMachineArn": child, "Input": {"token.$": "$$.Task.Token"}},
    )
    assert machines.complete(machines.token(), '"by the child"') == "OK"
    assert machines.output(execution) == "by the child"


def test_a_parent_gets_what_its_child_returned(machines: Machines) -> None:
    child = machines.sfn.create_state_machine(
        name="child",
        definition=json.dumps({"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": "yes", "End": True}}}),
        roleArn="arn:aws:iam::123456789012:role/workflow",
    )["stateMachineArn"]
    output = machines.output(
        machines.start_task(
            Resource="arn:aws:states:::states:startExecution.sync:2",
            Parameters={"StateMachineArn": child, "Input": {}},
        )
    )
    assert (output["Status"], output["Output"]) == ("SUCCEEDED", "yes")
    assert output["StopDate"] >= output["StartDate"] > 1e12


def test_jsonata_knows_the_token(machines: Machines) -> None:
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {
            "QueueUrl": machines.queue_url,
            "MessageBody": "{% {'token': $states.context.Task.Token, 'next': $states.input.n + 1} %}",
        },
        "TimeoutSeconds": "{% $states.input.n * 60 %}",
        "Output": "{% $states.result.answer %}",
        "End": True,
    }
    begin = {"Type": "Pass", "Output": {"n": 1}, "Next": "Ask"}
    execution = machines.start({"Begin": begin, "Ask": ask}, QueryLanguage="JSONata")
    message = machines.message()
    assert message["next"] == 2
    assert machines.complete(message["token"], '{"answer": ["yes", null]}') == "OK"
    assert machines.output(execution) == ["yes", None]


# Activities


@pytest.fixture
def activity(machines: Machines) -> str:
    return machines.sfn.create_activity(name="release-approval")["activityArn"]


def activity_state(activity: str, **changes: Any) -> dict[str, Any]:
    return {
        "Ask": {"Type": "Task", "Resource": activity, "Parameters": {"title": "Release 7"}, "End": True, **changes},
        "Caught": {"Type": "Pass", "End": True},
    }


def test_an_activity_hands_its_task_to_one_worker(machines: Machines, activity: str) -> None:
    execution = machines.start(activity_state(activity))
    task = machines.sfn.get_activity_task(activityArn=activity, workerName="gateway")
    assert json.loads(task["input"]) == {"title": "Release 7"}
    assert "taskToken" not in machines.sfn.get_activity_task(activityArn=activity)
    assert machines.complete(task["taskToken"], '"approved"') == "OK"
    assert machines.output(execution) == "approved"
    assert machines.event(execution, "ActivityStarted")["activityStartedEventDetails"] == {"workerName": "gateway"}


def test_a_poll_sees_a_task_that_comes_later(machines: Machines, activity: str) -> None:
    tasks: list[Any] = []
    worker = threading.Thread(target=lambda: tasks.append(machines.sfn.get_activity_task(activityArn=activity)))
    worker.start()
    machines.start(activity_state(activity))
    worker.join()
    assert machines.complete(tasks[0]["taskToken"]) == "OK"


def test_an_activitys_clocks_begin_when_a_worker_has_it(machines: Machines, activity: str) -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught"}]
    neglected = machines.start(activity_state(activity, HeartbeatSeconds=1, Catch=catch))
    lapsed = machines.sfn.get_activity_task(activityArn=activity)
    patient = machines.start(activity_state(activity, TimeoutSeconds=1))
    assert machines.output(neglected)["Error"] == "States.Timeout"
    time.sleep(0.1)  # by now TimeoutSeconds would be over if it counted from the beginning
    taken = machines.sfn.get_activity_task(activityArn=activity)
    assert machines.complete(lapsed["taskToken"]) == "TaskTimedOut"
    assert machines.complete(taken["taskToken"], '"in time"') == "OK"
    assert machines.output(patient) == "in time"


def test_a_stopped_execution_takes_its_activity_task_back(machines: Machines, activity: str) -> None:
    execution = machines.start(activity_state(activity))
    eventually(lambda: "ActivityScheduled" in machines.event_types(execution))
    machines.sfn.stop_execution(executionArn=execution)
    assert "taskToken" not in machines.sfn.get_activity_task(activityArn=activity)


def test_an_activity_that_does_not_exist_is_named(machines: Machines) -> None:
    missing = "arn:aws:states:us-east-1:123456789012:activity:missing"
    assert error_code(machines.sfn.get_activity_task, activityArn=missing) == "ActivityDoesNotExist"
    assert machines.end(machines.start(activity_state(missing)))["error"] == "States.Runtime"


# Descriptions and history


def test_an_execution_without_a_name_gets_one(machines: Machines) -> None:
    executions = {machines.start_task() for _ in range(2)}
    names = {machines.describe(execution)["name"] for execution in executions}
    assert len(names) == 2
    assert all(len(name) == 36 for name in names)


def test_the_history_tells_whose_callback_succeeded(machines: Machines) -> None:
    execution = machines.start_task()
    machines.complete(machines.token(), '{"callbackId": "c-1"}')
    machines.end(execution)
    succeeded = machines.event(execution, "TaskSucceeded")["taskSucceededEventDetails"]
    assert json.loads(succeeded["output"]) == {"callbackId": "c-1"}
    assert [kind for kind in machines.event_types(execution) if kind.startswith("Task")] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
    ]


def test_the_history_tells_whose_callback_failed(machines: Machines) -> None:
    execution = machines.start_task()
    cause = json.dumps({"callbackId": "c-2", "reason": "no"})
    machines.sfn.send_task_failure(taskToken=machines.token(), error="Approval.Rejected", cause=cause)
    machines.end(execution)
    failed = machines.event(execution, "TaskFailed")["taskFailedEventDetails"]
    assert (failed["error"], failed["cause"]) == ("Approval.Rejected", cause)


def test_the_history_comes_backwards_and_in_pages(machines: Machines) -> None:
    execution = machines.start_task()
    machines.complete(machines.token())
    machines.end(execution)
    forward = [event["id"] for event in machines.history(execution)]
    assert [event["id"] for event in machines.history(execution, reverseOrder=True)] == forward[::-1]
    paginator = machines.sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": 3}
    )
    pages = [[event["id"] for event in page["events"]] for page in paginator]
    assert {len(page) for page in pages[:-1]} == {3}
    assert [number for page in pages for number in page] == forward[::-1]


def test_the_history_can_leave_the_data_out(machines: Machines) -> None:
    execution = machines.start_task()
    machines.complete(machines.token(), '{"secret": 1}')
    machines.end(execution)
    assert "secret" not in str(machines.history(execution, includeExecutionData=False))


def test_listed_executions_say_when_they_stopped(machines: Machines) -> None:
    execution = machines.start_task()
    machines.token()
    machines.sfn.stop_execution(executionArn=execution)
    machine = machines.describe(execution)["stateMachineArn"]
    [listed] = machines.sfn.list_executions(stateMachineArn=machine)["executions"]
    assert listed["status"] == "ABORTED"
    assert listed["stopDate"] == machines.describe(execution)["stopDate"]


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
    """A Region that nobody has asked for yet, so that all clients are made under these variables."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    far = Machines(aws, region="ap-south-1")
    execution = far.start_task()
    assert far.complete(far.token(), '"near"') == "OK"
    assert far.output(execution) == "near"
