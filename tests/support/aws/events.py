"""AWS events: SNS and EventBridge envelopes, execution status changes, and IAM-authorized requests."""

from typing import Any

from tests.builders import EXECUTION_ARN

ROLE = "arn:aws:sts::123456789012:assumed-role/refunds/execution"


def sns(message: str) -> dict[str, Any]:
    return {
        "Type": "Notification", "MessageId": "22b80b92", "TopicArn": "arn:aws:sns:eu-central-1:123456789012:asks",
        "Message": message, "Timestamp": "2026-03-02T09:30:00.000Z", "SignatureVersion": "1", "Signature": "EXAMPLE",
    }  # fmt: skip


def eventbridge(detail: Any, **changes: Any) -> dict[str, Any]:
    return {
        "version": "0", "id": "17793124", "detail-type": "Approval wanted", "source": "refunds", "account": "1",
        "time": "2026-03-02T09:30:00Z", "region": "eu-central-1", "resources": [EXECUTION_ARN], "detail": detail,
        **changes,
    }  # fmt: skip


def status_change(status: str = "ABORTED", **detail: Any) -> dict[str, Any]:
    told = {
        "executionArn": EXECUTION_ARN,
        "stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:refunds",
        "name": "order-1234", "status": status, "startDate": 1772443798123, "stopDate": 1772445600500,
        "input": "{}", "output": None, "redriveCount": 0, "redriveDate": None, **detail,
    }  # fmt: skip
    return eventbridge(told, **{"detail-type": "Step Functions Execution Status Change", "source": "aws.states"})


def authorized(arn: Any) -> dict[str, Any]:
    """Return the HTTP API event that apig-wsgi passes on for a caller with that IAM ARN."""
    iam = {"accessKey": "AKIA", "accountId": "123456789012", "callerId": "AROA:execution", "userArn": arn}
    return {"apig_wsgi.full_event": {"version": "2.0", "requestContext": {"authorizer": {"iam": iam}}}}
