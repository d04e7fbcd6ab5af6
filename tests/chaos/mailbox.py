"""A mail server that breaks: it accepts and forgets, wants mail later, or hangs up before or after it accepts."""

import asyncio
import random
import re
from collections import Counter, deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.mail.smtp import SmtpServer, serve_smtp

LINK = re.compile(r"http://127\.0\.0\.1:\d+(/r/[\w.~-]+)")
FAULTS = {"forget": 10, "later": 10, "hang up before": 5, "hang up after": 5, "none": 70}
KEPT = 200


@dataclass(kw_only=True)
class Mailbox(SmtpServer):
    """What people find in their mail: the paths of the latest links."""

    draws: random.Random = field(default_factory=random.Random)
    faulty: bool = True
    links: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    faults: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 by aiosmtpd
        fault = self.draws.choices(list(FAULTS), list(FAULTS.values()))[0] if self.faulty else "none"
        self.faults[fault] += 1
        if fault == "later":
            return "451 4.3.2 come back later"
        if fault not in ("forget", "hang up before"):
            await super().handle_DATA(server, session, envelope)
            self._take()
        if fault.startswith("hang up") and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 OK"

    def _take(self) -> None:
        """Keep the links of the message that has just come, and drop the rest of it."""
        body = self.received.pop().message.get_body(("plain",))
        self.links.extend(LINK.findall(body.get_content() if body else ""))


@contextmanager
def serve_mailbox(draws: random.Random) -> Generator[Mailbox]:
    """Serve a mailbox on loopback for the duration of the block."""
    with serve_smtp(kind=Mailbox) as mailbox:
        mailbox.draws = draws
        yield mailbox
