"""State machines on the local AWS: define and start one, read its token, and wait for its end."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from approvals.demo.stepfunctions.local_aws import LocalAws

ROLE = "arn:aws:iam::123456789012:role/workflow"
PATIENCE_SECONDS = 10

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """Wait for the first result of `look`. Fail if there is none in time."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"nothing found within {seconds} s by {look}")


def error_code(call: Callable[..., Any], **parameters: Any) -> str:
    """Return the error code of a call, or OK."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "OK"


@dataclass
class Machines:
    """One queue, and state machines that send their tokens to it."""

    aws: LocalAws
    region: str | None = None
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.sfn = self.aws.client("stepfunctions", region=self.region)
        self.sqs = self.aws.client("sqs", region=self.region)
        self.queue_url: str = self.sqs.create_queue(QueueName="approvals")["QueueUrl"]

    def wait_state(self, **changes: Any) -> dict[str, Any]:
        """Return a task state that sends its token to the queue and waits."""
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": self.queue_url, "MessageBody": {"token.$": "$$.Task.Token"}},
            "End": True,
            **changes,
        }

    def start_task(self, **changes: Any) -> str:
        """Start an execution with one waiting task; catchers may use the state "Caught"."""
        return self.start({"Wait": self.wait_state(**changes), "Caught": {"Type": "Pass", "End": True}})

    def start(self, states: dict[str, Any], *, execution_input: Any = None, **fields: Any) -> str:
        self._made += 1
        definition = {"StartAt": next(iter(states)), "States": states, **fields}
        machine = self.sfn.create_state_machine(
            name=f"machine-{self._made}", definition=json.dumps(definition), roleArn=ROLE
        )
        started = self.sfn.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(execution_input or {})
        )
        return started["executionArn"]

    def message(self) -> dict[str, Any]:
        """Receive and delete the next message of the queue."""
        received = self.sqs.receive_message(QueueUrl=self.queue_url, WaitTimeSeconds=PATIENCE_SECONDS)
        [message] = received.get("Messages") or [{}]
        assert message, "no message came"
        self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    def token(self) -> str:
        return self.message()["token"]

    def complete(self, token: str, output: str = "{}") -> str:
        return error_code(self.sfn.send_task_success, taskToken=token, output=output)

    def describe(self, execution: str) -> dict[str, Any]:
        return self.sfn.describe_execution(executionArn=execution)

    def end(self, execution: str) -> dict[str, Any]:
        """Wait for the end of an execution and return its description."""

        def ended() -> dict[str, Any] | None:
            described = self.describe(execution)
            return described if described["status"] != "RUNNING" else None

        return eventually(ended)

    def output(self, execution: str) -> Any:
        ended = self.end(execution)
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def history(self, execution: str, **options: Any) -> list[dict[str, Any]]:
        return self.sfn.get_execution_history(executionArn=execution, **options)["events"]

    def event_types(self, execution: str) -> list[str]:
        return [event["type"] for event in self.history(execution)]

    def event(self, execution: str, event_type: str) -> dict[str, Any]:
        """Return the latest event of a type. Fail if there is none."""
        return next(event for event in self.history(execution, reverseOrder=True) if event["type"] == event_type)
