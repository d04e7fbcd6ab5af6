"""Every service integration that can request an approval sends the token and gets the result."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from approvals.demo.stepfunctions.local_aws import LocalAws
from tests.support.aws.state_machines import Machines, eventually


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
    """A small HTTP server that records requests and returns a given status."""
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
            """Log no requests."""

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
