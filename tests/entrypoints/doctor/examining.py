"""Settings for the doctor, what its checks say, and a queue for them to look into."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from approvals import wiring
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.doctor.result import CheckLine
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.settings.environment import Settings

SECRET = "hunter2-of-the-database"
GOOD_QUEUE = {
    "VisibilityTimeout": "180",
    "SqsManagedSseEnabled": "true",
    "RedrivePolicy": json.dumps({
        "deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:dead", "maxReceiveCount": 5,
    }),
}  # fmt: skip


def settings(**given: str) -> Settings:
    """`mail_url="…"` is APPROVALS_MAIL_URL."""
    return Settings.from_env(environ(**given))


def environ(**given: str) -> dict[str, str]:
    defaults = {"signing_keys": new_signing_key(), "aws_region": "eu-central-1"}
    if "kms_key_id" not in given:
        defaults["sealing_keys"] = new_sealing_key()
    if "mail_url" in given:
        defaults["mail_from"] = "Approvals <approvals@example.com>"
    return {f"APPROVALS_{name.upper()}": value for name, value in {**defaults, **given}.items()}


def clock_ahead(seconds: float) -> Callable[[], datetime]:
    return lambda: wiring.system_clock() + timedelta(seconds=seconds)


def said(lines: Iterator[CheckLine]) -> list[tuple[str, str]]:
    return [(line.state, line.what) for line in lines]


def found(lines: Iterator[CheckLine], what: str) -> CheckLine:
    """The one line that begins so. Whatever is not ok has a fix."""
    known = list(lines)
    assert all(line.fix for line in known if line.state != "ok"), known
    [line] = [line for line in known if line.what.startswith(what)]
    return line


def queue(aws: LocalAws, name: str = "approvals", **attributes: str) -> str:
    return str(aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
