"""The mail channel: writes a notice as text and as HTML and hands it to a transport. All mails to one reviewer about
one approval are one thread. A mail holds that reviewer's own link and nobody else's."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from approvals import resources
from approvals.adapters.mail.digest_view import DigestMail, OutcomesMail, digest_mail, outcomes_mail
from approvals.adapters.mail.headers import POLICY
from approvals.adapters.mail.notice_view import Mail, first_topic, mail
from approvals.domain.lifecycle.digest import Digest, OutcomeDigest
from approvals.domain.mail_addresses import read_mail_address
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Result
from approvals.domain.model.messages.topics import Topic
from approvals.presentation.text import cut, plain

NAME_LENGTH = 60
NO_ADDRESS = "this is no address that mail could be sent to"
_DIVIDERS = re.compile(r"""[()<>@,:;\\".\[\]]+""")


class Transport(Protocol):
    """A transport for mails: `Smtp`, `Ses` or `Console`."""

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result: ...
    def message_id(self, receipt: str) -> str:
        """Return the Message-ID with which the mail of this receipt arrived."""
        ...


class Mailer:
    """`sender` and `reply_to` are addresses, or names with one: `Approvals <approvals@example.com>`.

    `timezone_of` returns the time zone of the person with an address, if they are known.
    """

    def __init__(
        self, transport: Transport, *, sender: str, clock: Callable[[], datetime], reply_to: str = "",
        templates: Path | None = None, timezone_of: Callable[[str], str | None] = lambda _address: None,
    ) -> None:  # fmt: skip
        self._transport, self._clock, self._timezone_of = transport, clock, timezone_of
        self._sender = _address_of(sender)
        self._reply_to = _address_of(reply_to) if reply_to else None
        self._templates = Environment(
            loader=FileSystemLoader(templates or resources.folder("templates") / "mail"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def send(
        self, notice: Notice, approval: Approval, *, link: str | None, thread: str | None = None,
        ambiguous: bool = False,  # noqa: ARG002 - a mail twice is better than none, and has the same Message-ID
    ) -> Result:  # fmt: skip
        address = deliverable(notice.to)
        if address is None:
            return GivenUp(NO_ADDRESS, recipient=True, kind="invalid")
        message = self.write(notice, approval, address=address, link=link, thread=thread)
        return self._transport.send(message, sender=self._sender.addr_spec, to=address)

    def write(
        self, notice: Notice, approval: Approval, *, address: str, link: str | None, thread: str | None = None
    ) -> EmailMessage:
        """Return the whole mail. `thread` is the receipt of the mail that asked, which may have been a digest."""
        said = mail(notice, approval, link=link, now=self._clock(), timezone=self._timezone_of(notice.to))
        message = self._written(notice.event, said, address=address, name=_name_of(notice, approval))
        self._thread(message, notice, approval, asked_by=thread)
        return message

    def send_digest(self, digest: Digest, *, link: str) -> Result:
        """Send a digest. `link` leads to the inbox of this person."""
        address = deliverable(digest.to)
        if address is None:
            return GivenUp(NO_ADDRESS, recipient=True, kind="invalid")
        message = self.write_digest(digest, address=address, link=link)
        return self._transport.send(message, sender=self._sender.addr_spec, to=address)

    def write_digest(self, digest: Digest, *, address: str, link: str) -> EmailMessage:
        """Return the mail of a digest, which begins a thread of its own."""
        said = digest_mail(digest, link=link, now=self._clock())
        message = self._written("digest", said, address=address, name=_shown(said.name))
        message["Message-ID"] = f"<digest.{digest.key}@{self._sender.domain}>"
        return message

    def send_outcomes(
        self, digest: OutcomeDigest, *,
        ambiguous: bool = False,  # noqa: ARG002 - as for `send`
    ) -> Result:  # fmt: skip
        """Send several outcomes as one mail."""
        address = deliverable(digest.to)
        if address is None:
            return GivenUp(NO_ADDRESS, recipient=True, kind="invalid")
        message = self.write_outcomes(digest, address=address)
        return self._transport.send(message, sender=self._sender.addr_spec, to=address)

    def write_outcomes(self, digest: OutcomeDigest, *, address: str) -> EmailMessage:
        """Return the mail of several outcomes, in the thread of the digest that asked, if there was one."""
        message = self._written("outcomes", outcomes_mail(digest), address=address, name="")
        message["Message-ID"] = f"<outcomes.{digest.key}@{self._sender.domain}>"
        if digest.thread:
            asked_by = self._transport.message_id(digest.thread)
            message["In-Reply-To"] = message["References"] = asked_by
        return message

    def _written(self, event: str, said: Mail | DigestMail | OutcomesMail, *, address: str, name: str) -> EmailMessage:
        message = EmailMessage(policy=POLICY)
        message["From"] = self._sender
        local, _, domain = address.rpartition("@")
        message["To"] = Address(display_name=name, username=local, domain=domain)
        message["Subject"] = self._render(event, "subject.txt", said).strip()
        if self._reply_to:
            message["Reply-To"] = self._reply_to
        message["Date"] = self._clock()
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(self._render(event, "body.txt", said), cte="quoted-printable")
        html = self._render(event, "body.html", said)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message

    def _thread(self, message: EmailMessage, notice: Notice, approval: Approval, *, asked_by: str | None) -> None:
        """Let every mail refer to the mail that asked, and to one root that is never sent.

        SES replaces our Message-ID with its own: the root joins the mails whose receipts are not known.
        """
        who = _who(notice)
        root = f"<{approval.id}.{who}@{self._sender.domain}>"
        message["Message-ID"] = own = self._message_id(approval, who, notice.about)
        first = self._message_id(approval, who, first_topic(notice, approval))
        if first == own:
            message["References"] = root
            return
        if asked_by:
            first = self._transport.message_id(asked_by)
        message["In-Reply-To"] = first
        message["References"] = f"{root} {first}"

    def _message_id(self, approval: Approval, who: str, about: Topic) -> str:
        """Return the same id for the same notice: later mails refer to the first, which may have been sent long ago."""
        return f"<{approval.id}.{who}.{about.key.replace(':', '.')}@{self._sender.domain}>"

    def _render(self, event: str, name: str, said: Mail | DigestMail | OutcomesMail) -> str:
        text = self._templates.get_template(f"{event}/{name}").render(mail=said)
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def deliverable(address: str) -> str | None:
    """Return the address to which mail is sent, with its domain in ASCII (IDNA 2008); None if it is not an address."""
    try:
        return read_mail_address(address).text if plain(address) == address else None
    except ValueError:
        return None


def _address_of(sender: str) -> Address:
    """Return the sender as an address. Raises Misconfigured."""
    name, _, rest = sender.rpartition("<")
    address = deliverable(rest.strip().removesuffix(">").strip())
    if address is None or not address.isascii():
        raise Misconfigured(
            f"“{plain(sender)}” is no sender: write approvals@example.com or Name <approvals@example.com>"
        )
    return Address(display_name=_displayable(name), addr_spec=address)


def _name_of(notice: Notice, approval: Approval) -> str:
    reviewer = approval.addressee(notice.audience)
    return _shown(reviewer.name if reviewer else "")


def _shown(name: str) -> str:
    """Return a name to be shown; a name that is an address is left out."""
    return "" if "@" in name else _displayable(name)


def _displayable(name: str) -> str:
    """Shorten a name, without marks that separate addresses: Python folds long names without quotes (gh-121284)."""
    return cut(plain(_DIVIDERS.sub(" ", name)), NAME_LENGTH)


def _who(notice: Notice) -> str:
    """Return a reviewer's number; for a shared address, which has none, a short name that does not reveal it."""
    match notice.audience:
        case ForReviewer(number):
            return str(number)
        case ForRequester():
            return "requester"
        case ForChannel():
            return "x" + hashlib.sha256(notice.to.encode()).hexdigest()[:12]
