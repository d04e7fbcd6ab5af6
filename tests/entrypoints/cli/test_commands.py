"""The command line: what it prints, and what it says when it is used wrongly."""

import io
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from approvals.entrypoints.cli.main import command_line
from approvals.entrypoints.server.local_setup import API_KEY_PREFIX
from tests.entrypoints.cli.commands import Done, ran

Run = Callable[..., Done]
NOBODY_LISTENS = "http://127.0.0.1:1"
SUBMISSION = {"taskToken": "token", "title": "Refund 420 €", "reviewers": ["ana@example.com", "ben@example.com"]}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, given: Any = None, env: Mapping[str, str] | None = None) -> Done:
        text = given if isinstance(given, str) else json.dumps(given)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        with monkeypatch.context() as patched:
            for name, value in {"AWS_ENDPOINT_URL": NOBODY_LISTENS, **(env or {})}.items():
                patched.setenv(name, value)
            return ran(*words, capsys=capsys)

    return run


@pytest.fixture
def ready(run: Run) -> Run:
    assert run("db", "upgrade").returncode == 0
    return run


def test_from_an_empty_folder_to_an_approval_and_its_end(ready: Run) -> None:
    approval_id = ready("submit", "-", given=SUBMISSION).stdout.strip()
    assert "pending" in ready("list").stdout
    assert json.loads(ready("show", approval_id).stdout)["title"] == "Refund 420 €"
    assert "2 messages" in ready("tick").stdout
    decided = ready("decide", approval_id, "--as", "ANA@example.com", "--option", "approve", "--comment", "ok")
    assert decided.stdout.startswith("approved; callback: ")
    again = ready("decide", approval_id, "--as", "ben@example.com", "--option", "reject")
    assert again.returncode == 1
    assert re.fullmatch(
        r"Too late: the approval was approved on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d UTC\.\n", again.stderr
    )
    notes = json.loads(ready("show", approval_id, "--notes").stdout)
    assert [note["event"] for note in notes][:2] == ["opened", "decided"]


def test_the_same_token_again_reports_it(ready: Run) -> None:
    first, second = ready("submit", "-", given=SUBMISSION), ready("submit", "-", given=SUBMISSION)
    assert first.stdout == second.stdout
    assert "This task token was submitted before" in second.stderr


def test_cancelling_needs_a_reason_and_happens_once(ready: Run) -> None:
    approval_id = ready("submit", "-", given=SUBMISSION).stdout.strip()
    assert ready("cancel", approval_id).returncode == 2
    assert ready("cancel", approval_id, "--reason", "withdrawn").stdout.startswith("cancelled")
    assert ready("cancel", approval_id, "--reason", "again").returncode == 1


def test_a_callback_that_waits_is_sent_again_on_request_and_only_where_there_is_one(ready: Run) -> None:
    approval_id = ready("submit", "-", given=SUBMISSION).stdout.strip()
    nothing = ready("redeliver", approval_id)
    assert (nothing.returncode, "Nothing to send: the callback is none" in nothing.stderr) == (1, True)
    ready("cancel", approval_id, "--reason", "withdrawn")  # nobody listens where Step Functions should be
    assert ready("redeliver", approval_id).stdout.startswith("Queued")
    assert '"event": "callback.requeued"' in ready("show", approval_id, "--notes").stdout


@pytest.mark.parametrize(
    ("words", "given", "code", "says"),
    [
        (["submit", "-"], "{", 1, "is not JSON"),
        (["submit", "-"], {"titel": "x"}, 1, "titel: is not known here; did you mean “title”?"),
        (["submit", "nowhere.json"], None, 2, "does not exist"),
        (["show", "nothing"], None, 1, "Approval nothing does not exist."),
        (["decide", "nothing", "--as", "a", "--option", "b"], None, 1, "Approval nothing does not exist."),
        (["list", "--status", "open"], None, 2, "is not one of"),
        (["lsit"], None, 2, "No such command"),
        (["key", "new", "api", "--name", "a:b", "--scope", "read"], None, 2, "must not contain"),
        (["key", "new", "api", "--name", "ab", "--scope", "write"], None, 2, "is not one of"),
    ],
)
def test_wrong_use_is_a_sentence_and_not_a_traceback(
    ready: Run, words: list[str], given: Any, code: int, says: str
) -> None:
    done = ready(*words, given=given)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///new.db", "no such table: approvals"),
        ("postgresql://ana:very-secret@127.0.0.1:1/approvals", "onnection refused"),
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence_that_leads_to_the_doctor(run: Run, url: str, says: str) -> None:
    run("db", "upgrade")  # for the keys
    done = run("list", env={"APPROVALS_DATABASE_URL": url})
    assert (done.returncode, says in done.stderr) == (1, True), done.stderr
    assert done.stderr.count("\n") == 2
    assert "Run `approvals doctor` to see how to fix it." in done.stderr
    assert "very-secret" not in done.stderr


def test_postgresql_without_its_extra_states_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("db", "upgrade")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    done = run("list", env={"APPROVALS_DATABASE_URL": "postgresql://127.0.0.1:1/approvals"})
    assert (done.returncode, "pip install 'approvals-gateway[postgres]'" in done.stderr) == (3, True), done.stderr


def test_a_misspelt_setting_is_refused_at_start_by_its_name(run: Run) -> None:
    done = run("list", env={"APPROVALS_SIGNING_KEY": "x" * 32})
    assert done.returncode == 3
    assert "APPROVALS_SIGNING_KEY is not a setting; did you mean APPROVALS_SIGNING_KEYS?" in done.stderr


def test_a_wrong_address_among_the_reviewers_reads_who_there_is(ready: Run) -> None:
    approval_id = ready("submit", "-", given=SUBMISSION).stdout.strip()
    done = ready("decide", approval_id, "--as", "zoe@example.com", "--option", "approve")
    assert "“zoe@example.com” is not among the reviewers: ana@example.com and ben@example.com" in done.stderr


def test_new_keys_fit_where_the_output_puts_them(run: Run) -> None:
    made = run("key", "new", "api", "--name", "shop", "--scope", "submit", "--scope", "read")
    secret, line = made.stdout.splitlines()[0], made.stdout.splitlines()[-1]
    assert secret.startswith(API_KEY_PREFIX)
    assert re.fullmatch(r"shop:submit\+read:[0-9a-f]{64}", line)
    environ = {
        "APPROVALS_SIGNING_KEYS": run("key", "new", "signing").stdout.strip(),
        "APPROVALS_SEALING_KEYS": run("key", "new", "sealing").stdout.strip(),
        "APPROVALS_API_KEYS": line,
    }
    assert run("db", "upgrade", env=environ).returncode == 0


def test_explaining_a_policy_needs_no_token_and_sends_nothing(ready: Run) -> None:
    done = ready("policy", "explain", "-", given={"title": "x", "reviewers": ["ana@example.com"]})
    assert "ana@example.com" in done.stdout
    assert "No approvals found" in ready("list").stderr


def test_what_only_looks_needs_nothing_set_up_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    draft = {"title": "x", "reviewers": ["ana@example.com"]}
    assert "ana@example.com is asked at once, by mail." in run("policy", "explain", "-", given=draft).stdout
    assert run("slack", "preview", "-", given=draft).returncode == 0
    assert "give a FILE, or set APPROVALS_DIRECTORY" in run("policy", "check").stderr
    assert list(tmp_path.iterdir()) == []


def test_explaining_speaks_of_the_readers_clocks_in_text_and_json(ready: Run, tmp_path: Path) -> None:
    file = tmp_path / "submission.json"
    file.write_text('{"reviewers": ["ana@example.com"]}')
    said = ready("policy", "explain", "--submission", str(file), "--timezone", "Asia/Tokyo").stdout
    assert said.endswith("All times are those of Asia/Tokyo.\n")
    known = json.loads(ready("policy", "explain", str(file), "--format", "json").stdout)
    assert (known["timezone"], known["timeline"][-1]["kind"]) == ("UTC", "ended")
    assert "time zone of the IANA database" in ready("policy", "explain", str(file), "--timezone", "Tokyo/Asia").stderr
    assert ready("policy", "explain").returncode == 2


def test_an_approval_is_explained_as_it_is_and_how_it_ended(ready: Run) -> None:
    approval_id = ready("submit", "-", given={**SUBMISSION, "reviewers": ["ana@example.com"]}).stdout.strip()
    open_one = ready("explain", approval_id, "--timezone", "Europe/Berlin").stdout
    assert "Still needed: ana@example.com." in open_one
    ready("decide", approval_id, "--as", "ana@example.com", "--option", "reject")
    ended = ready("explain", approval_id).stdout
    assert ended.startswith("Rejected by ana@example.com, by operator ")
    assert json.loads(ready("explain", approval_id, "--format", "json").stdout)["status"] == "rejected"
    assert "Approval none does not exist." in ready("explain", "none").stderr


def test_every_command_has_its_help_in_the_section_of_what_it_is_for(run: Run) -> None:
    sections = run("--help").stdout.split("\n\n")
    listed = {part.split(":")[0]: re.findall(r"^  (\S+) +\S", part, re.MULTILINE) for part in sections[-3:]}
    assert list(listed) == ["Run", "Approvals", "Set up"]
    assert sum(map(len, listed.values())) == len(command_line.commands)
    assert listed["Run"] == ["serve", "worker", "tick", "demo", "db"]
    assert {"submit", "decide", "explain", "withdraw"} < set(listed["Approvals"])
    assert {"doctor", "key", "policy", "slack"} < set(listed["Set up"])


@pytest.mark.parametrize("group", [("policy",), ("adapter",), ("asl",), ("slack",), ("db",), ("key", "new")])
def test_what_a_command_does_is_written_in_full_where_commands_are_listed(run: Run, group: Sequence[str]) -> None:
    _, listed = run(*group, "--help").stdout.split("\nCommands:\n")
    assert "..." not in listed


def test_a_callback_that_fails_is_listed_with_its_reason(ready: Run) -> None:
    approval_id = ready("submit", "-", given=SUBMISSION).stdout.strip()
    no_aws = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "")
    env = {**no_aws, "AWS_EC2_METADATA_DISABLED": "true"}
    decided = ready("decide", approval_id, "--as", "ana@example.com", "--option", "approve", env=env)
    why = "The workflow could not be notified yet: the gateway has no AWS credentials: give it a role, or set"
    assert why in decided.stderr
    listed = ready("list").stdout
    assert why in listed
    assert "1 attempt since" in listed
    [one] = json.loads(ready("show", approval_id).stdout)["failing"]["items"]
    assert (one["what"], one["reasonClass"], one["attempts"]) == ("callback", "denied", 1)
    assert why in ready("explain", approval_id).stdout
