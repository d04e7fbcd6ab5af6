"""The mailbox: an SMTP server on loopback that keeps every mail, so that the demo can show it."""

import email
import email.policy
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class ReceivedMail:
    number: int
    to: str
    subject: str
    at: float
    text: str
    html: str


@dataclass(kw_only=True)
class Mailbox:
    """A context manager that runs the SMTP server. `port` is known before it is entered."""

    mails: list[ReceivedMail] = field(default_factory=list)
    _change: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def __post_init__(self) -> None:
        self._socket = socket.create_server((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(self, listener=self._socket)

    def find(self, number: int) -> ReceivedMail | None:
        return self.mails[number - 1] if 0 < number <= len(self.mails) else None

    def wait_for(self, matches: Callable[[ReceivedMail], bool], *, seconds: float) -> ReceivedMail | None:
        """Wait for the first mail that matches. Return None if there is none in time."""
        with self._change:
            return self._change.wait_for(lambda: next(filter(matches, self.mails), None), timeout=seconds)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 named by aiosmtpd
        message = email.message_from_bytes(envelope.content, _class=EmailMessage, policy=email.policy.default)
        with self._change:
            for address in envelope.rcpt_tos:
                self.mails.append(_mail(len(self.mails) + 1, address, message))
            self._change.notify_all()
        return "250 OK"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.stop()
        self._socket.close()


class _Server(Controller):
    """Listen on a socket that is already bound, so that no other process can take the port."""

    def __init__(self, mailbox: Mailbox, *, listener: socket.socket) -> None:
        self._listener = listener
        super().__init__(mailbox, hostname=HOST, port=listener.getsockname()[1])

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


def _mail(number: int, to: str, message: EmailMessage) -> ReceivedMail:
    return ReceivedMail(
        number=number,
        to=to,
        subject=str(message["Subject"] or "").strip(),
        at=time.time(),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body else ""
