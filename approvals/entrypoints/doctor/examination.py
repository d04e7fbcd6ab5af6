"""The doctor's examination: the checks that the settings call for. They send, write and receive nothing."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from approvals.adapters.aws.clients import Clients
from approvals.entrypoints.doctor import aws, database, keys, mail, slack, sqs, web, work
from approvals.entrypoints.doctor.result import Check, CheckLine, ok, run_checks
from approvals.settings.environment import Settings

NOT_OF = {"http": ("mail", "queue"), "tick": ("queue", "KMS key", "public URL")}
"""The checks of permissions, or of work, that a function does without. The tick decrypts only, as the work shows."""
WITHOUT_HEARTBEATS = {"http", "intake"}
SECONDS = 20.0
"""Longer than one slow response of AWS (3 s to connect, 10 s to read)."""


def examine(
    settings: Settings, *, clock: Callable[[], datetime], clients: Clients, with_aws: bool = False,
    seconds: float = SECONDS, of: str = "",
) -> Iterator[CheckLine]:  # fmt: skip
    """Yield every line, in order. AWS is checked if a setting uses it, or `with_aws`.

    `of` names a function of AWS Lambda: checks of permissions that its role does not need are left out.
    """
    checks: dict[str, Check] = {
        "destination": partial(aws.destination, settings),
        "database": partial(database.check, settings, clients, clock),
        "work": partial(work.check, settings, clients, clock),
        "keys": partial(keys.check, settings),
        "public URL": partial(web.check, settings),
        "links": partial(web.lifetimes, settings),
        "directory": partial(web.directory, settings, clients),
        "mail": partial(mail.check, settings, clients),
        "Slack": partial(slack.check, settings, clock),
    }
    if with_aws or uses_aws(settings):
        checks |= _of_aws(settings, clients, clock, of)
    for name in NOT_OF.get(of, ()):
        checks.pop(name, None)
    yield ok("settings: all can be read")
    yield from run_checks(checks, seconds=seconds)


def uses_aws(settings: Settings) -> bool:
    named = settings.queue_url, settings.kms_key_id, settings.assume_roles, settings.activities, settings.database_iam
    return any(named) or mail.uses_ses(settings) or settings.directory.startswith(("s3:", "ssm:", "arn:"))


def _of_aws(settings: Settings, clients: Clients, clock: Callable[[], datetime], of: str) -> dict[str, Check]:
    checks: dict[str, Check] = {
        "AWS identity": partial(aws.identity, settings, clients, clock),
        "callbacks": partial(aws.callbacks, settings, clients, heartbeats=of not in WITHOUT_HEARTBEATS),
    }
    if settings.queue_url:
        checks["queue"] = partial(sqs.check, settings, clients)
    if settings.kms_key_id:
        checks["KMS key"] = partial(keys.kms, settings, clients)
    return checks
