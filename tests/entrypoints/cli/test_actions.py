"""The commands beside `decide`: what they print, what is kept of them, and what they say when used wrongly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli.commands import Done, ran

Run = Callable[..., Done]
SUBMISSION = {
    "taskToken": "token", "title": "Refund 420 €", "requester": "rhea@example.com",
    "reviewers": ["ana@example.com", "ben@example.com"], "need": 2, "timeoutSeconds": 86400,
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder with a database, where nobody listens in place of AWS."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    def run(*words: str) -> Done:
        return ran(*words, capsys=capsys)

    assert run("db", "upgrade")[0] == 0
    return run


@pytest.fixture
def approval(run: Run, tmp_path: Path) -> str:
    (tmp_path / "submission.json").write_text(json.dumps(SUBMISSION))
    return run("submit", "submission.json")[1].strip()


def notes(run: Run, approval: str) -> list[dict[str, Any]]:
    return list(json.loads(run("show", approval, "--notes")[1]))


def test_each_does_what_it_states_and_is_noted_with_who_did_it(run: Run, approval: str) -> None:
    said = [
        run("claim", approval, "--as", "ANA@example.com")[1],
        run("claim", approval, "--as", "ana@example.com")[1],
        run("claim", approval, "--as", "ana@example.com", "--release")[1],
        run("ask", approval, "--as", "ana@example.com", "Which order?")[1],
        run("reply", approval, "1234")[1],
        run("reply", approval, "12345", "--question", "0")[1],
        run("nudge", approval)[1],
        run("reassign", approval, "--from", "ana@example.com", "--to", "Cleo <cleo@example.com>")[1],
        run("withdraw", approval, "--reason", "no longer needed")[1],
    ]
    assert [text.splitlines()[0].replace(approval, "ID") for text in said] == [
        "ana@example.com has claimed the approval.",
        "Nothing changed: that is already the case.",
        "ana@example.com has released the claim.",
        "Question 0 was sent. To reply: approvals reply ID --question 0 TEXT",
        "The reply was recorded.",
        "The reply was recorded.",
        "Reminded: ana@example.com and ben@example.com.",
        "Reassigned from ana@example.com to Cleo.",
        "cancelled; callback: waiting",
    ]
    kept = notes(run, approval)
    events = ["opened", "claimed", "released", "inquired", "replied", "replied", "nudged", "handedOver", "withdrawn"]
    assert [note["event"] for note in kept][:9] == events
    assert all(note["facts"]["operator"].startswith("command:") for note in kept[1:9])


def test_extending_ends_where_the_state_stops_waiting(run: Run, approval: str) -> None:
    shown = json.loads(run("show", approval)[1])
    assert shown["deadline"] == shown["latestEnd"]
    code, _, said = run("extend", approval, "--by", "1h")
    assert (code, "until: must be at most" in said) == (1, True)
    code, said, _ = run("extend", approval, "--until", shown["deadline"])
    assert (code, said[:11]) == (0, "Open until ")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["extend", "ID"], 2, "Give either --by or --until."),
        (["extend", "ID", "--by", "1h", "--until", "2030-01-01T00:00:00Z"], 2, "Give either --by or --until."),
        (["extend", "ID", "--by", "soon"], 1, "by: 'soon' is not a duration such as 90s, 15m"),
        (["extend", "ID", "--until", "tomorrow"], 1, "until: must be a date and time with an offset, such as"),
        (["extend", "ID", "--until", "2030-01-01T00:00:00"], 1, "until: must be a date and time with an offset"),
        (["extend", "ID", "--until", "2020-01-01T00:00:00Z"], 1, "until: must be after the deadline"),
        (["claim", "ID"], 2, "Missing option '--as'"),
        (["claim", "ID", "--as", "zoe"], 1, "“zoe” is not among the reviewers: ana@example.com and ben@example.com"),
        (["claim", "nothing", "--as", "zoe"], 1, "Approval nothing does not exist."),
        (["reassign", "ID", "--from", "ana@example.com"], 2, "Missing option '--to'"),
        (["reassign", "ID", "--from", "ana@example.com", "--to", "zoe"], 1, "to: “zoe” is neither an address nor"),
        (["reassign", "ID", "--from", "ana@example.com", "--to", "rhea@example.com"], 1, "asks for it, and so may not"),
        (["reassign", "ID", "--from", "ana@example.com", "--to", "ben@example.com"], 1, "is asked already"),
        (["ask", "ID", "--as", "ana@example.com"], 2, "Missing argument 'TEXT'"),
        (["ask", "ID", "--as", "ana@example.com", "  "], 1, "text: is empty"),
        (["ask", "ID", "--as", "ana@example.com", "x" * 2001], 1, "text: may have at most 2000 characters"),
        (["reply", "ID", "1234"], 1, "question: the approval has no open question"),
        (["reply", "ID", "1234", "--inquiry", "3"], 1, "inquiry: nothing was asked"),
        (["reply", "ID", "1234", "--inquiry", "-1"], 2, "is not in the range"),
        (["withdraw", "ID", "--reason", "x" * 501], 1, "reason: may have at most 500 characters"),
    ],
)
def test_wrong_use_is_a_sentence(run: Run, approval: str, words: list[str], code: int, says: str) -> None:
    done = run(*(approval if word == "ID" else word for word in words))
    assert (done[0], says in " ".join(done[2].split())) == (code, True), done
    assert "Traceback" not in done[2]
    assert len(notes(run, approval)) == 1


def test_reminding_twice_and_two_open_questions_are_told_apart(run: Run, approval: str) -> None:
    run("nudge", approval)
    assert "just been reminded. Try again after" in run("nudge", approval)[2]
    for text in ("a?", "b?"):
        run("ask", approval, "--as", "ana@example.com", text)
    assert "choose one with --question; these are open: 0 and 1" in run("reply", approval, "x")[2]
