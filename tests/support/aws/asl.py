"""Correct state machines, and changes that break them."""

import copy
from collections.abc import Callable
from typing import Any

from approvals.domain.asl.lint import lint

Change = Callable[[dict[str, Any]], None]
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/approvals"
CATCH = [
    {"ErrorEquals": ["Approval.Rejected"], "Next": "Done"},
    {"ErrorEquals": ["Approval.TimedOut"], "Next": "Done"},
]
GOOD: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "TimeoutSeconds": 3600,
    "HeartbeatSeconds": 600,
    "Parameters": {
        "QueueUrl": QUEUE,
        "MessageBody": {
            "taskToken.$": "$$.Task.Token",
            "context.$": "$$",
            "timeoutSeconds": 3600,
            "heartbeatSeconds": 600,
            "title.$": "States.Format('Refund {}', $.order)",
            "details": {"Order.$": "$.order", "Price": "$5"},
            "reviewers": ["ana@example.com"],
        },
    },
    "Catch": CATCH,
    "Next": "Done",
}
GOOD_JSONATA: dict[str, Any] = {
    **{key: value for key, value in GOOD.items() if key != "Parameters"},
    "QueryLanguage": "JSONata",
    "Arguments": {
        "QueueUrl": QUEUE,
        "MessageBody": {
            "taskToken": "{% $states.context.Task.Token %}",
            "context": "{% $states.context %}",
            "timeoutSeconds": 3600,
            "heartbeatSeconds": 600,
            "title": "{% 'Refund ' & $states.input.order %}",
            "details": {"Order": "{% $states.input.order %}"},
            "reviewers": ["ana@example.com"],
        },
    },
}


def machine(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": "Ask", "States": {"Ask": state, "Done": {"Type": "Succeed"}}, **more}


def changed(change: Change, *, of: dict[str, Any] = GOOD) -> dict[str, Any]:
    state = copy.deepcopy(of)
    change(state)
    return state


def found(state: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in lint(machine(state), **options)]


def body(state: dict[str, Any]) -> dict[str, Any]:
    arguments = state["Arguments" if "Arguments" in state else "Parameters"]
    return arguments["MessageBody"]  # type: ignore[no-any-return]


def put(**fields: Any) -> Change:
    """Set fields of the payload; `title__` means `title.$`, None removes a field."""

    def change(state: dict[str, Any]) -> None:
        for name, value in fields.items():
            key = name.replace("__", ".$")
            body(state).pop(key, None) if value is None else body(state).update({key: value})

    return change


def of_state(**fields: Any) -> Change:
    def change(state: dict[str, Any]) -> None:
        state.update(fields)
        for name in [name for name, value in fields.items() if value is None]:
            del state[name]

    return change


def both(*changes: Change) -> Change:
    def change(state: dict[str, Any]) -> None:
        for one in changes:
            one(state)

    return change


NO_TOKEN = put(taskToken__=None, context__=None)


def waiting(integration: str, **arguments: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), "Resource": f"arn:aws:states:::{integration}", "Parameters": arguments}


PAYLOAD = body(GOOD)
DOORS = [
    waiting("sns:publish.waitForTaskToken", TopicArn="arn:t", Message=PAYLOAD),
    waiting("events:putEvents.waitForTaskToken", Entries=[{"Detail": PAYLOAD, "EventBusName": "b"}]),
    waiting("lambda:invoke.waitForTaskToken", FunctionName="f", Payload=PAYLOAD),
    waiting("apigateway:invoke.waitForTaskToken", ApiEndpoint="a", RequestBody=PAYLOAD),
    waiting("aws-sdk:sqs:sendMessage.waitForTaskToken", QueueUrl="q", MessageBody=PAYLOAD),
    {**GOOD, "Resource": "arn:aws:states:eu-central-1:123456789012:activity:ask", "Parameters": {
        key: value for key, value in PAYLOAD.items() if key != "taskToken.$"}},
    {**GOOD, "Resource": "${AskActivity}", "Parameters": PAYLOAD},
]  # fmt: skip


def template(kind: str, **properties: Any) -> dict[str, Any]:
    other = {"Type": "AWS::SQS::Queue", "Properties": {}}
    return {"Resources": {"Queue": other, "Machine": {"Type": kind, "Properties": properties}}}
