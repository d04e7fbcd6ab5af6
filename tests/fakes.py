"""Stand-ins for the outside that record and fail on demand; a `World` is a real store and outbox between them."""

import itertools
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.adapters.database.retention.sql_records import SqlRecords
from approvals.adapters.database.store import SqlStore
from approvals.adapters.security.signed_links import SignedLinks
from approvals.adapters.security.token_vault import KeyRing
from approvals.domain.directory.configuration import configuration
from approvals.domain.directory.people import Directory
from approvals.domain.lifecycle.digest import Digest, OutcomeDigest
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.outgoing import Callback, Notice
from approvals.domain.model.messages.results import Result, Sent, TryAgain
from approvals.domain.model.records import Target
from approvals.flows.gateway import Gateway
from approvals.flows.ports import Ports
from approvals.telemetry.event import Event
from tests.builders import NOW

PUBLIC_URL = "https://approvals.example.com"


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


class Ids:
    """id-0001, id-0002, …: in order, as the real ones are."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            return f"id-{next(self._numbers):04d}"


class FakeChannel:
    """Remembers what it was given to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[Notice, Approval, str | None]] = []
        self.digests: list[tuple[Digest, str]] = []
        self.outcomes: list[OutcomeDigest] = []
        self.results: list[Result | BaseException] = []
        self.receipts: list[str] = []
        self.threads: list[str | None] = []

    def send(
        self,
        notice: Notice,
        approval: Approval,
        *,
        link: str | None,
        thread: str | None = None,
        ambiguous: bool = False,  # noqa: ARG002
    ) -> Result:
        result = self._next()
        if isinstance(result, BaseException):
            raise result
        if isinstance(result, Sent):
            self.sent.append((notice, approval, link))
            self.threads.append(thread)
        return result

    def send_digest(self, digest: Digest, *, link: str) -> Result:
        result = self._next()
        if isinstance(result, BaseException):
            raise result
        if isinstance(result, Sent):
            self.digests.append((digest, link))
        return result

    def send_outcomes(self, digest: OutcomeDigest, *, ambiguous: bool = False) -> Result:  # noqa: ARG002
        result = self._next()
        if isinstance(result, BaseException):
            raise result
        if isinstance(result, Sent):
            self.outcomes.append(digest)
        return result

    def _next(self) -> Result | BaseException:
        if self.results:
            return self.results.pop(0)
        return Sent(self.receipts.pop(0) if self.receipts else "receipt")

    @property
    def events(self) -> list[tuple[str, str]]:
        """(event, address) of all that was sent, in order."""
        return [(notice.event, notice.to) for notice, _, _ in self.sent]


class FakeCallbacks:
    """Accepts everything unless told otherwise. `calls` are (kind, token); `sent` the callbacks that were accepted."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.sent: list[Callback] = []
        self.results: list[Result | BaseException] = []
        self.history: bool | TryAgain | None = None

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:  # noqa: ARG002
        result = self._next("failure" if callback.output is None else "success", token)
        if isinstance(result, Sent):
            self.sent.append(callback)
        return result

    def heartbeat(self, *, token: str, target: Target) -> Result:  # noqa: ARG002
        return self._next("heartbeat", token)

    def happened(self, callback: Callback, *, target: Target) -> bool | TryAgain | None:  # noqa: ARG002
        return self.history

    def _next(self, kind: str, token: str) -> Result:
        self.calls.append((kind, token))
        result = self.results.pop(0) if self.results else Sent("request-1")
        if isinstance(result, BaseException):
            raise result
        return result


@dataclass
class World:
    """A gateway on a real database, with everything around it in the test's hand."""

    url: str
    deployment: Deployment = Deployment()
    directory: Directory = Directory()
    window: timedelta = timedelta(0)
    """For how long notices wait for others to the same person."""
    prepared: bool = True
    """Whether statements may be prepared: not behind PgBouncer."""
    clock: FrozenClock = field(default_factory=FrozenClock)
    mail: FakeChannel = field(default_factory=FakeChannel)
    callbacks: FakeCallbacks = field(default_factory=FakeCallbacks)
    woken: list[bool] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(self.url, pool_size=16, prepared=self.prepared)
        self.new_id = Ids()
        self.gateway = self.another()

    def another(self, **changes: Any) -> Gateway:
        """One more process on the same database."""
        parts: dict[str, Any] = {
            "store": SqlStore(self.database, new_id=self.new_id, window=self.window, observe=self.observe),
            "outbox": SqlOutbox(self.database, new_id=self.new_id, window=self.window, observe=self.observe),
            "observe": self.observe,
            "records": lambda: SqlRecords(self.database, first_id=lambda _: "id-9"),
            "callbacks": self.callbacks,
            "channels": {"mail": self.mail},
            "vault": KeyRing([b"k" * 32]),
            "links": SignedLinks(
                ["a-signing-key-of-thirty-two-chars"],
                public_url=PUBLIC_URL,
                lifetime=timedelta(days=7),
            ),
            "configuration": lambda: configuration(self.directory),
            "reload_directory": lambda: True,
            "deployment": self.deployment,
            "public_url": PUBLIC_URL,
            "clock": self.clock,
            "new_id": self.new_id,
            "jitter": lambda: 1.0,
            "each": map,
            "background": lambda function, _within: function(),
            "apart": lambda function, _within: function(),
            "callback_wait": timedelta(seconds=2),
            "wake": lambda: self.woken.append(True),
        }
        if "adapters" in changes or "directory" in changes:
            found = configuration(changes.pop("directory", self.directory), changes.pop("adapters", ()))
            changes["configuration"] = lambda: found
        return Gateway(Ports(**{**parts, **changes}))

    def observe(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.database.engine.dispose()

    def deliver_all(self) -> None:
        """Everything that is due now, callbacks first."""
        for lane in ("callback", "notice"):
            while self.gateway.deliver(lane=lane):
                pass

    def sweep_all(self) -> None:
        while self.gateway.sweep():
            pass
        self.deliver_all()
