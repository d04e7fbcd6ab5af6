"""Everything the demo runs on loopback: Step Functions, SQS, a mailbox, a fake Slack, the gateway; and its orders."""

import json
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from approvals.demo.cast.machine import definition
from approvals.demo.cast.scenarios import DIRECTORY, Scenario
from approvals.demo.environment import REGION, demo_environment
from approvals.demo.mailbox import Mailbox
from approvals.demo.process import GatewayProcess
from approvals.demo.progress import ExecutionProgress, read_progress
from approvals.demo.slack_ui.workspace import ShopSlack
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/refunds"
FIRST_ORDER = 1042


@dataclass(frozen=True, kw_only=True)
class Order:
    """One execution of a scenario."""

    number: str
    scenario: Scenario
    execution: str


@dataclass(kw_only=True)
class DemoSystem:
    """A context manager that starts all services of the demo, and stops and deletes them at the end."""

    orders: list[Order] = field(default_factory=list)
    _finished: dict[str, ExecutionProgress] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(demo_environment())
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="approvals-demo-")))
            self.mailbox = self._stack.enter_context(Mailbox())
            self.slack = self._stack.enter_context(ShopSlack())
            self.aws = LocalAws(region=REGION)
            self.queue_url = f"{self.aws.endpoint}/{ACCOUNT}/approvals"
            self.gateway = self._stack.enter_context(GatewayProcess(self._settings(folder), folder=folder))
            # Both take a second to start, so they start in parallel; the gateway retries until AWS answers.
            self._stack.enter_context(self.aws)
            self._make_queues()
            self.gateway.wait_until_ready()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, scenario: Scenario) -> Order:
        with self._lock:
            order = self._start_execution(scenario, number=str(FIRST_ORDER + len(self.orders)))
            self.orders.append(order)
        return order

    def order(self, number: str) -> Order | None:
        return next((order for order in self.orders if order.number == number), None)

    def progress(self, order: Order) -> ExecutionProgress:
        """Return the progress of an order. A finished execution is not queried again."""
        if order.number in self._finished:
            return self._finished[order.number]
        sfn = self.aws.client("stepfunctions")
        execution = sfn.describe_execution(executionArn=order.execution)
        history = sfn.get_execution_history(executionArn=order.execution)["events"]
        progress = read_progress(execution, history)
        if not progress.running:
            self._finished[order.number] = progress
        return progress

    def definition(self, scenario: Scenario) -> dict[str, Any]:
        return definition(scenario, queue_url=self.queue_url)

    def _start_execution(self, scenario: Scenario, *, number: str) -> Order:
        sfn = self.aws.client("stepfunctions")
        machine = sfn.create_state_machine(
            name=f"refund-{scenario.slug}",
            definition=json.dumps(self.definition(scenario), ensure_ascii=False),
            roleArn=ROLE,
        )["stateMachineArn"]
        execution = sfn.start_execution(
            stateMachineArn=machine, name=f"order-{number}", input=json.dumps(scenario.order(number))
        )
        return Order(number=number, scenario=scenario, execution=execution["executionArn"])

    def _make_queues(self) -> None:
        sqs = self.aws.client("sqs")
        dead = sqs.create_queue(QueueName="approvals-dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "5"})
        sqs.create_queue(QueueName="approvals", Attributes={"RedrivePolicy": redrive})

    def _settings(self, folder: Path) -> dict[str, str]:
        directory = folder / "approvals.yml"
        directory.write_text(json.dumps(DIRECTORY))
        return {
            **self.slack.settings,
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "APPROVALS_DATABASE_URL": f"sqlite:///{folder / 'approvals.db'}",
            "APPROVALS_SIGNING_KEYS": new_signing_key(),
            "APPROVALS_SEALING_KEYS": new_sealing_key(),
            "APPROVALS_QUEUE_URL": self.queue_url,
            "APPROVALS_DIGEST_WINDOW": "0s",
            "APPROVALS_DIRECTORY": str(directory),
            "APPROVALS_MAIL_URL": f"smtp://127.0.0.1:{self.mailbox.port}?starttls=no",
            "APPROVALS_MAIL_FROM": "Approvals <approvals@shop.example>",
            "APPROVALS_SWEEP_SECONDS": "1",
        }


def newest_first(orders: Sequence[Order]) -> list[Order]:
    return sorted(orders, key=lambda order: order.number, reverse=True)
