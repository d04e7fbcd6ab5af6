"""Mail through SMTP: to a real server, and to one with scripted replies."""

import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.adapters.mail.smtp import Smtp
from approvals.adapters.mail.url import SmtpServer, parse_mail_url
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from tests.support.mail import smtp as smtp_support
from tests.support.mail.messages import LINK, send_by, text_of

SLOWLY = timedelta(minutes=5)


def smtp_url(server: smtp_support.SmtpServer, query: str = "") -> SmtpServer:
    parsed = parse_mail_url(f"smtp://{server.host}:{server.port}{query}")
    assert isinstance(parsed, SmtpServer)
    return parsed


def test_a_mail_arrives_by_smtp(smtp: smtp_support.SmtpServer) -> None:
    assert send_by(Smtp(smtp_url(smtp))) == Sent("<approval-1.0.asked.0@example.com>")
    [received] = smtp.received
    assert (received.sender, received.recipients) == ("approvals@example.com", ["ana@example.com"])
    assert received.message["Subject"] == "Approval needed: Refund order 1234 (420 €)"
    assert LINK in text_of(received.message)


def test_the_receipt_is_the_message_id(smtp: smtp_support.SmtpServer) -> None:
    result = send_by(Smtp(smtp_url(smtp)))
    assert isinstance(result, Sent)
    assert smtp.messages[0]["Message-ID"] == result.receipt


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "s3cret/@")}], indirect=True)
def test_a_mail_leaves_encrypted_and_with_a_login(smtp: smtp_support.SmtpServer) -> None:
    server = parse_mail_url(f"smtp://gateway:s3cret%2F%40@localhost:{smtp.port}?starttls=required")
    assert isinstance(server, SmtpServer)
    trust = ssl.create_default_context(cafile=smtp.ca_file)
    assert isinstance(send_by(Smtp(server, trust=trust)), Sent)
    assert len(smtp.messages) == 1


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "secret")}], indirect=True)
def test_a_wrong_password_is_tried_again_slowly_and_not_shown(smtp: smtp_support.SmtpServer) -> None:
    server = SmtpServer(host="localhost", port=smtp.port, user="gateway", password="wrong-password")
    result = send_by(Smtp(server, trust=ssl.create_default_context(cafile=smtp.ca_file)))
    assert isinstance(result, TryAgain)
    assert (result.after, result.ambiguous) == (SLOWLY, False)
    assert "does not take the user and password" in result.reason
    assert "wrong-password" not in result.reason + repr(server)


@pytest.mark.parametrize("smtp", [{"starttls": True}], indirect=True)
def test_a_certificate_that_is_not_trusted_ends_it(smtp: smtp_support.SmtpServer) -> None:
    result = send_by(Smtp(smtp_url(smtp, "?starttls=required")))
    assert isinstance(result, TryAgain)
    assert "certificate that is not trusted" in result.reason
    assert smtp.received == []


def test_nothing_leaves_without_the_encryption_that_is_required(smtp: smtp_support.SmtpServer) -> None:
    result = send_by(Smtp(smtp_url(smtp, "?starttls=required")))
    assert isinstance(result, TryAgain)
    assert (result.after, "STARTTLS" in result.reason) == (SLOWLY, True)
    assert smtp.received == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            "550 5.1.1 nobody here",
            GivenUp("the mail server refuses the recipient (550)", recipient=True, kind="refused"),
        ),
        ("451 4.7.1 come back later", TryAgain("the mail server refuses the recipient for now (451)", kind="refused")),
    ],
)
def test_a_refused_recipient(smtp: smtp_support.SmtpServer, reply: str, expected: Result) -> None:
    smtp.refusals["ana@example.com"] = reply
    assert send_by(Smtp(smtp_url(smtp))) == expected


def test_an_address_beyond_ascii_leaves_where_the_server_takes_it(smtp: smtp_support.SmtpServer) -> None:
    assert isinstance(send_by(Smtp(smtp_url(smtp)), to="jörg@example.com"), Sent)
    assert smtp.received[0].recipients == ["jörg@example.com"]


@contextmanager
def scripted_smtp(replies: list[str], *, tls: ssl.SSLContext | None = None) -> Generator[int]:
    """A server that greets and then gives these replies, one for each command (or mail), and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            connection, _ = listener.accept()
            connection.settimeout(10)
            with (
                tls.wrap_socket(connection, server_side=True) if tls else connection as client,
                client.makefile("rwb") as io,
            ):
                io.write(b"220 ready\r\n")
                io.flush()
                for reply in replies:
                    line = io.readline()
                    while reply.startswith("mail:") and line != b".\r\n":
                        line = io.readline()
                    if reply.removeprefix("mail:") == "hang up":
                        return
                    io.write(reply.removeprefix("mail:").encode() + b"\r\n")
                    io.flush()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


GREETED = ["250 hello", "250 sender ok", "250 recipient ok", "354 go on"]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        # the answer to the mail itself was lost: it may have been taken
        (
            [*GREETED, "mail:hang up"],
            TryAgain("the mail server did not answer (SMTPServerDisconnected)", True, kind="timeout"),
        ),
        ([*GREETED, "mail:250 taken", "hang up"], Sent("<approval-1.0.asked.0@example.com>")),  # QUIT does not matter
        (
            [*GREETED, "mail:554 5.7.1 spam", "221 bye"],
            GivenUp("the mail server refuses the mail (554)", kind="refused"),
        ),
        (
            [*GREETED, "mail:452 4.3.1 full", "221 bye"],
            TryAgain("the mail server refuses the mail for now (452)", kind="refused"),
        ),
        (
            ["250 hello", "553 5.7.1 not your address", "250 reset", "221 bye"],
            TryAgain(
                "the mail server refuses our sender (553): allow it there, or change it", after=SLOWLY, kind="denied"
            ),
        ),
        (
            ["250 hello", "451 4.7.1 wait", "250 reset", "221 bye"],
            TryAgain("the mail server refuses the mail for now (451)", kind="refused"),
        ),
    ],
    ids=["lost answer", "lost farewell", "spam", "full", "sender", "busy"],
)
def test_what_a_server_answers_to_a_mail(replies: list[str], expected: Result) -> None:
    with scripted_smtp(replies) as port:
        assert send_by(Smtp(SmtpServer(host="127.0.0.1", port=port, encryption="no"), seconds=5)) == expected


def test_an_address_beyond_ascii_is_given_up_where_the_server_does_not_take_it() -> None:
    with scripted_smtp(["250 hello", "221 bye"]) as port:
        transport = Smtp(SmtpServer(host="127.0.0.1", port=port, encryption="no"), seconds=5)
        assert send_by(transport, to="jörg@example.com") == GivenUp(
            "the mail server takes no addresses beyond ASCII", recipient=True, kind="invalid"
        )


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    certificate, key = smtp_support.make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trust = ssl.create_default_context(cafile=certificate)
    with scripted_smtp([*GREETED, "mail:250 taken", "221 bye"], tls=context) as port:
        server = parse_mail_url(f"smtps://localhost:{port}")
        assert isinstance(server, SmtpServer)
        assert isinstance(send_by(Smtp(server, trust=trust, seconds=5)), Sent)


def test_a_server_that_cannot_be_reached_is_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        result = send_by(Smtp(SmtpServer(host="127.0.0.1", port=port)))
    assert result == TryAgain(f"127.0.0.1:{port} cannot be reached (ConnectionRefusedError)", kind="unreachable")


def test_a_silent_server_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        result = send_by(Smtp(SmtpServer(host="127.0.0.1", port=port), seconds=0.2))
    assert isinstance(result, TryAgain)
    assert not result.ambiguous


@pytest.mark.parametrize(
    ("reply", "theirs"),
    [
        ("550 no such user here", True),
        ("550 5.1.1 unknown", True),
        ("550-5.1.10 null MX\r\n550 for the domain", True),
        ("552 5.2.2 mailbox full", True),
        ("450 4.2.1 mailbox disabled for now", True),
        ("550 5.4.1 Recipient address rejected: Access denied", True),
        ("553 5.6.7 address beyond ASCII", True),
        ("554 5.7.1 <ana@example.com>: Relay access denied", False),
        ("550 relaying denied", False),
        ("530 5.7.0 Authentication required", False),
        ("550 5.7.26 unauthenticated mail", False),
        ("550 5.1.8 sender's domain not found", False),
        ("451 4.7.1 come back later", False),
        ("452 4.3.1 no space on the disk", False),
        ("554 no", False),
    ],
)
def test_only_a_reply_about_the_recipient_counts_as_theirs(
    smtp: smtp_support.SmtpServer, reply: str, theirs: bool
) -> None:
    smtp.refusals["ana@example.com"] = reply
    result = send_by(Smtp(smtp_url(smtp)))
    assert isinstance(result, GivenUp | TryAgain)
    assert result.recipient is theirs


@pytest.mark.parametrize(("reply", "theirs"), [("550 5.1.1 unknown", True), ("550 5.4.6 loop", False), ("550", False)])
def test_a_reply_to_the_mail_itself_is_the_recipients_where_it_names_the_address(reply: str, theirs: bool) -> None:
    with scripted_smtp([*GREETED, f"mail:{reply}", "221 bye"]) as port:
        result = send_by(Smtp(SmtpServer(host="127.0.0.1", port=port, encryption="no"), seconds=5))
    assert isinstance(result, GivenUp)
    assert result.recipient is theirs
