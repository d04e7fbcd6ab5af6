"""Results of calls to Step Functions, from AWS's errors and from calls without a usable response.

No reason contains the task token, or text of the response that might.
"""

from datetime import timedelta

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    SSLError,
)
from botocore.exceptions import (
    ConnectionError as NeverSent,
)
from botocore.parsers import ResponseParserError

from approvals.adapters.aws.step_functions.signed_calls import AnotherServer
from approvals.domain.model.messages.results import GivenUp, ReasonClass, Result, TryAgain

SLOWLY = timedelta(minutes=5)
NO_CREDENTIALS = "the gateway has no AWS credentials: give it a role, or set AWS_PROFILE"

_CLOSED = {
    "TaskTimedOut": "the state no longer waits",
    "TaskDoesNotExist": "the activity no longer exists",
}
_UNFIT = {"InvalidOutput", "ValidationException", "SerializationException"}
_THROTTLED = {
    "KmsThrottlingException", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
    "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "SlowDown", "RequestTimeout",
}  # fmt: skip
_FIXES = {
    "AccessDeniedException": "allow {permission} to the gateway's role",
    "KmsAccessDeniedException": "allow the gateway's role kms:Decrypt and kms:GenerateDataKey on the workflow's key",
    "KmsInvalidStateException": "enable the workflow's KMS key again",
    "ExpiredTokenException": "renew the gateway's AWS credentials",
    "UnrecognizedClientException": "the gateway's AWS credentials are not valid there; correct them",
    "InvalidSignatureException": "the signature was refused; correct the gateway's clock or its AWS credentials",
}


def refusal(error: ClientError, *, permission: str, region: str | None, young: bool) -> Result:
    """Return the result for AWS's error."""
    code, status = _facts(error)
    if code in _CLOSED:
        return GivenUp(_CLOSED[code], closed=True, kind="closed")
    if code == "InvalidToken":
        return _unknown_token(region, young=young)
    if code in _UNFIT:
        return GivenUp(f"Step Functions rejects the answer ({code})", kind="invalid")
    if status >= 500:
        return TryAgain(f"Step Functions failed ({code})", ambiguous=True, kind="unreachable")
    if code in _THROTTLED or status == 429:
        return TryAgain(f"Step Functions is busy ({code})", kind="throttled")
    fix = _FIXES.get(code, "see AWS's documentation of this error").format(permission=permission)
    denied = code in _FIXES or status in (401, 403)
    return TryAgain(f"AWS refuses it ({code}): {fix}", after=SLOWLY, kind="denied" if denied else "refused")


def _unknown_token(region: str | None, *, young: bool) -> Result:
    if young:
        return TryAgain("Step Functions does not know the task token yet", kind="refused")
    return GivenUp(
        f"Step Functions does not know the task token (InvalidToken): it belongs to another Region than {region} or to"
        " another account, or was changed in transit",
        kind="refused",
    )


def not_assumed(error: ClientError, role: str | None) -> Result:
    """Return the result if the role could not be assumed, so that nothing was sent."""
    code, status = _facts(error)
    if status >= 500 or code in _THROTTLED:
        kind: ReasonClass = "unreachable" if status >= 500 else "throttled"
        return TryAgain(f"{role} could not be assumed just now ({code})", kind=kind)
    fix = "let it trust the gateway's role, and allow that one sts:AssumeRole"
    return TryAgain(f"{role} cannot be assumed ({code}): {fix}", after=SLOWLY, kind="denied")


def unread(error: ClientError) -> TryAgain | None:
    """Return None if the history may never be read: the gateway has no permission, or the execution is gone."""
    code, status = _facts(error)
    if status >= 500:
        return not_now(code, kind="unreachable")
    return not_now(code, kind="throttled") if status == 429 or code in _THROTTLED else None


def not_now(why: str, *, after: timedelta | None = None, kind: ReasonClass = "unreachable") -> TryAgain:
    reason = f"the answer was lost, and the execution's history cannot be read just now ({why})"
    return TryAgain(reason, after=after, kind=kind)


def did_not_respond(error: BaseException) -> bool:
    """Return whether the service is out of reach, hangs or fails; every other error is a response, or one of ours."""
    if isinstance(error, ClientError):
        return _facts(error)[1] >= 500
    return isinstance(error, HTTPClientError | NeverSent | SSLError | ResponseParserError)


def _facts(error: ClientError) -> tuple[str, int]:
    """Return the error's code and its HTTP status."""
    metadata = error.response.get("ResponseMetadata", {})
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    return code, metadata.get("HTTPStatusCode", 500)


def unanswered(error: BotoCoreError | ResponseParserError) -> Result:
    """Return the result without a usable response; it is ambiguous if the request may have arrived."""
    name = type(error).__name__
    if isinstance(error, AnotherServer):
        return TryAgain("a server other than Step Functions answered", ambiguous=True, kind="unreachable")
    if isinstance(error, NeverSent) and not isinstance(error, SSLError):
        return TryAgain(f"Step Functions cannot be reached ({name})", kind="unreachable")
    if isinstance(error, HTTPClientError | SSLError | ResponseParserError):
        return TryAgain(f"Step Functions did not answer ({name})", ambiguous=True, kind="timeout")
    if isinstance(error, NoRegionError):
        return TryAgain(
            "no Region is known: set APPROVALS_AWS_REGION, or name the execution", after=SLOWLY, kind="invalid"
        )
    if isinstance(error, NoCredentialsError):
        return TryAgain(NO_CREDENTIALS, after=SLOWLY, kind="denied")
    reason = f"AWS cannot be called ({name}): look at the gateway's AWS configuration"
    return TryAgain(reason, after=SLOWLY, kind="invalid")
