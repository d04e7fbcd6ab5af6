"""The workflow of the demo in the Amazon States Language: a refund that finance must approve."""

from typing import Any

from approvals.demo.cast.scenarios import Scenario

ASK = "Ask finance"
HEARTBEAT_SECONDS = 30
TIMEOUT_MARGIN_SECONDS = 30
_REFUSAL = {"order.$": "$.order.number", "refunded": 0, "decision.$": "States.StringToJson($.refusal.Cause)"}


def definition(scenario: Scenario, *, queue_url: str) -> dict[str, Any]:
    """Return the state machine of a scenario. All scenarios share the graph and differ in the approval request."""
    return {
        "Comment": "A refund above 100 € waits for finance.",
        "StartAt": "Receive return",
        "States": {
            "Receive return": {
                "Type": "Pass",
                "Result": {"outcome": "not needed"},
                "ResultPath": "$.decision",
                "Next": "Above the limit?",
            },
            "Above the limit?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.order.amount", "NumericGreaterThan": 100, "Next": ASK}],
                "Default": "Refund the customer",
            },
            ASK: _ask(scenario, queue_url),
            "Refund the customer": {
                "Type": "Pass",
                "Parameters": {
                    "order.$": "$.order.number",
                    "refunded.$": "$.decision.form.amount" if scenario.form else "$.order.amount",
                    "decision.$": "$.decision",
                },
                "Next": "Refunded",
            },
            "Refunded": {"Type": "Succeed"},
            "Keep the money": {"Type": "Pass", "Parameters": _REFUSAL, "End": True},
            "Ask again tomorrow": {"Type": "Pass", "Parameters": _REFUSAL, "End": True},
            "Call support": {"Type": "Fail", "Error": "Refund.Stuck", "Cause": "The approval could not be requested."},
        },
    }


def _ask(scenario: Scenario, queue_url: str) -> dict[str, Any]:
    """Return the waiting state, which sends its task token to the gateway's queue."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue_url, "MessageBody": _submission(scenario)},
        "TimeoutSeconds": _timeout(scenario),
        "HeartbeatSeconds": HEARTBEAT_SECONDS,
        "ResultPath": "$.decision",
        "Retry": [
            {
                "ErrorEquals": ["SQS.SdkClientException", "SQS.AmazonSQSException"],
                "IntervalSeconds": 1,
                "MaxAttempts": 3,
                "BackoffRate": 2,
            }
        ],
        "Catch": [
            {"ErrorEquals": ["Approval.Rejected"], "ResultPath": "$.refusal", "Next": "Keep the money"},
            {"ErrorEquals": ["Approval.TimedOut"], "ResultPath": "$.refusal", "Next": "Ask again tomorrow"},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.refusal", "Next": "Call support"},
        ],
        "Next": "Refund the customer",
    }


def _submission(scenario: Scenario) -> dict[str, Any]:
    """Return the message for the gateway. Only the task token, a title and the reviewers are required."""
    submission: dict[str, Any] = {
        "taskToken.$": "$$.Task.Token",
        "title.$": "States.Format('Refund order {} ({} €)', $.order.number, $.order.amount)",
        "description": scenario.description,
        "details": {
            "Order.$": "$.order.number",
            "Amount (€).$": "$.order.amount",
            "Customer.$": "$.order.customer",
            "Items.$": "$.order.items",
        },
        "risk": scenario.risk,
        "requester.$": "$.requester",
        "policy": scenario.policy,
        "timeoutSeconds": _timeout(scenario),
        "heartbeatSeconds": HEARTBEAT_SECONDS,
        "context.$": "$$",
    }
    return submission | ({"form": scenario.form} if scenario.form else {})


def _timeout(scenario: Scenario) -> int:
    """Return a timeout longer than the policy's, so that the gateway reports the timeout to the workflow."""
    return scenario.timeout_seconds + TIMEOUT_MARGIN_SECONDS
