"""Entry points and adapters: payloads of other shapes are read, refused with their token, and answered as fixed."""

import json
from pathlib import Path
from typing import Any

import pytest

from approvals import wiring
from approvals.adapters.directory.file import parse_directory_file
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.records import Filter
from approvals.entrypoints.intake.batch import QueueMessage, take
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from tests.builders import BY_LINK
from tests.fakes import World

FILE = """\
adapters:
  - match: {queue: purchases, has: [productId]}
    token: wait.token
    submission:
      title: "Order {quantity} × {productId}"
      details: "{@}"
      reviewers: ["{buyer}"]
    outcome:
      approved: {success: {Status: Approved, by: "{decidedBy[0].reviewer}"}}
"""
PURCHASES = Source(door="sqs", name="purchases")
PAYLOAD = {"productId": "lamp", "quantity": 2, "buyer": "ana@example.com", "wait": {"token": "secret-token"}}


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


def _adapting(world: World, text: str = FILE) -> Gateway:
    return world.another(adapters=parse_directory_file(text, name="approvals.yml").adapters)


def _take(gateway: Gateway, payload: Any, source: Source = PURCHASES) -> int:
    return len(take([QueueMessage("1", json.dumps(payload), "receipt")], gateway, source=source))


def test_a_payload_of_another_shape_is_submitted_and_answered_in_its_own_words(world: World) -> None:
    gateway = _adapting(world)
    assert _take(gateway, PAYLOAD) == 1
    [approval] = gateway.find(Filter())
    assert approval.content.title == "Order 2 × lamp"
    assert approval.content.details == {"productId": "lamp", "quantity": 2, "buyer": "ana@example.com", "wait": {}}
    gateway.decide(approval.id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    [callback] = world.callbacks.sent
    assert callback.output == '{"Status":"Approved","by":"ana@example.com"}'
    assert world.callbacks.calls == [("success", "secret-token")]


def test_a_title_that_an_adapter_makes_is_cut_to_one_line_and_the_trail_says_so(world: World) -> None:
    gateway = _adapting(world)
    assert _take(gateway, {**PAYLOAD, "productId": "two\nlines " + "x" * 300}) == 1
    [approval] = gateway.find(Filter())
    assert approval.content.title.startswith("Order 2 × two lines xxx")
    assert (len(approval.content.title), approval.content.title[-1]) == (200, "…")
    assert {one.field for one in gateway.adjustments(approval.id)} == {"title"}


def test_a_later_change_of_the_file_does_not_change_what_a_waiting_workflow_gets(world: World) -> None:
    _take(_adapting(world), PAYLOAD)
    changed = _adapting(world, FILE.replace("Status: Approved", "Status: Changed"))
    [approval] = changed.find(Filter())
    changed.decide(approval.id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    [callback] = world.callbacks.sent
    assert json.loads(callback.output or "")["Status"] == "Approved"


def test_what_an_adapter_cannot_read_fails_its_task_and_names_the_expression(world: World) -> None:
    missing = {name: value for name, value in PAYLOAD.items() if name != "quantity"}
    assert _take(_adapting(world), missing) == 1
    [callback] = world.callbacks.sent
    assert callback.error == "Approval.InvalidSubmission"
    assert json.loads(callback.cause or "")["errors"] == [
        {"path": "adapters[0].submission.title", "message": "“quantity” finds nothing in what arrived"}
    ]
    assert world.callbacks.calls == [("failure", "secret-token")]


def test_what_comes_by_another_queue_is_read_as_our_own_shape(world: World) -> None:
    ours = {"taskToken": "t", "title": "Refund", "reviewers": ["ana@example.com"], "productId": "no field of ours"}
    assert _take(_adapting(world), ours, Source(door="sqs", name="others")) == 1
    assert world.callbacks.sent[0].error == "Approval.InvalidSubmission"


def test_a_submission_of_our_own_shape_may_say_by_itself_what_the_workflow_gets(world: World) -> None:
    options = [
        {"id": "allow", "label": "Allow", "side": "approve", "output": {"action": "allow"}},
        {"id": "block", "label": "Block", "side": "reject", "output": {"action": "block"}},
    ]
    ours = {"taskToken": "t", "title": "Claim", "reviewers": ["ana@example.com"], "options": options}
    for token, option in (("t1", "allow"), ("t2", "block")):
        _take(world.gateway, {**ours, "taskToken": token})
        [approval, *_] = world.gateway.find(Filter(status="pending"))
        world.gateway.decide(approval.id, reviewer=0, answer=Answer(option=option), actor=BY_LINK, assurance="link")
        assert json.loads(world.callbacks.sent[-1].output or "") == {"action": option}


def _settings(directory: str) -> Settings:
    return Settings.from_env({
        "APPROVALS_DATABASE_URL": "sqlite:///:memory:", "APPROVALS_SIGNING_KEYS": new_signing_key(),
        "APPROVALS_SEALING_KEYS": new_sealing_key(), "APPROVALS_DIRECTORY": directory,
    })  # fmt: skip


def test_the_file_that_the_setting_names_is_read_at_start(tmp_path: Path) -> None:
    path = tmp_path / "approvals.yml"
    path.write_text(FILE + "groups:\n  buyers: [ana@example.com]\n", encoding="utf-8")
    built = wiring.build(_settings(str(path)))
    assert [adapter.match.queue for adapter in built.adapters] == ["purchases"]
    assert built.directory.groups == {"buyers": ("ana@example.com",)}


def test_a_file_with_a_problem_stops_the_start_by_the_name_of_its_setting(tmp_path: Path) -> None:
    path = tmp_path / "approvals.yml"
    path.write_text(FILE.replace("title:", "titel:"), encoding="utf-8")
    with pytest.raises(
        Misconfigured, match=r"APPROVALS_DIRECTORY: .*approvals\.yml:5: adapters\[0\]\.submission\.titel"
    ):
        wiring.build(_settings(str(path)))
