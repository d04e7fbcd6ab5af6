"""The headers of a mail and its envelope: sender, recipient, subject, and invalid addresses."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from approvals.adapters.mail.channel import Mailer
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.results import GivenUp, Result, Sent
from tests.builders import NOW, an_approval
from tests.support.mail.messages import LINK, SENDER, Letterbox, a_notice, change, mailer, written


def test_a_mail_states_who_writes_to_whom_and_when() -> None:
    message = written(an_approval(), at=timedelta(hours=1))
    assert message["From"] == SENDER
    assert message["To"] == "ana@example.com"
    assert message["Date"].datetime == NOW + timedelta(hours=1)
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_known_person_is_addressed_by_name() -> None:
    ana = Directory(people={"ana": Person(id="ana", name="Ana Müller", email="ana@example.com")})
    message = written(an_approval(directory=ana, reviewers=("ana",)))
    assert message["To"] == "Ana Müller <ana@example.com>"


def test_replies_go_to_the_address_of_the_setting() -> None:
    letterbox = Letterbox()
    settings = {"sender": SENDER, "clock": lambda: NOW}
    Mailer(letterbox, reply_to="Support <help@bücher.example>", **settings).send(a_notice(), an_approval(), link=LINK)
    Mailer(letterbox, **settings).send(a_notice(), an_approval(), link=LINK)
    first, second = (message for message, _, _ in letterbox.sent)
    assert first["Reply-To"] == "Support <help@xn--bcher-kva.example>"
    assert second["Reply-To"] is None


def test_an_unusable_reply_address_is_refused_at_the_start() -> None:
    with pytest.raises(Misconfigured, match="nobody"):
        Mailer(Letterbox(), sender=SENDER, reply_to="nobody", clock=lambda: NOW)


def test_the_envelope_has_the_plain_addresses() -> None:
    letterbox = Letterbox()
    mailer(letterbox).send(a_notice(), an_approval(), link=LINK)
    assert letterbox.sent[0][1:] == ("approvals@example.com", "ana@example.com")


@pytest.mark.parametrize(
    ("risk", "subject"),
    [
        ("normal", "Approval needed: Refund order 1234 (420 €)"),
        ("high", "Approval needed (high risk): Refund order 1234 (420 €)"),
    ],
)
def test_the_subject_is_the_title_and_states_a_high_risk_in_words(risk: str, subject: str) -> None:
    assert written(an_approval(risk=risk))["Subject"] == subject


def test_every_line_of_a_mail_fits_into_what_smtp_carries() -> None:
    letterbox: list[bytes] = []

    class Raw:
        def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
            letterbox.append(message.as_bytes())
            return Sent(f"{sender}{to}")

        def message_id(self, receipt: str) -> str:
            return receipt

    mailer(Raw()).send(a_notice(), an_approval(title="ü" * 200, description="x" * 4000), link=LINK)
    lines = letterbox[0].split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert letterbox[0].isascii()
    assert b"\n" not in b"".join(lines)


@pytest.mark.parametrize(
    "hostile",
    [
        "Ana, eve@evil.example",
        'Ana" <eve@evil.example>, "',
        "Ünï, <eve@evil.example>;",
        "Ruiz, Ana, Department of Finance, Second Floor, Room 211",
        "ü" * 500,
    ],
)
def test_a_name_cannot_become_an_address(hostile: str) -> None:
    approval = an_approval()
    reviewers = (change(approval.reviewers[0], name=hostile), *approval.reviewers[1:])
    message = written(change(approval, reviewers=reviewers))
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.com"]
    shown = message["To"].addresses[0].display_name.replace(" ", "")  # Python reads a space between encoded words
    assert len(shown) <= 60
    assert not set(shown) & set('<>,;:"')


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "ana@example.com\r\nBcc: eve@evil.example",
        "ana@example.com, eve@evil.example",
        "Ana <ana@example.com>",
        "ana\x00@example.com",
        "ana\u202e@example.com",
        "ana@exa..mple.com",
        "ana@" + "x" * 70 + ".com",
    ],
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    letterbox = Letterbox()
    result = mailer(letterbox).send(a_notice(to=address), an_approval(), link=LINK)
    assert result == GivenUp("this is no address that mail could be sent to", recipient=True, kind="invalid")
    assert letterbox.sent == []


def test_a_domain_beyond_ascii_is_written_as_dns_knows_it() -> None:
    letterbox = Letterbox()
    mailer(letterbox).send(a_notice(to="ana@bücher.example"), an_approval(), link=LINK)
    assert letterbox.sent[0][2] == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize("sender", ["", "Approvals", "approvals@", "A <a@b.example>, c@d.example", "jörg@example.com"])
def test_a_sender_that_is_none_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(Misconfigured, match="is no sender"):
        mailer(Letterbox(), sender=sender)


@pytest.mark.parametrize(
    "sender", ["approvals@example.com", "<approvals@example.com>", '"Approvals" <approvals@example.com>']
)
def test_a_sender_may_be_written_in_all_usual_ways(sender: str) -> None:
    letterbox = Letterbox()
    mailer(letterbox, sender=sender).send(a_notice(), an_approval(), link=LINK)
    assert letterbox.sent[0][1] == "approvals@example.com"
