"""Mail checks: the SMTP server accepts the login, or SES can send to everyone. No mail is sent."""

from collections.abc import Callable, Iterator
from email.utils import parseaddr
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.mail.url import SesService, SmtpServer, parse_mail_url
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.results import Sent
from approvals.entrypoints.doctor.result import CheckLine, aws_failure, code_of, fail, is_denied, ok, warn
from approvals.settings.environment import Settings

SECONDS = 6.0
"""For SMTP, so that there is time left to find out why a server is silent."""


def check(settings: Settings, clients: Clients) -> Iterator[CheckLine]:
    if not settings.mail_url:
        yield warn("mail: not set up, so nobody can be asked by mail", "set APPROVALS_MAIL_URL and APPROVALS_MAIL_FROM")
        return
    if settings.mail_url == wiring.CONSOLE:
        yield warn("mail: printed to the terminal", "set APPROVALS_MAIL_URL to smtp://…, smtps://… or ses://…")
        return
    try:
        place = parse_mail_url(settings.mail_url)
    except Misconfigured as error:
        yield fail(f"mail: {error}", "fix APPROVALS_MAIL_URL")
        return
    if isinstance(place, SmtpServer):
        yield _smtp(place)
    else:
        yield from _ses(place, settings, clients)


def uses_ses(settings: Settings) -> bool:
    return settings.mail_url.startswith("ses:")


def _smtp(server: SmtpServer) -> CheckLine:
    from approvals.adapters.mail.smtp import Smtp

    result = Smtp(server, seconds=SECONDS).check()
    login = ", and accepts the login" if server.user else ""
    if isinstance(result, Sent):
        return ok(f"mail: {server.host}:{server.port} answers{login}")
    return _other_encryption(server) or fail(
        f"mail: {getattr(result, 'reason', result)}", "fix APPROVALS_MAIL_URL, or the server"
    )


def _other_encryption(server: SmtpServer) -> CheckLine | None:
    """Return a line if the server encrypts otherwise than the mail URL says: TLS from the start, or by STARTTLS."""
    from approvals.adapters.mail.greeting import greets_in_clear, speaks_tls

    where = f"mail: {server.host}:{server.port}"
    if server.encryption == "tls" and greets_in_clear(server.host, server.port):
        fix = "write smtp:// in APPROVALS_MAIL_URL, for STARTTLS, or name the port for smtps, mostly 465"
        return fail(f"{where} does not begin with TLS, as smtps:// asks for", fix)
    if server.encryption != "tls" and speaks_tls(server.host, server.port):
        fix = "write smtps:// in APPROVALS_MAIL_URL, or name the port for STARTTLS, mostly 587"
        return fail(f"{where} begins with TLS, so smtp:// gets no answer", fix)
    return None


def _ses(place: SesService, settings: Settings, clients: Clients) -> Iterator[CheckLine]:
    try:
        client = clients.get("sesv2", region=place.region or settings.aws_region or None)
    except BotoCoreError as error:
        yield aws_failure("mail: SES", error)
        return
    yield from _looked("ses:GetAccount", lambda: _account(client))
    address = parseaddr(settings.mail_from)[1]
    yield from _looked("ses:GetEmailIdentity", lambda: _identity(client, address))


def _looked(permission: str, look: Callable[[], Iterator[CheckLine]]) -> Iterator[CheckLine]:
    """Yield the lines; a missing read permission is a warning, because sending does not need it."""
    try:
        yield from look()
    except (ClientError, BotoCoreError) as error:
        if is_denied(error):
            yield warn(f"mail: {permission} is denied, so this cannot be checked", f"allow {permission} to check it")
        else:
            yield aws_failure(f"mail: {permission}", error)


def _account(client: Any) -> Iterator[CheckLine]:
    found = client.get_account()
    if not found.get("SendingEnabled"):
        yield fail("mail: SES has paused this account's sending", "resume it in SES")
    if found.get("EnforcementStatus", "HEALTHY") != "HEALTHY":
        yield warn(f"mail: SES has put this account under {found['EnforcementStatus']}", "see SES's reputation page")
    if found.get("ProductionAccessEnabled"):
        yield ok("mail: SES is out of its sandbox")
    else:
        yield fail("mail: SES is in its sandbox, and sends to verified addresses only", "ask SES for production access")


def _identity(client: Any, address: str) -> Iterator[CheckLine]:
    """Check that the address or its domain is verified."""
    for name in (address, address.rpartition("@")[2]):
        try:
            found = client.get_email_identity(EmailIdentity=name)
        except ClientError as error:
            if code_of(error) == "NotFoundException":
                continue
            raise
        if found.get("VerifiedForSendingStatus"):
            yield ok(f"mail: {name} is verified in SES")
            return
    yield fail(f"mail: neither {address} nor its domain is verified in SES", "verify one of them in this Region")
