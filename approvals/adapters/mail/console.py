"""Write mails to the terminal: for a first look on one machine, never for a deployment, because mails contain links."""

from collections.abc import Callable
from email.message import EmailMessage

from approvals.domain.model.messages.results import Result, Sent

RULE = "─" * 72


class Console:
    """A transport for `Mailer`."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:  # noqa: ARG002  the port's shape
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        self._write(f"{RULE}\nMail to {to}: {message['Subject']}\n\n{text.rstrip()}\n{RULE}")
        return Sent(receipt=str(message["Message-ID"]))

    def message_id(self, receipt: str) -> str:
        """Return the Message-ID of a mail that was sent: its receipt."""
        return receipt
