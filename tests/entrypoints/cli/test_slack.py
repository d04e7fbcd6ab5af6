"""`approvals slack preview`: what a submission would look like in Slack, before Slack is set up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approvals.entrypoints.server.local_setup import ENV_FILE, new_sealing_key, new_signing_key
from tests.entrypoints.cli.commands import Done, ran
from tests.support.slack.block_kit_rules import problems, said

Preview = Callable[..., Done]
SUBMISSION: dict[str, Any] = {
    "title": "Refund order 1234 (420 €)",
    "reviewers": ["slack:U024BE7LH", "ben@example.com"],
    "details": {"Order": "1234", "Customer": "hidden@example.com"},
    "sensitive": ["Customer"],
}
ESCALATING = {
    "title": "Refund",
    "policy": {
        "stages": [
            {
                "groups": [{"from": ["ana@example.com"]}],
                "remind": {"after": "30m"},
                "escalate": [{"after": "1h", "to": ["slack:U0CHIEF42"], "mode": "replace"}],
            }
        ]
    },
}


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Preview:
    monkeypatch.chdir(tmp_path)
    Path(ENV_FILE).write_text(
        f"APPROVALS_SIGNING_KEYS={new_signing_key()}\nAPPROVALS_SEALING_KEYS={new_sealing_key()}\n"
    )

    def run(submission: Any, *words: str) -> Done:
        Path("submission.json").write_text(submission if isinstance(submission, str) else json.dumps(submission))
        return ran("slack", "preview", "submission.json", *words, capsys=capsys)

    return run


@pytest.mark.parametrize("event", ["asked", "reminded", "escalated", "settled"])
@pytest.mark.parametrize("to", ["dm", "channel"])
def test_every_event_is_shown_as_block_kit_builder_takes_it(preview: Preview, event: str, to: str) -> None:
    code, out, _ = preview(SUBMISSION, "--event", event, "--to", to)
    shown = json.loads(out)
    assert (code, list(shown)) == (0, ["blocks"])
    assert problems(shown["blocks"]) == []
    assert "hidden@" not in out


def test_a_person_is_shown_a_link_and_a_channel_none(preview: Preview) -> None:
    _, mine, _ = preview(SUBMISSION)
    _, shared, _ = preview(SUBMISSION, "--to", "channel")
    assert "/r/preview" in mine
    assert "/r/preview" not in shared
    assert '"claim"' in shared


def test_a_settled_preview_states_the_outcome(preview: Preview) -> None:
    _, out, _ = preview(SUBMISSION, "--event", "settled")
    assert "Approved by U024BE7LH. The workflow has resumed." in said(json.loads(out))


def test_an_escalated_preview_goes_to_whom_the_escalation_asks(preview: Preview) -> None:
    _, out, _ = preview(ESCALATING, "--event", "escalated")
    assert "Now your answer is needed" in out
    assert '"answer:approve"' in out


@pytest.mark.parametrize(
    ("submission", "expected"),
    [
        ("{", "is not JSON"),
        ([1], "object"),
        ({"title": "x"}, "reviewers: is required"),
        ({"reviewers": ["ana@example.com"], "titel": "x"}, "did you mean “title”?"),
        ({"reviewers": ["nobody"], "title": "a\u202eb"}, "reviewers[0]: “nobody” is neither an address"),
    ],
)
def test_what_cannot_be_shown_is_reported_with_its_place(preview: Preview, submission: Any, expected: str) -> None:
    code, out, error = preview(submission)
    assert (code, out) == (1, "")
    assert expected in error


def test_an_event_that_does_not_exist_is_wrong_usage(preview: Preview) -> None:
    code, _, error = preview(SUBMISSION, "--event", "approved")
    assert code == 2
    assert "asked" in error
