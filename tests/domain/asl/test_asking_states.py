"""The linter of state machines recognizes every way in which a state can ask, and ignores states that call others."""

import json
from typing import Any

import pytest

from tests.support.aws.asl import DOORS, NO_TOKEN, PAYLOAD, QUEUE, both, changed, found, put, waiting


@pytest.mark.parametrize("state", DOORS, ids=lambda state: state["Resource"])
def test_every_door_is_known(state: dict[str, Any]) -> None:
    assert found(state) == []
    misspelt = json.loads(json.dumps(state).replace("reviewers", "reviewer"))
    assert ("unknown-field", "error") in found(misspelt) or found(misspelt) == [("no-asking-state", "info")]


def test_a_token_in_a_header_is_passed_on() -> None:
    asked = {key: value for key, value in PAYLOAD.items() if key not in ("taskToken.$", "context.$")}
    headers = {"Task-Token.$": "States.Array($$.Task.Token)"}
    state = waiting("apigateway:invoke.waitForTaskToken", ApiEndpoint="a", Headers=headers, RequestBody=asked)
    assert found(state) == []


@pytest.mark.parametrize("name", ["approvals", "123456789012/approvals"])
def test_a_named_target_is_checked_whatever_it_sends(name: str) -> None:
    state = changed(lambda state: state["Parameters"].update(MessageBody={"token.$": "$$.Task.Token", "Msg": "hi"}))
    assert found(state) == [("no-asking-state", "info")]
    assert found(state, names=["another"]) == [("no-asking-state", "info")]
    assert [code for code, _ in found(state, names=[name])] == ["token-misnamed", "other-shape"]


def test_a_payload_made_elsewhere_is_reported_as_unseen() -> None:
    state = changed(lambda state: state.update(Parameters={"QueueUrl": QUEUE, "MessageBody.$": "$.ask"}))
    assert [code for code, _ in found(state, names=[QUEUE])] == ["no-token", "payload-unseen"]


def test_nobody_who_should_answer() -> None:
    state = changed(put(reviewers=None))
    assert found(state, names=["approvals"]) == [("nobody-asked", "error")]


def test_what_others_send_to_others_is_none_of_our_business() -> None:
    for change in (put(reviewers=None), both(put(title__=None), NO_TOKEN)):
        assert found(changed(change)) == [("no-asking-state", "info")]
