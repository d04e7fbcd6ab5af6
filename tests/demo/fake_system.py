"""A fake of the demo's system for tests of its page: orders, their progress, and mails."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from approvals.demo.cast.machine import ASK, definition
from approvals.demo.cast.scenarios import Scenario
from approvals.demo.mailbox import ReceivedMail
from approvals.demo.progress import ExecutionProgress, read_progress
from approvals.demo.slack_ui.workspace import ShopSlack
from approvals.demo.system import Order

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HERE = {"Origin": "http://localhost"}
LINK = "http://127.0.0.1:8000/r/signed"
WAITING = ("Receive return", "Above the limit?", ASK)


@dataclass
class FakeSystem:
    """The parts of DemoSystem that the page uses."""

    orders: list[Order] = field(default_factory=list)
    progresses: dict[str, ExecutionProgress] = field(default_factory=dict)
    mailbox: Any = field(default_factory=lambda: SimpleNamespace(mails=[]))
    slack: ShopSlack = field(default_factory=ShopSlack)
    gateway: Any = field(default_factory=lambda: SimpleNamespace(url="http://127.0.0.1:8000"))

    def __post_init__(self) -> None:
        self.mailbox.find = lambda number: next((mail for mail in self.mailbox.mails if mail.number == number), None)

    def start(self, scenario: Scenario) -> Order:
        order = Order(number=str(1042 + len(self.orders)), scenario=scenario, execution="arn")
        self.orders.append(order)
        self.progresses[order.number] = progress(*WAITING)
        return order

    def progress(self, order: Order) -> ExecutionProgress:
        return self.progresses[order.number]

    def definition(self, scenario: Scenario) -> dict[str, Any]:
        return definition(scenario, queue_url="queue")

    def receive(self, *, to: str = "ana@shop.example") -> None:
        number = len(self.mailbox.mails) + 1
        self.mailbox.mails.append(
            ReceivedMail(
                number=number,
                to=to,
                subject="Approval needed: Refund order 1042 (420 €)",
                at=START.timestamp(),
                text=f"\nYour answer is needed\n\n{LINK}\n",
                html=f"<html><head></head><body><a href='{LINK}'>Review</a><script>no()</script></body></html>",
            )
        )


def progress(*path: str, status: str = "RUNNING", output: str | None = None, failed: bool = False) -> ExecutionProgress:
    """Return the progress of an execution that passed these states."""
    events: list[dict[str, Any]] = []
    for name in path:
        events += [{"type": "PassStateEntered", "timestamp": START, "stateEnteredEventDetails": {"name": name}}]
        if failed and name == ASK:
            events.append({"type": "TaskFailed"})
        if name != path[-1] or status != "RUNNING":
            events.append({"type": "PassStateExited", "stateExitedEventDetails": {"name": name}})
    return read_progress({"status": status} | ({"output": output} if output else {}), events)
