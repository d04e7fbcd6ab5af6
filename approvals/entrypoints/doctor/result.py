"""Lines of the doctor: the check, its state, and the fix. Any error in a check becomes a line."""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

log = logging.getLogger(__name__)

CheckState = Literal["ok", "warn", "fail"]


class CheckLine(msgspec.Struct, frozen=True):
    """One finding; only warnings and failures have a fix."""

    state: CheckState
    what: str
    fix: str = msgspec.field(default="", name="mend")


Check = Callable[[], Iterable[CheckLine]]


def ok(what: str) -> CheckLine:
    return CheckLine("ok", what)


def warn(what: str, fix: str) -> CheckLine:
    return CheckLine("warn", what, fix)


def fail(what: str, fix: str) -> CheckLine:
    return CheckLine("fail", what, fix)


def run_checks(checks: Mapping[str, Check], *, seconds: float) -> Iterator[CheckLine]:
    """Run all checks at once, each for at most `seconds`, and yield their lines in the order of the checks."""
    answers = {name: _started(check) for name, check in checks.items()}
    for name, answer in answers.items():
        try:
            yield from answer.get(timeout=seconds)
        except queue.Empty:
            yield fail(
                f"{name}: no answer within {seconds:g} s", "check the network between this machine and the service"
            )


def _started(check: Check) -> "queue.Queue[list[CheckLine]]":
    """Start the check in a daemon thread: Python cannot stop a thread that waits for a response."""
    answer: queue.Queue[list[CheckLine]] = queue.Queue()
    threading.Thread(target=lambda: answer.put(_lines(check)), daemon=True).start()
    return answer


def _lines(check: Check) -> list[CheckLine]:
    """Return the lines up to an error. The text of an unexpected error is left out: it may contain a secret."""
    found: list[CheckLine] = []
    try:
        found.extend(check())
    except (ClientError, BotoCoreError) as error:
        found.append(aws_failure("AWS", error))
    except Exception as error:
        log.debug("a check raised an unexpected error", exc_info=True)
        found.append(fail(f"a check ended with {type(error).__name__}", "report this as a bug"))
    return found


def aws_failure(what: str, error: ClientError | BotoCoreError, *, permission: str = "") -> CheckLine:
    """Return the line for an error of AWS."""
    code = code_of(error)
    if is_denied(error):
        return fail(f"{what}: AWS denies access ({code})", f"allow {permission or 'it'} to the gateway's role")
    if isinstance(error, NoCredentialsError):
        return fail(f"{what}: there are no AWS credentials", "give the gateway a role, or set AWS_PROFILE")
    if isinstance(error, NoRegionError):
        return fail(f"{what}: no Region is known", "set APPROVALS_AWS_REGION")
    if code in _BAD_CREDENTIALS:
        return fail(
            f"{what}: AWS rejects the gateway's credentials ({code})", "renew them, and check this machine's clock"
        )
    return fail(f"{what}: {code}", "check the network, the Region and AWS_ENDPOINT_URL")


_BAD_CREDENTIALS = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
    "SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed",
}  # fmt: skip


def is_denied(error: ClientError | BotoCoreError) -> bool:
    return code_of(error) in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def code_of(error: ClientError | BotoCoreError) -> str:
    """Return the code of AWS's error, or the name of any other error."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__
