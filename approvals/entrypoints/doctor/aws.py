"""AWS checks: the gateway's identity, its clock, and the permissions for callbacks.

Permissions are tried with a token and an execution that do not exist: AWS checks permissions before it looks for them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.entrypoints.doctor.result import CheckLine, aws_failure, code_of, fail, is_denied, ok, warn
from approvals.presentation.lists import listed
from approvals.settings.environment import Settings

NOBODYS = "approvals-doctor"
SKEW_SECONDS, REFUSED_SECONDS = 30.0, 240.0
"""AWS rejects signatures that are five minutes off."""
_TRIALS: dict[str, dict[str, str]] = {
    "SendTaskSuccess": {"output": "{}"}, "SendTaskFailure": {}, "SendTaskHeartbeat": {},
}  # fmt: skip
_JUDGED = {"InvalidToken", "TaskTimedOut", "TaskDoesNotExist"}


def identity(settings: Settings, clients: Clients, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    try:
        answer = clients.get("sts", region=settings.aws_region or None).get_caller_identity()
    except ClientError as error:
        yield aws_failure("AWS identity", error)
        yield from _clock(error.response, clock)
    except BotoCoreError as error:
        yield aws_failure("AWS identity", error)
    else:
        yield ok(f"AWS identity: {answer['Arn']}")
        yield from _clock(answer, clock)


def destination(settings: Settings) -> Iterator[CheckLine]:
    """Warn where callbacks go nowhere, which is for a first look only."""
    if settings.callbacks == wiring.CONSOLE:
        yield warn(
            "callbacks: are written to the terminal, so no workflow gets its answer", "unset APPROVALS_CALLBACKS"
        )


def callbacks(settings: Settings, clients: Clients, *, heartbeats: bool = True) -> Iterator[CheckLine]:
    """Check callbacks with the gateway's own role, and with the role of each other account."""
    for account, role in [("", None), *(settings.assume_roles or {}).items()]:
        whose = f" as {role}" if role else ""
        try:
            client = clients.get("stepfunctions", region=settings.aws_region or None, role=role)
        except BotoCoreError as error:
            yield aws_failure(f"callbacks{whose}", error)
            continue
        yield from _send_task(client, whose, heartbeats=heartbeats)
        yield _history(client, clients, settings, whose=whose, account=account)


def _send_task(client: Any, whose: str, *, heartbeats: bool) -> Iterator[CheckLine]:
    trials = {name: more for name, more in _TRIALS.items() if heartbeats or name != "SendTaskHeartbeat"}
    troubles = [line for name, more in trials.items() if (line := _tried(client, name, more, whose))]
    allowed = listed(tuple(trials), cut=len(trials))
    yield from troubles or [ok(f"callbacks{whose}: {allowed} are allowed")]


def _tried(client: Any, operation: str, more: dict[str, str], whose: str) -> CheckLine | None:
    """Return no line if the call is allowed: AWS then answers that the token is unknown."""
    method = {"SendTaskSuccess": "send_task_success", "SendTaskFailure": "send_task_failure"}.get(
        operation, "send_task_heartbeat"
    )
    try:
        getattr(client, method)(taskToken=NOBODYS, **more)
    except (ClientError, BotoCoreError) as error:
        judged = code_of(error) in _JUDGED
        return None if judged else _not_allowed(f"{operation}{whose}", error, f"states:{operation}")
    return warn(
        f"{operation}{whose}: accepts a token that does not exist", "is AWS_ENDPOINT_URL set to a stand-in for AWS?"
    )


def _not_allowed(what: str, error: ClientError | BotoCoreError, permission: str) -> CheckLine:
    if isinstance(error, ClientError) and error.operation_name == "AssumeRole":
        fix = "let it trust the gateway's role, and allow that role sts:AssumeRole on it"
        return fail(f"{what}: the role cannot be assumed ({code_of(error)})", fix)
    return aws_failure(what, error, permission=permission)


def _history(client: Any, clients: Clients, settings: Settings, *, whose: str, account: str) -> CheckLine:
    what = f"history{whose}: GetExecutionHistory"
    try:
        who = clients.get("sts", region=settings.aws_region or None).get_caller_identity()
        place = f"arn:{who['Arn'].split(':')[1]}:states:{client.meta.region_name}:{account or who['Account']}"
        client.get_execution_history(executionArn=f"{place}:execution:{NOBODYS}:{NOBODYS}", maxResults=1)
    except (ClientError, BotoCoreError) as error:
        if code_of(error) == "ExecutionDoesNotExist":
            return ok(f"{what} is allowed")
        if is_denied(error):
            return warn(
                f"{what} is denied for an execution named {NOBODYS}",
                "allow states:GetExecutionHistory, or callbacks whose response is lost stay unconfirmed",
            )
        return _not_allowed(what, error, "states:GetExecutionHistory")
    return ok(f"{what} is allowed")


def _clock(response: Any, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    """Compare the clocks by the Date header, which has whole seconds."""
    said = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        away = (parsedate_to_datetime(said) - clock()).total_seconds()
    except (ValueError, TypeError):
        return
    what = f"clock: {abs(away):.0f} s {'behind' if away > 0 else 'ahead of'} that of AWS"
    if abs(away) > REFUSED_SECONDS:
        yield fail(what, "synchronize this machine's clock by NTP: AWS rejects signatures that are 5 minutes off")
    elif abs(away) > SKEW_SECONDS:
        yield warn(what, "synchronize this machine's clock by NTP")
    else:
        yield ok(what)
