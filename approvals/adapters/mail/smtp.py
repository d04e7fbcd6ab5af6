"""Mail through SMTP: one connection for each mail. Every certificate is verified; without the required encryption
nothing is sent."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage

from approvals.adapters.mail.smtp_replies import SLOWLY, refused
from approvals.adapters.mail.url import SmtpServer
from approvals.domain.model.messages.results import Result, Sent, TryAgain
from approvals.telemetry import tracing

SECONDS = 10.0


class Smtp:
    """`trust` names the trusted certificates; by default those that the system trusts."""

    def __init__(self, server: SmtpServer, *, trust: ssl.SSLContext | None = None, seconds: float = SECONDS) -> None:
        self._server, self._seconds = server, seconds
        self._trust = trust or ssl.create_default_context()

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
        """Send one mail to one recipient."""
        about: dict[str, tracing.Value] = {"server.address": self._server.host, "server.port": self._server.port}
        with tracing.call("SMTP send", about) as span:
            result = self._send(message, sender=sender, to=to)
            if not isinstance(result, Sent):
                span.fail(getattr(result, "kind", "other"))
            return result

    def _send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
        try:
            client = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return self._not_connected(error)
        try:
            client.send_message(message, from_addr=sender, to_addrs=[to])
        except (smtplib.SMTPException, OSError) as error:
            return refused(error)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
        return Sent(receipt=str(message["Message-ID"]))

    def message_id(self, receipt: str) -> str:
        """Return the Message-ID of a mail that was sent: its receipt."""
        return receipt

    def check(self) -> Result:
        """Connect, encrypt and log in as for a mail, without sending one."""
        try:
            client = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            return self._not_connected(error)
        with suppress(smtplib.SMTPException, OSError):
            client.noop()
            client.quit()
        client.close()
        return Sent()

    def _connect(self) -> smtplib.SMTP:
        """Return an open, encrypted and authenticated connection; close it again if that fails."""
        server = self._server
        if server.encryption == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._seconds, context=self._trust
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
        try:
            self._prepare(client)
        except BaseException:
            client.close()
            raise
        return client

    def _prepare(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        encryption = self._server.encryption
        if encryption == "required" or (encryption == "optional" and client.has_extn("starttls")):
            client.starttls(context=self._trust)
        if self._server.user:
            client.login(self._server.user, self._server.password)

    def _not_connected(self, error: Exception) -> TryAgain:
        """Return the result if nothing was sent. Problems that only an operator can fix are retried slowly."""
        where = f"{self._server.host}:{self._server.port}"
        match error:
            case smtplib.SMTPAuthenticationError():
                reason = f"{where} does not take the user and password of the mail URL"
                return TryAgain(reason, after=SLOWLY, kind="denied")
            case smtplib.SMTPNotSupportedError():
                reason = f"{where} does not offer what the mail URL asks for (STARTTLS, a login)"
                return TryAgain(reason, after=SLOWLY, kind="invalid")
            case ssl.SSLCertVerificationError():
                reason = f"{where} has a certificate that is not trusted: {error.verify_message}"
                return TryAgain(reason, after=SLOWLY, kind="invalid")
            case _:
                return TryAgain(f"{where} cannot be reached ({type(error).__name__})", kind="unreachable")
