"""Payload adapters: any payload becomes a submission by the first adapter that matches; no token remains in it."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from approvals.domain.json_reader import read
from approvals.domain.model.payload_adapter import Adapter, Source, adapt, adapter_problems, essentials
from approvals.domain.problems import Invalid

TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAb/+x=="
PURCHASE = {"productId": "lamp", "quantityRequested": 3, "taskToken": TOKEN}
SQS = Source(door="sqs", name="purchases")


def _adapter(**changes: Any) -> Adapter:
    written = {"match": {"has": ["productId"]}, "submission": {"title": "Order {quantityRequested} × {productId}"}}
    return read(Adapter, {**written, **changes})


def _adapted(payload: Any, *adapters: Adapter, source: Source = SQS) -> Any:
    return adapt(payload, source=source, adapters=adapters)


def test_a_payload_becomes_a_submission_without_its_token() -> None:
    adapter = _adapter(submission={"title": "{productId}", "details": "{@}", "timeoutSeconds": "{quantityRequested}"})
    assert _adapted(PURCHASE, adapter) == {
        "title": "lamp",
        "details": {"productId": "lamp", "quantityRequested": 3},
        "timeoutSeconds": 3,
        "taskToken": TOKEN,
    }


def test_nothing_of_the_token_is_left_wherever_and_however_it_was_written() -> None:
    payload = {
        **PURCHASE,
        "input": {"again": TOKEN, "list": [TOKEN, "kept"]},
        "link": f"https://example.com/approve?taskToken={TOKEN}",
        "encoded": f"https://example.com/approve?taskToken={quote(TOKEN, safe='')}&x={quote(TOKEN)}",
        TOKEN: "as a key",
        "context": {"Task": {"Token": TOKEN}, "State": {"Name": "Wait"}},
    }
    details = _adapted(payload, _adapter(submission={"title": "t", "details": "{@}"}))["details"]
    said = json.dumps(details)
    for form in (TOKEN, quote(TOKEN), quote(TOKEN, safe="")):
        assert form not in said
    assert details["input"] == {"list": ["kept"]}
    assert details["link"] == "https://example.com/approve?taskToken=(task token)"
    assert details["context"] == {"Task": {}, "State": {"Name": "Wait"}}


def test_a_submission_cannot_even_name_the_token() -> None:
    with pytest.raises(Invalid, match="“taskToken” finds nothing"):
        _adapted(PURCHASE, _adapter(submission={"title": "{taskToken}"}))


def test_what_no_adapter_matches_is_left_as_it_came() -> None:
    for payload in ({"title": "ours"}, [1], "text", None):
        assert _adapted(payload, _adapter()) is payload
    assert _adapted(PURCHASE) is PURCHASE


EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:purchase-lamps:run-1"


@pytest.mark.parametrize(
    ("match", "source", "payload", "matches"),
    [
        ({"queue": "purchases"}, SQS, {}, True),
        ({"queue": "purch*"}, SQS, {}, True),
        ({"queue": "refunds"}, SQS, {}, False),
        ({"queue": "purchases"}, Source(door="sns", name="purchases"), {}, False),
        ({"topic": "purchases"}, Source(door="sns", name="purchases"), {}, True),
        ({"eventSource": "shop.*"}, Source(door="events", name="shop.orders"), {}, True),
        ({"activity": "inspect"}, Source(door="activity", name="inspect"), {}, True),
        ({"door": "http"}, Source(door="http"), {}, True),
        ({"door": "http"}, SQS, {}, False),
        ({"has": ["id", "taskToken"]}, SQS, {"id": None, "taskToken": "t"}, True),
        ({"has": ["id", "other"]}, SQS, {"id": 1}, False),
        ({"has": ["id"]}, SQS, ["id"], False),
        ({"stateMachine": "*:purchase-*"}, SQS, {"execution": EXECUTION}, True),
        ({"stateMachine": "*:purchase-*"}, SQS, {"context": {"Execution": {"Id": EXECUTION}}}, True),
        ({"stateMachine": "*:refund-*"}, SQS, {"execution": EXECUTION}, False),
        ({"stateMachine": "*:purchase-*"}, SQS, {}, False),
        ({"stateMachine": "*:a"}, Source(door="lambda", state_machine="arn:x:a"), {"execution": EXECUTION}, True),
        ({"queue": "purchases", "stateMachine": "*:refund-*"}, SQS, {"execution": EXECUTION}, False),
    ],
)
def test_an_adapter_is_for_what_meets_all_of_its_match(match: Any, source: Source, payload: Any, matches: bool) -> None:
    written = {**payload, "taskToken": "t"} if isinstance(payload, dict) and "taskToken" not in payload else payload
    adapter = _adapter(match=match, submission={"title": "adapted"})
    adapted = _adapted(written, adapter, source=source)
    assert (adapted == {"title": "adapted", "taskToken": "t"}) is matches


def test_the_first_that_matches_wins() -> None:
    first, second = _adapter(submission={"title": "first"}), _adapter(submission={"title": "second"})
    assert _adapted(PURCHASE, first, second)["title"] == "first"


def test_a_token_is_found_by_its_expression_and_a_missing_one_is_reported() -> None:
    adapter = _adapter(match={"has": ["Payload"]}, token="Payload.MyTaskToken", submission={"title": "t"})
    assert _adapted({"Payload": {"MyTaskToken": "t"}}, adapter)["taskToken"] == "t"
    for payload in ({"Payload": {}}, {"Payload": {"MyTaskToken": 7}}, {"Payload": {"MyTaskToken": ""}}):
        with pytest.raises(Invalid, match=r"adapters\[0\].token: “Payload.MyTaskToken” finds no task token"):
            _adapted(payload, adapter)


def test_of_what_cannot_be_adapted_the_token_and_the_execution_are_still_found() -> None:
    adapter = _adapter(submission={"title": "{nothing}", "execution": {"id": "{execution}"}})
    found = essentials({**PURCHASE, "execution": EXECUTION}, source=SQS, adapters=[adapter])
    assert found == {"execution": {"id": EXECUTION}, "taskToken": TOKEN}
    assert essentials(PURCHASE, source=SQS, adapters=[adapter]) == {"taskToken": TOKEN}
    assert essentials({"own": 1}, source=SQS, adapters=[adapter]) == {"own": 1}


def test_a_title_is_left_to_the_reader_which_notes_that_it_is_cut() -> None:
    payload = {**PURCHASE, "productId": "two\nlines " + "x" * 300}
    assert _adapted(payload, _adapter())["title"].startswith("Order 3 × two\nlines xxx")


def test_the_outcome_goes_with_the_submission() -> None:
    adapter = _adapter(outcome={"approved": {"success": {"Status": "Approved"}}})
    assert _adapted(PURCHASE, adapter)["answers"] == {"approved": {"success": {"Status": "Approved"}}}


def test_a_payload_that_is_too_deep_or_no_text_is_refused() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    adapter = _adapter(submission={"title": "t", "details": "{@}", "description": "{half || ''} {list || ''}"})
    with pytest.raises(Invalid, match="too deep"):
        _adapted({**PURCHASE, "deep": deep}, adapter)
    with pytest.raises(Invalid, match="lone surrogate"):
        _adapted({**PURCHASE, "list": ["\ud800"]}, adapter)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"match": {}}, "adapters[0].match"),
        ({"token": "a["}, "adapters[0].token"),
        ({"submission": {"titel": "x"}}, "adapters[0].submission.titel"),
        ({"submission": {"taskToken": "x"}}, "adapters[0].submission.taskToken"),
        ({"submission": {"answers": {}}}, "adapters[0].submission.answers"),
        ({"submission": {"details": {"a": "{"}}}, "adapters[0].submission.details.a"),
        ({"outcome": {"approved": {}}}, "adapters[0].outcome.approved"),
    ],
)
def test_what_is_wrong_with_an_adapter_is_reported_by_its_path(changes: Any, path: str) -> None:
    assert [problem.path for problem in adapter_problems(_adapter(**changes), "adapters[0]")] == [path]
