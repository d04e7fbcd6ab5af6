"""A real SMTP server on loopback that keeps its messages, and refuses recipients chosen by a test.

`smtp` is one that takes everything; `serve_smtp(...)` makes one that asks for STARTTLS and a password:

    @pytest.mark.parametrize("smtp", [{"login": ("gateway", "secret")}], indirect=True)
"""

import datetime
import email
import email.policy
import ipaddress
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True)
class Received:
    """A message with its envelope."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass(kw_only=True)
class SmtpServer:
    """A server that keeps messages. `refusals` maps recipients to SMTP replies, such as "550 5.1.1 no such user"."""

    host: str
    port: int
    ca_file: Path | None = None
    refusals: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition, repr=False)

    @property
    def messages(self) -> list[EmailMessage]:
        return [each.message for each in self.received]

    def wait_for(self, count: int, *, seconds: float = 10) -> list[EmailMessage]:
        """Wait for a number of messages from another thread or process, and return them."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.received) >= count, timeout=seconds):
                raise AssertionError(f"{len(self.received)} of {count} messages came within {seconds} s")
            return self.messages

    async def handle_RCPT(  # noqa: N802 named by aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if reply := self.refusals.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 as above
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
        with self._arrived:
            self.received.append(
                Received(sender=str(envelope.mail_from), recipients=list(envelope.rcpt_tos), message=message)
            )
            self._arrived.notify_all()
        return "250 OK"


class _BoundController(Controller):
    """A controller with an already bound socket, so that no other process can take the port."""

    def __init__(self, handler: SmtpServer, *, listener: socket.socket, **options: Any) -> None:
        self._listener = listener
        super().__init__(handler, hostname=handler.host, port=handler.port, **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


Kind = TypeVar("Kind", bound=SmtpServer)


@contextmanager
def serve_smtp(
    *, starttls: bool = False, login: tuple[str, str] | None = None, folder: Path | None = None,
    kind: type[Kind] = SmtpServer,  # type: ignore[assignment]
) -> Generator[Kind]:  # fmt: skip
    """Run a server; a login also requires STARTTLS. Its certificate is written to `ca_file` in the folder."""
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    server = kind(host=host, port=port)
    options: dict[str, Any] = {}
    if starttls or login:
        if folder is None:
            raise ValueError("STARTTLS needs a folder for its certificate")
        certificate, key = make_certificate(folder)
        server.ca_file = certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        expected = LoginPassword(login=login[0].encode(), password=login[1].encode())

        def authenticate(
            _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
        ) -> AuthResult:
            return AuthResult(success=given == expected, handled=False)

        options |= {"authenticator": authenticate, "auth_required": True}
    controller = _BoundController(server, listener=listener, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
        listener.close()


@pytest.fixture
def smtp(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SmtpServer]:
    with serve_smtp(folder=tmp_path, **getattr(request, "param", {})) as server:
        yield server


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Create a self-signed certificate for localhost and 127.0.0.1, and return its file and the key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "smtp.crt", folder / "smtp.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file
