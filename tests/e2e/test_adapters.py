"""Workflows as they are: five state machines with payloads and answers of their own, unchanged, to all their ends."""

import dataclasses
import json
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import pytest
from werkzeug.serving import make_server

from approvals.adapters.directory.file import decode_directory_file
from approvals.demo.stepfunctions.faults import DropAfterApply
from approvals.domain.directory.configuration import configuration
from approvals.domain.model.approval import Approval
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.records import Filter
from approvals.entrypoints.api.auth import IAM_SCOPES, Caller
from approvals.entrypoints.app import create_app
from approvals.entrypoints.aws_lambda.intake import answered
from approvals.entrypoints.intake.batch import QueueMessage, take
from approvals.flows.gateway import Gateway
from tests.e2e.whole import Whole
from tests.support.aws.state_machines import ROLE, eventually
from tests.support.wheel import ROOT

EXAMPLES = ROOT / "examples" / "adapters"
INPUTS: dict[str, dict[str, Any]] = {
    "purchase": {"product": "lamp", "quantity": 3},
    "change": {"title": "Raise the limit", "approvers": ["ana@example.com"], "limit": 200},
    "claim": {"claim": "77", "name": "Rhea", "amount": 420},
    "inspection": {"id": "pump-7"},
    "publication": {"article": "On waiting", "editor": "ana@example.com"},
}
TITLES = {
    "purchase": "Order 3 × lamp",
    "change": "Raise the limit",
    "claim": "Claim 77",
    "inspection": "Inspect pump-7",
    "publication": "Publish “On waiting”",
}


class Stage:
    """One example on the whole product: its machine as it lies in the folder, only the names of places filled in."""

    def __init__(self, whole: Whole, name: str, cleanup: ExitStack) -> None:
        self.whole, self.name, self._cleanup = whole, name, cleanup
        found = decode_directory_file((EXAMPLES / name / "approvals.yml").read_bytes(), name="approvals.yml")
        theirs = configuration(found.directory, found.adapters)
        whole.gateway = Gateway(dataclasses.replace(whole.gateway.ports, configuration=lambda: theirs))
        whole.app = create_app(whole.gateway, who=lambda _scope: Caller("iam:arn:aws:iam::1:role/w", IAM_SCOPES))
        self._places: dict[str, Callable[[], str]] = {
            "PurchasesQueueUrl": lambda: self._queue("purchases"),
            "InspectionsQueueUrl": lambda: self._queue("inspections"),
            "ClaimsTopicArn": self._topic,
            "ApprovalsFunction": self._function,
            "ApprovalsApiEndpoint": self._api,
        }
        self.queue_url = ""

    def start(self) -> str:
        """Starts it and waits until it has asked. Gives the execution's ARN."""
        definition = (EXAMPLES / self.name / "machine.json").read_text(encoding="utf-8")
        for place, made in self._places.items():
            if f"${{{place}}}" in definition:
                definition = definition.replace(f"${{{place}}}", made())
        sfn = self.whole.machines.sfn
        machine = sfn.create_state_machine(name=self.name, definition=definition, roleArn=ROLE)["stateMachineArn"]
        started = sfn.start_execution(stateMachineArn=machine, input=json.dumps(INPUTS[self.name]))
        eventually(self._asked)
        self.whole.work()
        return started["executionArn"]

    @property
    def approval(self) -> Approval:
        [approval] = self.whole.gateway.find(Filter())
        return approval

    def _asked(self) -> bool:
        """Whatever waits in the queue is taken in, as the worker would."""
        if self.queue_url:
            sqs = self.whole.machines.sqs
            for got in sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", ()):
                message = QueueMessage(got["MessageId"], got["Body"], got["ReceiptHandle"])
                source = Source(door="sqs", name=self.queue_url.rpartition("/")[2])
                assert take([message], self.whole.gateway, source=source) == [message]
        return bool(self.whole.gateway.find(Filter()))

    def _queue(self, name: str) -> str:
        self.queue_url = self.whole.machines.sqs.create_queue(QueueName=name)["QueueUrl"]
        return self.queue_url

    def _topic(self) -> str:
        sqs, sns = self.whole.machines.sqs, self.whole.aws.client("sns")
        attributes = sqs.get_queue_attributes(QueueUrl=self._queue("from-sns"), AttributeNames=["QueueArn"])
        topic: str = sns.create_topic(Name="claims")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"])
        return topic

    def _function(self) -> str:
        self.whole.aws.function("approvals", lambda event, _context: answered(event, self.whole.gateway))
        return "approvals"

    def _api(self) -> str:
        server = make_server("127.0.0.1", 0, self.whole.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        for last_step_first in (server.server_close, thread.join, server.shutdown):
            self._cleanup.callback(last_step_first)
        return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def stage(whole: Whole) -> Generator[Callable[[str], Stage]]:
    with ExitStack() as cleanup:
        yield lambda name: Stage(whole, name, cleanup)


def _late(stage: Stage) -> str:
    return stage.approval.deadline.isoformat().replace("+00:00", "Z")


ENDS: list[tuple[str, str, Callable[[Stage], Any]]] = [
    ("purchase", "approve", lambda _: {"bought": True, "agreedBy": "ana@example.com"}),
    ("purchase", "reject", lambda _: {"bought": False}),
    ("purchase", "", lambda stage: {"escalated": f"nobody answered by {_late(stage)}"}),
    ("change", "approve", lambda _: "applied"),
    ("change", "reject", lambda _: "discarded"),
    ("change", "", lambda _: "postponed"),
    ("claim", "approve", lambda _: {"paid": 420}),
    ("claim", "reject", lambda _: {"denied": "not covered"}),
    ("claim", "", lambda _: {"parked": "77"}),
    ("inspection", "done", lambda _: {"released": "pump-7"}),
    ("inspection", "rework", lambda _: {"rework": "pump-7"}),
    ("publication", "approve", lambda _: {"published": "On waiting"}),
    ("publication", "reject", lambda _: {"returned": "not covered"}),
    ("publication", "", lambda _: {"waited": "On waiting"}),
]


@pytest.mark.parametrize(
    ("name", "answer", "end"), ENDS, ids=[f"{name}: {answer or 'late'}" for name, answer, _ in ENDS]
)
def test_an_unchanged_state_machine_reaches_each_of_its_ends(
    stage: Callable[[str], Stage], name: str, answer: str, end: Callable[[Stage], Any]
) -> None:
    playing = stage(name)
    execution = playing.start()
    _see_what_people_see(playing)
    if answer:
        playing.whole.person("ana@example.com").answer(answer, comment="not covered")
    else:
        playing.whole.work(days=1)
    assert playing.whole.machines.output(execution) == end(playing)
    assert playing.approval.callback == "delivered"


def _see_what_people_see(stage: Stage) -> None:
    """Made of what the workflow sends, and never the token."""
    [mail] = stage.whole.mails_to("ana@example.com")
    assert TITLES[stage.name] in mail["Subject"]
    content = json.dumps(stage.approval.content.details) + stage.approval.content.description
    assert "oken" not in content


def test_where_an_adapter_names_no_time_the_error_is_our_own(stage: Callable[[str], Stage]) -> None:
    playing = stage("inspection")
    execution = playing.start()
    playing.whole.work(hours=1)
    assert playing.whole.machines.end(execution)["error"] == "Approval.TimedOut"


def test_an_answer_of_its_own_whose_receipt_was_lost_is_found_again_in_the_history(
    stage: Callable[[str], Stage],
) -> None:
    playing = stage("change")
    execution = playing.start()
    playing.whole.aws.faults.next("SendTaskSuccess", DropAfterApply())
    playing.whole.person("ana@example.com").answer("approve")
    assert playing.approval.callback == "waiting"
    assert playing.whole.machines.output(execution) == "applied"  # it has ended, so its history is complete
    playing.whole.work(seconds=10)
    assert playing.approval.callback == "delivered"


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_an_adapter_has_less_than_fifteen_lines(name: str) -> None:
    lines = (EXAMPLES / name / "approvals.yml").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 15
    raw = (EXAMPLES / name / "approvals.yml").read_bytes()
    assert decode_directory_file(raw, name="approvals.yml").adapters
