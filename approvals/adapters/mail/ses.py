"""Mail through SES: each call sends one mail to one recipient. SES has no idempotency key: after a lost response a
second copy is possible, in the same thread as the first."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from approvals.domain.model.messages.results import GivenUp, ReasonClass, Result, Sent, TryAgain

SLOWLY = timedelta(minutes=5)
_BUSY = {
    "TooManyRequestsException", "LimitExceededException", "Throttling", "ThrottlingException", "ThrottledException",
    "RequestThrottled", "RequestLimitExceeded", "ConcurrentModificationException",
}  # fmt: skip
_FINAL = {
    "MessageRejected": "SES rejects the mail; in its sandbox it writes to verified addresses only",
    "MailFromDomainNotVerifiedException": "the sender's MAIL FROM domain is not verified in SES",
    "NotFoundException": "SES does not know the sender or the configuration set",
    "BadRequestException": "SES does not take the mail as it stands",
}
_FIXES = {
    "AccountSuspendedException": "SES has suspended this account's sending: ask AWS support",
    "SendingPausedException": "sending is paused in SES: resume it there",
    "AccessDeniedException": "allow ses:SendEmail (and ses:SendRawEmail) to the gateway's role",
}


class Ses:
    """`client_factory` returns an sesv2 client without retries of its own."""

    def __init__(self, client_factory: Callable[[], Any], *, configuration_set: str | None = None) -> None:
        self._client = client_factory
        self._options = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
        """Send one mail to one recipient."""
        if not to.isascii():
            return GivenUp("SES takes no addresses beyond ASCII", recipient=True, kind="invalid")
        try:
            answer = self._client().send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": [to]},
                Content={"Raw": {"Data": message.as_bytes()}},
                **self._options,
            )
        except ClientError as error:
            return _refused(error)
        except (BotoCoreError, ResponseParserError) as error:
            return _unanswered(error)
        return Sent(receipt=str(answer.get("MessageId", "")))

    def message_id(self, receipt: str) -> str:
        """Return the Message-ID that SES gives the mail of this receipt: its domain names the Region."""
        region = self._client().meta.region_name
        return f"<{receipt}@{'email' if region == 'us-east-1' else region}.amazonses.com>"


def _refused(error: ClientError) -> Result:
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in _FINAL:
        return GivenUp(f"{_FINAL[code]} ({code})", kind="invalid" if code == "BadRequestException" else "refused")
    if status >= 500:
        return TryAgain(f"SES failed ({code})", ambiguous=True, kind="unreachable")
    if code in _BUSY or status == 429:
        return TryAgain(f"SES takes no more mail just now ({code})", kind="throttled")
    fix = _FIXES.get(code, "look at the gateway's AWS configuration")
    kind: ReasonClass = "denied" if code in _FIXES else "refused"
    return TryAgain(f"SES refuses the mail ({code}): {fix}", after=SLOWLY, kind=kind)


def _unanswered(error: BotoCoreError | ResponseParserError) -> Result:
    name = type(error).__name__
    if isinstance(error, ParamValidationError):
        return GivenUp(f"this is no mail that could be sent ({name})", kind="invalid")
    if isinstance(error, HTTPClientError | ResponseParserError):
        return TryAgain(f"SES did not answer ({name})", ambiguous=True, kind="timeout")
    if isinstance(error, NoCredentialsError):
        return TryAgain(
            "the gateway has no AWS credentials: give it a role, or set AWS_PROFILE", after=SLOWLY, kind="denied"
        )
    if isinstance(error, NoRegionError):
        return TryAgain("no Region is known: set APPROVALS_AWS_REGION", after=SLOWLY, kind="invalid")
    return TryAgain(f"SES cannot be reached ({name})", kind="unreachable")
