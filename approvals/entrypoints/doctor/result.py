"""A line of the doctor's: what was looked at, how it is, and the mend. Whatever goes wrong in a check becomes one."""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

log = logging.getLogger(__name__)

State = Literal["ok", "warn", "fail"]


class Line(msgspec.Struct, frozen=True):
    """One finding. What is ok needs no mend."""

    state: State
    what: str
    mend: str = ""


Check = Callable[[], Iterable[Line]]


def ok(what: str) -> Line:
    return Line("ok", what)


def warn(what: str, mend: str) -> Line:
    return Line("warn", what, mend)


def fail(what: str, mend: str) -> Line:
    return Line("fail", what, mend)


def run(checks: Mapping[str, Check], *, seconds: float) -> Iterator[Line]:
    """All at once, each for so long at most; their lines in the order of the checks. None can stop another."""
    answers = {name: _started(check) for name, check in checks.items()}
    for name, answer in answers.items():
        try:
            yield from answer.get(timeout=seconds)
        except queue.Empty:
            yield fail(f"{name}: no answer within {seconds:g} s", "look at the network between here and there")


def _started(check: Check) -> "queue.Queue[list[Line]]":
    """In a thread that may be left behind: nothing can end one that waits for an answer."""
    answer: queue.Queue[list[Line]] = queue.Queue()
    threading.Thread(target=lambda: answer.put(_lines(check)), daemon=True).start()
    return answer


def _lines(check: Check) -> list[Line]:
    """What it found before something went wrong is kept. The words of an unforeseen error may hold a secret."""
    found: list[Line] = []
    try:
        found.extend(check())
    except (ClientError, BotoCoreError) as error:
        found.append(refused("AWS", error))
    except Exception as error:
        log.debug("a check has a fault", exc_info=True)
        found.append(fail(f"a check ended with {type(error).__name__}", "report this: it should have said why"))
    return found


def refused(what: str, error: ClientError | BotoCoreError, *, permission: str = "") -> Line:
    """What AWS's refusal means."""
    code = code_of(error)
    if is_denied(error):
        return fail(f"{what}: AWS denies it ({code})", f"allow {permission or 'it'} to the gateway's role")
    if isinstance(error, NoCredentialsError):
        return fail(f"{what}: there are no AWS credentials", "give the gateway a role, or set AWS_PROFILE")
    if isinstance(error, NoRegionError):
        return fail(f"{what}: no Region is known", "set APPROVALS_AWS_REGION")
    if code in _BAD_CREDENTIALS:
        return fail(
            f"{what}: AWS does not take our credentials ({code})", "renew them, and look at this machine's clock"
        )
    return fail(f"{what}: {code}", "look at the network, the Region and AWS_ENDPOINT_URL")


_BAD_CREDENTIALS = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
    "SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed",
}  # fmt: skip


def is_denied(error: ClientError | BotoCoreError) -> bool:
    return code_of(error) in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def code_of(error: ClientError | BotoCoreError) -> str:
    """The code of a refusal, without its words; of anything else the error's name."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__
