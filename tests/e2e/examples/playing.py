"""Playing an example: state machines on the interpreter, Lambda functions in Python, people by mail and page."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from approvals.adapters.aws.activity import ActivityQueue
from approvals.adapters.aws.sqs import SqsQueue
from approvals.domain.model.approval import Approval
from approvals.domain.model.records import Filter
from approvals.entrypoints.intake.batch import QueueMessage, take_from
from tests.e2e.whole import PUBLIC_URL, Person, Whole
from tests.support.aws.state_machines import ROLE, eventually
from tests.support.wheel import ROOT

EXAMPLES = ROOT / "examples"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
Handler = Callable[[Any], Any]


def read(name: str, file: str) -> Any:
    return json.loads((EXAMPLES / name / file).read_text(encoding="utf-8"))


@dataclass
class Play:
    """Examples being run.

    `calls` are the Lambda functions that were invoked, in order, with their payloads; `sent` are the submissions that
    came in, without what differs from run to run: task token and context.
    """

    whole: Whole
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    placeholders: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.placeholders["ApprovalsQueueUrl"] = self.whole.machines.queue_url
        sqs = self.whole.aws.client("sqs")
        self.whole.queue = SqsQueue(lambda: sqs, url=self.whole.machines.queue_url, make=self._noted)

    def _noted(self, message_id: str, body: str, receipt: str, token: str = "", _trace: str = "") -> QueueMessage:
        self.sent.append(_lasting({"taskToken": token, **json.loads(body)}))
        return QueueMessage(message_id, body, receipt, token)

    def functions(self, **answers: Any) -> None:
        """What each function answers: a value, a callable of its payload, or an exception to raise."""
        for name, answer in answers.items():
            self.whole.aws.function(name, self._handler(name, answer))

    def _handler(self, name: str, answer: Any) -> Callable[[Any, Any], Any]:
        def handle(event: Any, _context: Any) -> Any:
            self.calls.append((name, event))
            if isinstance(answer, Exception):
                raise answer
            return answer(event) if callable(answer) else answer

        return handle

    def machine(self, example: str, file: str = "workflow.asl.json") -> str:
        """The state machine of a file, its placeholders filled in as a deployment would. Gives its ARN."""
        text = (EXAMPLES / example / file).read_text(encoding="utf-8")
        filled = PLACEHOLDER.sub(lambda found: self.placeholders.get(found[1], found[1]), text)
        made = self.whole.machines.sfn.create_state_machine(
            name=f"{example}-{file.partition('.')[0]}", definition=filled, roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, given: Any) -> str:
        started = self.whole.machines.sfn.start_execution(stateMachineArn=machine, input=json.dumps(given))
        return str(started["executionArn"])

    def asked(self, count: int = 1) -> list[Approval]:
        """Takes in so many submissions and sends their mails. Gives what is pending, newest first."""
        self.whole.take_in(count)
        self.whole.work()
        return self.pending()

    def asked_by_activity(self, arn: str) -> list[Approval]:
        """The same for one task of an activity, as `approvals worker --activity` takes it."""
        queue = ActivityQueue(lambda: self.whole.machines.sfn, arn=arn, worker_name="gateway", make=self._noted)
        eventually(lambda: take_from(queue, self.whole.gateway))
        self.whole.work()
        return self.pending()

    def pending(self) -> list[Approval]:
        return self.whole.gateway.find(Filter(status="pending"))

    def approval(self, execution: str) -> Approval:
        """The latest approval of an execution."""
        found = self.whole.gateway.find(Filter(execution=execution))
        return max(found, key=lambda approval: approval.created_at)

    def cancel(self, approval: Approval, *, reason: str) -> None:
        self.whole.gateway.cancel(approval.id, actor="tests", reason=reason)

    def answer(self, address: str, title: str, option: str, **fields: str) -> str:
        """Somebody opens the link of the mail with this title and sends the form. Gives the page that follows."""
        return About(self.whole, address, title).answer(option, **fields).get_data(as_text=True)

    def page(self, address: str, title: str) -> str:
        return About(self.whole, address, title).look()

    def mails(self, address: str, title: str) -> list[str]:
        """The events of the mails that somebody got about it."""
        return [_event(mail) for mail in self.whole.mails_to(address) if title in mail["Subject"]]

    def output(self, execution: str) -> Any:
        return self.whole.machines.output(execution)

    def failure(self, execution: str) -> tuple[str, str]:
        """The error and the cause with which an execution failed."""
        ended = self.whole.machines.end(execution)
        assert ended["status"] == "FAILED", ended
        return ended["error"], ended.get("cause", "")

    def called(self, name: str) -> list[Any]:
        """The payloads of a function's invocations."""
        return [payload for called, payload in self.calls if called == name]


def _lasting(payload: dict[str, Any]) -> dict[str, Any]:
    assert payload["taskToken"]
    assert payload["context"]["Execution"]["Id"]
    return {name: value for name, value in payload.items() if name not in ("taskToken", "context")}


def _event(mail: EmailMessage) -> str:
    found = re.search(r"\.(asked|reminded|escalated|settled|refreshed)\.", str(mail["Message-ID"]))
    return found[1] if found else ""


class About(Person):
    """Somebody who acts on one of several mails, found by its title."""

    def __init__(self, whole: Whole, address: str, title: str) -> None:
        super().__init__(whole, address)
        self._title = title

    @property
    def link(self) -> str:
        mails = [mail for mail in self._whole.mails_to(self.address) if self._title in mail["Subject"]]
        asking = [mail for mail in mails if ".settled." not in mail["Message-ID"]]
        assert asking, f"no mail to {self.address} about “{self._title}”"
        body = asking[-1].get_body(("plain",))
        found = re.search(rf"{re.escape(PUBLIC_URL)}(/r/\S+)", body.get_content() if body else "")
        assert found, f"the mail to {self.address} has no link"
        return found[1]
