"""The handlers doctor_FUNCTION: the doctor with the role of that function, which is asked for what it needs only."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.aws_lambda import doctor
from approvals.entrypoints.doctor.examination import NOT_OF
from approvals.entrypoints.server import migrations
from tests.entrypoints.aws_lambda.invoking import Context
from tests.entrypoints.doctor.examining import GOOD_QUEUE, queue

HEARTBEATS = "SendTaskHeartbeat"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], tmp_path: Path) -> Generator[LocalAws]:
    with LocalAws(region="eu-central-1") as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint)
        queue(running, "dead")
        environ["APPROVALS_QUEUE_URL"] = queue(running, **GOOD_QUEUE)
        environ["APPROVALS_AWS_REGION"] = "eu-central-1"
        environ["APPROVALS_PUBLIC_URL"] = "http://127.0.0.1:1"
        environ["APPROVALS_DATABASE_URL"] = f"sqlite:///{tmp_path / 'migrated.db'}"
        migrations.upgrade(environ["APPROVALS_DATABASE_URL"])
        yield running


def whats(environ: dict[str, str], of: doctor.Function) -> list[str]:
    """Invoke the handler, whose answer is JSON."""
    answer = json.loads(json.dumps(doctor.make(environ, of=of)({}, Context())))
    assert answer["failed"] == any(line["state"] == "fail" for line in answer["lines"])
    return [line["what"] for line in answer["lines"] if line["state"] == "fail"] + [
        line["what"] for line in answer["lines"] if line["state"] != "fail"
    ]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("of", "beats", "queues", "mails"),
    [("http", False, False, False), ("intake", False, True, True), ("tick", True, False, True)],
)
def test_each_role_is_asked_for_what_its_function_needs(
    environ: dict[str, str], of: doctor.Function, beats: bool, queues: bool, mails: bool
) -> None:
    said = whats(environ, of)
    assert any(HEARTBEATS in what for what in said) == beats
    assert any(what.startswith("queue: ") for what in said) == queues
    assert any(what.startswith("mail: ") for what in said) == mails
    assert any("database: migrated" in what for what in said)


def test_what_the_role_lacks_is_a_failure(environ: dict[str, str], aws: LocalAws) -> None:
    aws.faults.next(HEARTBEATS, AccessDenied())
    assert whats(environ, "tick")[0] == "SendTaskHeartbeat: AWS denies access (AccessDeniedException)"


def test_what_is_left_out_is_the_name_of_a_check() -> None:
    named = {name for names in NOT_OF.values() for name in names}
    assert named == {"mail", "queue", "KMS key", "public URL"}
