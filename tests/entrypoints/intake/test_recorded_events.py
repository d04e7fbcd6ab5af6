"""Every event under tests/events is understood by the door that it is for."""

import json
from typing import Any

import pytest
from apig_wsgi import make_lambda_handler

from approvals.adapters.aws.sns_signature import SnsSignatures
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.records import Filter
from approvals.entrypoints.api import auth as callers
from approvals.entrypoints.app import create_app
from approvals.entrypoints.intake.aws_events import ExecutionEnded, event
from approvals.entrypoints.intake.batch import QueueMessage, take
from tests.fakes import World
from tests.support.aws.sns import SUBSCRIBE, TOPIC, Web, signed
from tests.support.wheel import ROOT

EVENTS = ROOT / "tests" / "events"
TOKEN = "AQCEAAAAKgAAAAMAAAAA-a-task-token"


def recorded(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def taken(world: World) -> tuple[str, str]:
    """Title and caller of the one approval there is, whose token is the one that was sent."""
    [approval] = world.gateway.find(Filter())
    world.gateway.cancel(approval.id, actor="tests", reason="withdrawn")
    assert world.callbacks.calls == [("failure", TOKEN)]
    assert approval.content.execution is not None
    return approval.content.title, approval.caller


@pytest.mark.parametrize("name", ["sqs", "sns-in-sqs", "eventbridge-in-sqs"])
def test_a_message_in_the_queue_opens_an_approval(world: World, name: str) -> None:
    [record] = recorded(name)["Records"]
    message = QueueMessage(record["messageId"], record["body"], record["receiptHandle"])
    assert take([message], world.gateway, source=Source(door="sqs", name="approvals")) == [message]
    assert taken(world) == ("Refund order 1234", "sqs:approvals")


def test_a_task_of_an_activity_opens_an_approval(world: World) -> None:
    task = recorded("activity-task")
    message = QueueMessage("ask", task["input"], "", task["taskToken"])
    assert take([message], world.gateway, source=Source(door="activity", name="ask")) == [message]
    assert taken(world) == ("Refund order 1234", "activity:ask")


def test_a_call_by_an_http_api_with_the_iam_authorizer_opens_an_approval(world: World) -> None:
    handler = make_lambda_handler(create_app(world.gateway, who=callers.by_iam))
    answer = handler(recorded("http-api-iam"), None)
    assert answer["statusCode"] == 201, answer["body"]
    assert taken(world) == ("Refund order 1234", "iam:arn:aws:sts::123456789012:assumed-role/refunds/session")


def test_a_notification_of_sns_by_https_opens_an_approval_once_confirmed(world: World) -> None:
    web = Web()
    signatures = SnsSignatures(web, clock=world.clock)
    client = create_app(world.gateway, topics=[TOPIC], signatures=signatures).test_client()
    for name in ("sns-https-confirmation", "sns-https-notification"):
        assert client.post("/sns", json=signed(recorded(name))).status_code == 204
    assert SUBSCRIBE in web.fetched
    assert taken(world) == ("Refund order 1234", "sns:asks")


def test_the_end_of_an_execution_is_understood() -> None:
    ended = event(recorded("execution-status-change"), source=Source(door="sqs"))
    assert isinstance(ended, ExecutionEnded)
    assert ended.execution_arn.endswith(":execution:refunds:order-1234")
    assert ended.at.isoformat() == "2026-03-02T10:00:00.500000+00:00"


def test_each_file_states_where_it_comes_from() -> None:
    readme = (EVENTS / "README.md").read_text(encoding="utf-8")
    names = {path.name for path in EVENTS.glob("*.json") if not path.name.startswith("lambda-")}
    assert [name for name in sorted(names) if f"`{name}`" not in readme] == []
