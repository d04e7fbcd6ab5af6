"""`approvals adapter try`: which adapter reads a payload, the submission, each answer; faults with file and line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli.commands import ran
from tests.support.wheel import ROOT

EXAMPLES = ROOT / "examples" / "adapters"
Try = Callable[..., tuple[int, str]]


@pytest.fixture
def try_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Try:
    monkeypatch.chdir(tmp_path)

    def run(text: str, payload: Any, *words: str) -> tuple[int, str]:
        Path("approvals.yml").write_text(text, encoding="utf-8")
        Path("payload.json").write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
        done = ran("adapter", "try", "approvals.yml", "payload.json", *words, capsys=capsys)
        return done.returncode, done.stdout + done.stderr

    return run


def _example(name: str) -> tuple[str, Any]:
    folder = EXAMPLES / name
    return (folder / "approvals.yml").read_text(encoding="utf-8"), json.loads((folder / "payload.json").read_text())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("purchase", ["--queue", "purchases"]),
        ("change", ["--function", "approvals"]),
        ("claim", ["--topic", "claims"]),
        ("inspection", ["--queue", "inspections"]),
        ("publication", ["--http"]),
    ],
)
def test_every_example_is_read_by_its_adapter(try_: Try, name: str, words: list[str]) -> None:
    code, said = try_(*_example(name), *words)
    assert code == 0
    assert "adapters[0] reads it (approvals.yml:3)." in said
    assert "AQCEAAAAKgAAAAMAAAAA" not in said


def test_the_submission_and_every_answer_are_shown(try_: Try) -> None:
    _, said = try_(*_example("purchase"), "--queue", "purchases")
    assert '"title": "Order 3 × lamp"' in said
    assert 'Approve (approve): success {"Status":"Approved","by":"sample.reviewer@example.com"}' in said
    assert 'Reject (reject): success {"Status":"Rejected"}' in said
    assert "Time is up: failure ApprovalExpired: nobody answered by 20" in said
    assert "Cancelled: failure Approval.Cancelled: {" in said


def test_an_envelope_is_opened_first(try_: Try) -> None:
    text, payload = _example("claim")
    topic = "arn:aws:sns:eu-central-1:123456789012:claims"
    code, said = try_(text, {"Type": "Notification", "TopicArn": topic, "Message": json.dumps(payload)})
    assert (code, "adapters[0] reads it" in said) == (0, True)


def test_what_no_adapter_is_meant_for_is_read_as_our_own_shape(try_: Try) -> None:
    text, payload = _example("purchase")
    code, said = try_(text, payload, "--queue", "refunds")
    assert code == 1
    assert "No adapter matches" in said
    assert "productId: is not known here" in said


def test_an_expression_that_finds_nothing_is_named_with_file_and_line(try_: Try) -> None:
    text, payload = _example("purchase")
    code, said = try_(text, {"productId": payload["productId"], "taskToken": "t"}, "--queue", "purchases")
    assert code == 1
    assert "approvals.yml:5: adapters[0].submission.title: “quantityRequested” finds nothing in what arrived" in said


def test_a_file_with_a_problem_is_refused_with_its_line(try_: Try) -> None:
    text, payload = _example("purchase")
    code, said = try_(text.replace("{deadline}", "{deadline"), payload)
    assert code == 3
    assert "approvals.yml:12: adapters[0].outcome.expired.failure.cause: has a { that is never closed" in said


@pytest.mark.parametrize("payload", ["{", "[]", '{"source": "aws.s3", "detail-type": "x", "detail": {}}'])
def test_what_is_no_payload_is_refused(try_: Try, payload: str) -> None:
    assert try_(_example("purchase")[0], payload)[0] == 1
