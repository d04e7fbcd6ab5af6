"""Mail through SES: against moto, and with a client that refuses."""

import email
import email.policy
import socket
from collections.abc import Callable, Generator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from approvals.adapters.aws.clients import Clients
from approvals.adapters.mail.ses import Ses
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from tests.support.mail.messages import LINK, Seen, html_of, send_by, text_of

SLOWLY = timedelta(minutes=5)


@pytest.fixture
def ses_client() -> Generator[Any]:
    with mock_aws():
        client = Clients().get("sesv2", region="eu-central-1")
        client.create_email_identity(EmailIdentity="approvals@example.com")
        yield client


def test_a_mail_arrives_by_ses_as_it_was_written(ses_client: Any) -> None:
    result = send_by(Ses(lambda: ses_client))
    [sent] = ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages
    assert result == Sent(sent.id)
    assert (sent.source, set(sent.destinations)) == ("approvals@example.com", {"ana@example.com"})
    message = email.message_from_string(sent.raw_data, _class=EmailMessage, policy=email.policy.default)
    assert message["Message-ID"] == "<approval-1.0.asked.0@example.com>"
    assert message["Subject"] == "Approval needed: Refund order 1234 (420 €)"
    assert LINK in text_of(message)
    assert Seen(html_of(message)).links == [LINK]


def refused(client: Any, code: str, status: int) -> Result:
    with Stubber(client) as stub:
        stub.add_client_error("send_email", service_error_code=code, http_status_code=status)
        return send_by(Ses(lambda: client, configuration_set="approvals"))


@pytest.mark.parametrize(
    "code", ["MessageRejected", "MailFromDomainNotVerifiedException", "NotFoundException", "BadRequestException"]
)
def test_what_ses_will_never_take_is_given_up(ses_client: Any, code: str) -> None:
    result = refused(ses_client, code, 400)
    assert isinstance(result, GivenUp)
    assert code in result.reason


@pytest.mark.parametrize(
    ("code", "status", "ambiguous", "after", "kind"),
    [
        ("TooManyRequestsException", 429, False, None, "throttled"),
        ("LimitExceededException", 400, False, None, "throttled"),
        ("ThrottlingException", 400, False, None, "throttled"),
        ("AccountSuspendedException", 400, False, SLOWLY, "denied"),
        ("SendingPausedException", 400, False, SLOWLY, "denied"),
        ("AccessDeniedException", 403, False, SLOWLY, "denied"),
        ("SomethingNewException", 400, False, SLOWLY, "refused"),
        ("InternalFailure", 500, True, None, "unreachable"),
    ],
)
def test_what_ses_may_take_later_is_tried_again(
    ses_client: Any, code: str, status: int, ambiguous: bool, after: timedelta | None, kind: str
) -> None:
    result = refused(ses_client, code, status)
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after, result.kind) == (ambiguous, after, kind)
    assert code in result.reason


def test_ses_takes_no_addresses_beyond_ascii(ses_client: Any) -> None:
    assert send_by(Ses(lambda: ses_client), to="jörg@example.com") == GivenUp(
        "SES takes no addresses beyond ASCII", recipient=True, kind="invalid"
    )


@pytest.mark.parametrize("answers", [True, False])
def test_ses_that_cannot_be_reached_or_does_not_answer(answers: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        if not answers:
            server.close()
        client = Clients(read_timeout=0.2).get("sesv2", region="eu-central-1", endpoint_url=url)
        result = send_by(Ses(lambda: client))
    assert isinstance(result, TryAgain)
    assert result.ambiguous is answers


def test_without_credentials_ses_is_tried_again_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    client: Callable[[], Any] = lambda: Clients().get("sesv2", region="eu-central-1")  # noqa: E731
    assert send_by(Ses(client)) == TryAgain(
        "the gateway has no AWS credentials: give it a role, or set AWS_PROFILE", after=SLOWLY, kind="denied"
    )
