"""The doctor as a whole: no check stops another, AWS is looked at where it is used, and what the command says."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.cli.main import command_line
from approvals.entrypoints.doctor.examination import examine
from approvals.entrypoints.doctor.result import CheckLine, ok, run_checks
from tests.entrypoints.doctor.examining import GOOD_QUEUE, SECRET, environ, queue, settings
from tests.support.mail.smtp import SmtpServer


def test_where_nothing_is_set_up_it_reports_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command_line, ["doctor"])
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "settings: none found" in done.output
    assert "`approvals serve`" in done.output
    assert list(tmp_path.iterdir()) == []


def test_no_check_stops_another() -> None:
    release = threading.Event()

    def hangs() -> list[CheckLine]:
        release.wait(10)
        return []

    def breaks() -> Iterator[CheckLine]:
        yield ok("first")
        raise RuntimeError(SECRET)

    lines = list(run_checks({"one": hangs, "two": breaks, "three": lambda: [ok("third")]}, seconds=0.2))
    release.set()
    assert [line.what for line in lines] == [
        "one: no answer within 0.2 s", "first", "a check ended with RuntimeError", "third"
    ]  # fmt: skip
    assert [line.state for line in lines] == ["fail", "ok", "fail", "ok"]


@pytest.mark.parametrize(
    ("given", "looks"),
    [
        ({}, False),
        ({"queue_url": "https://q"}, True),
        ({"mail_url": "ses:"}, True),
        ({"kms_key_id": "k"}, True),
        ({"directory": "s3://people/approvals.yml"}, True),
        ({"activities": "arn:aws:states:eu-central-1:123456789012:activity:ask"}, True),
    ],
)
def test_aws_is_looked_at_where_something_of_it_is_set_up(
    given: dict[str, str], looks: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    made = settings(database_url=f"sqlite:///{tmp_path / 'a.db'}", **given)

    def lines(*, with_aws: bool = False) -> list[str]:
        made_by = examine(made, clock=wiring.system_clock, clients=Clients(), with_aws=with_aws)
        return [line.what for line in made_by]

    assert any("AWS identity" in what for what in lines()) == looks
    assert any("AWS identity" in what for what in lines(with_aws=True))


def doctor(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *words: str) -> Result:
    with monkeypatch.context() as patched:
        for name, value in variables.items():
            patched.setenv(name, value)
        return CliRunner().invoke(command_line, ["doctor", *words])


def test_of_a_whole_deployment_in_order_only_what_cannot_be_seen_from_here_is_a_warning(
    aws: LocalAws, smtp: SmtpServer, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(aws, "dead")
    variables = environ(
        database_url=migrated_url, public_url="https://127.0.0.1:1", queue_url=queue(aws, **GOOD_QUEUE),
        kms_key_id=aws.client("kms").create_key()["KeyMetadata"]["KeyId"], mail_url=f"smtp://{smtp.host}:{smtp.port}",
    )  # fmt: skip
    done = doctor(monkeypatch, variables)
    assert done.exit_code == 0, done.output
    [line] = [line for line in done.stdout.splitlines() if not line.startswith("ok    ")]
    what, _, fix = line.partition("  — ")
    assert what == "warn  public URL: cannot be reached from here (ConnectionRefusedError)"
    assert fix == "start the gateway, or check from another network"
    assert variables["APPROVALS_SIGNING_KEYS"] not in done.output


def test_a_failure_is_the_exit_code_and_json_is_for_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = doctor(monkeypatch, environ(database_url="sqlite:///none.db"), "--json")
    lines = json.loads(done.stdout)
    assert done.exit_code == 1
    assert lines[0] == {"state": "ok", "what": "settings: all can be read", "mend": ""}
    assert lines[1]["mend"] == "approvals db upgrade"


def test_settings_that_cannot_be_read_are_all_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = doctor(monkeypatch, {**environ(), "APPROVALS_QUEUE": "x", "APPROVALS_WEB_THREADS": "many"})
    assert done.exit_code == 1
    assert [line.partition("  —")[0] for line in done.stdout.splitlines()] == [
        "fail  settings: APPROVALS_QUEUE is not a setting; did you mean APPROVALS_QUEUE_URL?",
        "fail  settings: APPROVALS_WEB_THREADS must be a whole number",
    ]
