"""While the database takes no writes, every entry point that writes says so and is asked again; nothing is refused for
good, and no workflow is told anything."""

import json
from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Unavailable
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.records import Rendering
from approvals.entrypoints.api.operations import OPERATIONS
from approvals.entrypoints.aws_lambda.intake import answered
from approvals.entrypoints.intake.batch import QueueMessage, take_from
from tests.builders import a_submission
from tests.entrypoints.api.api_client import TOKEN, Api
from tests.entrypoints.every_door import OURS, Attempt, Doors, by_the_commands
from tests.entrypoints.intake.test_batch import FakeQueue
from tests.entrypoints.slack.slack_door import ANA, Door
from tests.fakes import World
from tests.support.database.unwritable import make_read_only, make_writable

AWAY = "The database cannot be used just now."
WRITES = [one for one in OPERATIONS if one.method == "POST" and one.scope and one.id not in ("explainPolicy",)]
BODIES: dict[str, dict[str, Any]] = {
    "submitApproval": {"taskToken": "another", "title": "Refund", "reviewers": ["ana@example.com"]},
    "decideApproval": {"reviewer": "ana@example.com", "option": "approve"},
    "cancelApproval": {"reason": "over"},
    "claimApproval": {"reviewer": "ana@example.com"},
    "releaseApproval": {"reviewer": "ana@example.com"},
    "extendApproval": {"by": "1s"},
    "reassignApproval": {"reviewer": "ana@example.com", "to": "cleo@example.com"},
    "askAboutApproval": {"reviewer": "ana@example.com", "text": "And why?"},
    "replyToInquiry": {"text": "This one."},
    "withdrawApproval": {"reason": "over"},
}


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


@pytest.fixture
def doors(either: Door, monkeypatch: pytest.MonkeyPatch) -> Doors:
    doors = Doors(either)
    by_the_commands(monkeypatch, doors.gateway)
    return doors


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.id)
def test_a_call_that_writes_is_answered_503_with_when_to_come_again(api: Api, operation: Any) -> None:
    api.call("post", "/v1/approvals", scope="submit", json={"taskToken": TOKEN, **_submission()})
    ask = {"reviewer": "ana@example.com", "text": "Which one?"}
    api.call("post", "/v1/approvals/id-0001/inquiries", scope="decide", json=ask)
    if operation.id == "releaseApproval":
        api.call("post", "/v1/approvals/id-0001/claim", scope="decide", json={"reviewer": "ana@example.com"})
    if operation.id == "redeliverApproval":
        api.world.gateway.cancel("id-0001", actor="tests", reason="over")
    make_read_only(api.world.database)
    path = operation.path.replace("{approvalId}", "id-0001").replace("{inquiry}", "0")
    scope = "admin" if operation.id in ("replyToInquiry", "withdrawApproval") else operation.scope
    response = api.call("post", path, scope=scope, json=BODIES.get(operation.id, {}))
    assert (response.status_code, response.headers.get("Retry-After")) == (503, "5"), response.text
    assert (response.json or {})["detail"].startswith(AWAY)


def test_every_way_to_answer_reports_it_and_takes_the_answer_once_writes_are_possible(doors: Doors) -> None:
    approval_id = doors.door.asked(reviewers=("ana@example.com", ANA), requester=None)
    answer = Answer(option="approve")
    by_slack = Attempt(approval_id=approval_id, name=ANA, number=1, slack="U0ANA", answer=answer)
    by_mail = Attempt(approval_id=approval_id, name="ana@example.com", number=0, slack="U0ANA", answer=answer)
    make_read_only(doors.door.world.database)
    said = {name: way(by_slack if "slack" in name else by_mail) for name, way in doors.all.items()}
    make_writable(doors.door.world.database)
    assert said["page"].how == said["api"].how == 503
    assert "Wait a moment, then try again: the page says what is recorded." in said["page"].text
    for name in ("inbox", "slack button", "slack home", "slack modal", "slack socket"):
        assert (said[name].how, AWAY in said[name].text) == (200, True), name
    assert said["command"].how == 1
    assert "The database cannot be used: " in said["command"].text
    assert doors.gateway.approval(approval_id).decisions == ()
    assert doors.button(by_slack).how == 200
    assert len(doors.gateway.approval(approval_id).decisions) == 1


@pytest.mark.parametrize("action", ["claim", "ask", "give", "extend", "nudge"])
def test_an_action_on_the_page_is_answered_503(world: World, client: Any, action: str) -> None:
    group = Group(from_=("ana@example.com", "ben@example.com"))
    policy = Policy(stages=(Stage(groups=(group,)),), reassign="anyone")
    approval_id = world.gateway.submit(a_submission(policy=policy), caller="tests").approval_id
    approval, now = world.gateway.approval(approval_id), world.clock.forward(hours=2)
    nonce = world.gateway.nonce(Rendering(approval_id, ForReviewer(0), now, approval.content_sha256))
    path = world.gateway.link(approval_id, 0).removeprefix(world.gateway.public_url)
    make_read_only(world.database)
    fields = {
        "nonce": nonce,
        "text": "Which?",
        "to": "cleo@example.com",
        "sure": "true",
        "until": (now + timedelta(days=8)).isoformat(),
    }
    response = client.post(f"{path}/{action}", data=fields, headers=OURS)
    assert (response.status_code, response.headers.get("Retry-After")) == (503, "5"), response.text
    assert "Not just now" in response.text


def test_messages_stay_in_the_queue_and_no_task_is_failed(world: World) -> None:
    queue = FakeQueue(QueueMessage("1", json.dumps({"taskToken": "t1", **_submission()}), "receipt-1"))
    make_read_only(world.database)
    with pytest.raises(Unavailable):
        take_from(queue, world.gateway)
    assert queue.deleted == []
    assert world.callbacks.calls == []


def test_an_invocation_fails_so_that_it_is_tried_again(world: World) -> None:
    make_read_only(world.database)
    with pytest.raises(Unavailable):
        answered({"taskToken": "t1", **_submission()}, world.gateway)
    assert world.callbacks.calls == []


def test_it_lives_and_is_not_ready(world: World, client: Any) -> None:
    make_read_only(world.database)
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.headers.get("Retry-After")) == (503, "5"), response.text


def test_slack_lists_say_so_where_the_database_is_away(door: Door) -> None:
    dialect = door.world.database.engine.dialect

    def fail(*_: Any, **__: Any) -> None:
        raise dialect.loaded_dbapi.OperationalError("the server closed the connection")

    dialect.do_execute = fail  # type: ignore[method-assign]
    answer = door.actor("U0ANA").command("")
    assert AWAY in str(answer.json)


def _submission() -> dict[str, Any]:
    policy = {"stages": [{"groups": [{"from": ["ana@example.com"]}]}], "reassign": "anyone"}
    return {"title": "Refund", "policy": policy, "requester": "rhea@example.com"}
