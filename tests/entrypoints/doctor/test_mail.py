"""The doctor on mail: a server that is reached and SES in its states; no mail is sent."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from approvals.adapters.aws.clients import Clients
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.doctor import mail
from approvals.entrypoints.doctor.result import CheckLine, ok
from tests.entrypoints.doctor.examining import SECRET, found, said, settings
from tests.support.mail.smtp import SmtpServer


def mailed(**given: str) -> CheckLine:
    [line] = mail.check(settings(**given), Clients())
    return line


def test_a_mail_server_is_reached_and_no_mail_sent(smtp: SmtpServer) -> None:
    assert mailed(mail_url=f"smtp://{smtp.host}:{smtp.port}") == ok(f"mail: {smtp.host}:{smtp.port} answers")
    assert smtp.received == []


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "secret-of-mail")}], indirect=True)
@pytest.mark.parametrize(("password", "state"), [("secret-of-mail", "ok"), ("wrong-secret", "fail")])
def test_the_login_is_tried(smtp: SmtpServer, password: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(smtp.ca_file))
    line = mailed(mail_url=f"smtp://gateway:{password}@localhost:{smtp.port}?starttls=required")
    assert (line.state, "login" in line.what or "user and password" in line.what) == (state, True)
    assert password not in line.what + line.fix


@pytest.mark.parametrize("smtp", [{"starttls": True}], indirect=True)
def test_a_certificate_that_is_not_trusted_is_a_failure(smtp: SmtpServer) -> None:
    line = mailed(mail_url=f"smtp://localhost:{smtp.port}?starttls=required")
    assert (line.state, "not trusted" in line.what) == ("fail", True)


def test_a_server_without_the_encryption_that_is_asked_for_is_a_failure(smtp: SmtpServer) -> None:
    line = mailed(mail_url=f"smtp://localhost:{smtp.port}?starttls=required")
    assert (line.state, "STARTTLS" in line.what) == ("fail", True)


@pytest.mark.parametrize(
    ("given", "state", "what"),
    [
        ({"mail_url": "smtp://127.0.0.1:1"}, "fail", "127.0.0.1:1 cannot be reached"),
        ({"mail_url": f"smtp://ana:{SECRET}@mail.example.com?x=1"}, "fail", "has an option “x”"),
        ({"mail_url": "console:"}, "warn", "printed to the terminal"),
        ({}, "warn", "nobody can be asked"),
    ],
)
def test_mail_that_reaches_nobody_is_noticed_without_showing_a_password(
    given: dict[str, str], state: str, what: str
) -> None:
    line = mailed(**given)
    assert (line.state, what in line.what, bool(line.fix)) == (state, True, True)
    assert SECRET not in line.what + line.fix


GOOD_ACCOUNT = {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY"}
VERIFIED = {"VerifiedForSendingStatus": True}


def ses(prepare: Callable[[Stubber], None]) -> list[CheckLine]:
    """SES as AWS describes it: the local one knows no accounts."""
    client = Clients().get("sesv2", region="eu-central-1")
    with Stubber(client) as stub:
        prepare(stub)
        stand_in: Any = SimpleNamespace(get=lambda *_args, **_more: client)
        lines = list(mail.check(settings(mail_url="ses://eu-central-1"), stand_in))
        stub.assert_no_pending_responses()
    return lines


def account(**changes: Any) -> Callable[[Stubber], None]:
    def prepare(stub: Stubber) -> None:
        stub.add_response("get_account", {**GOOD_ACCOUNT, **changes})
        stub.add_response("get_email_identity", VERIFIED, {"EmailIdentity": "approvals@example.com"})

    return prepare


def test_an_account_and_a_sender_in_order_are_well() -> None:
    assert said(iter(ses(account()))) == [
        ("ok", "mail: SES is out of its sandbox"),
        ("ok", "mail: approvals@example.com is verified in SES"),
    ]


@pytest.mark.parametrize(
    ("changes", "state", "what"),
    [
        ({"ProductionAccessEnabled": False}, "fail", "mail: SES is in its sandbox"),
        ({"SendingEnabled": False}, "fail", "mail: SES has paused"),
        ({"EnforcementStatus": "PROBATION"}, "warn", "mail: SES has put this account under PROBATION"),
    ],
)
def test_an_account_that_may_not_send_freely_reads_what_holds_it_back(
    changes: dict[str, Any], state: str, what: str
) -> None:
    assert found(iter(ses(account(**changes))), what).state == state


def test_the_domain_may_be_verified_instead_of_the_address() -> None:
    def prepare(stub: Stubber) -> None:
        stub.add_response("get_account", GOOD_ACCOUNT)
        stub.add_client_error("get_email_identity", "NotFoundException")
        stub.add_response("get_email_identity", VERIFIED, {"EmailIdentity": "example.com"})

    assert ses(prepare)[1] == ok("mail: example.com is verified in SES")


def test_who_may_not_look_at_ses_may_send_all_the_same() -> None:
    def prepare(stub: Stubber) -> None:
        stub.add_client_error("get_account", "AccessDeniedException")
        stub.add_client_error("get_email_identity", "AccessDeniedException")

    assert [line.state for line in ses(prepare)] == ["warn", "warn"]


@pytest.mark.parametrize("known", [[], ["example.com"]])
def test_a_sender_that_is_not_verified_is_a_failure(aws: LocalAws, known: list[str]) -> None:
    """On the local SES, where what was just added waits for its verification."""
    for name in known:
        aws.client("sesv2").create_email_identity(EmailIdentity=name)
    line = found(mail.check(settings(mail_url="ses:"), Clients()), "mail: neither approvals@example.com nor its domain")
    assert (line.state, line.fix) == ("fail", "verify one of them in this Region")


def test_without_a_region_ses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    [line] = mail.check(settings(mail_url="ses:", aws_region=""), Clients())
    assert (line.state, line.what, line.fix) == ("fail", "mail: SES: no Region is known", "set APPROVALS_AWS_REGION")
