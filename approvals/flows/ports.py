"""Ports: what the flows need from outside, as Protocols. `flows` and `adapters` never import each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar, runtime_checkable

from approvals.domain.directory.configuration import Configuration
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.digest import Digest, OutcomeDigest
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import Audience, Holder
from approvals.domain.model.messages.outgoing import Callback, Notice
from approvals.domain.model.messages.results import Result, TryAgain
from approvals.domain.model.records import Rendering, Target
from approvals.domain.values import content_hash
from approvals.flows.storage import Archive, Outbox, Records, Store
from approvals.telemetry.event import Observe, ignore

T = TypeVar("T")
R = TypeVar("R")


class Callbacks(Protocol):
    """Step Functions."""

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:
        """Send SendTaskSuccess or SendTaskFailure once. A closed token is GivenUp(closed=True)."""
        ...

    def heartbeat(self, *, token: str, target: Target) -> Result:
        """Send SendTaskHeartbeat once."""
        ...

    def happened(self, callback: Callback, *, target: Target) -> bool | TryAgain | None:
        """Return whether the execution's history holds this callback.

        None if that cannot be found out, TryAgain if not now.
        """
        ...


class Channel(Protocol):
    """A way to write to people."""

    def send(
        self, notice: Notice, approval: Approval, *, link: str | None, thread: str | None = None,
        ambiguous: bool = False,
    ) -> Result:  # fmt: skip
        """Send a notice, into the thread with that receipt. `ambiguous`: an earlier attempt may have arrived."""
        ...


@runtime_checkable
class DigestChannel(Protocol):
    """A channel that can ask about several approvals in one message."""

    def send_digest(self, digest: Digest, *, link: str) -> Result: ...


@runtime_checkable
class OutcomesChannel(Protocol):
    """A channel that can tell several outcomes in one message."""

    def send_outcomes(self, digest: OutcomeDigest, *, ambiguous: bool = False) -> Result | None:
        """Send the outcomes. `ambiguous`: an earlier attempt may have arrived, maybe each outcome alone.

        None: they did not arrive together, so each has to be sent alone, which finds those that did.
        """
        ...


@runtime_checkable
class EditableChannel(Protocol):
    """A channel whose messages can be edited."""

    def update(
        self, receipt: str, approval: Approval, *, audience: Audience, link: str | None, looking: Sequence[str] = ()
    ) -> Result:
        """Update a message to the current state; twice does no harm. `looking` are the names of claimants."""
        ...


class Vault(Protocol):
    """Seals task tokens at rest. A token sealed for one approval does not open for another."""

    def seal(self, token: str, *, approval_id: str) -> bytes: ...
    def open(self, sealed: bytes, *, approval_id: str) -> str: ...


class Links(Protocol):
    """Signed links to the review page, and nonces of its renderings."""

    def url(self, approval_id: str, holder: Holder, *, now: datetime) -> str: ...
    def read(self, token: str, *, now: datetime) -> tuple[str, Holder]:
        """Return the approval's id and the holder. Raises BadLink, or LinkExpired for a genuine link that is old."""
        ...

    def inbox_url(self, approval_id: str, reviewer: int, *, now: datetime) -> str:
        """Return a link to the inbox of the person who is this reviewer."""
        ...

    def read_inbox(self, token: str, *, now: datetime) -> tuple[str, int]:
        """Return the approval's id and the reviewer's number; a review link is a BadLink here, and vice versa."""
        ...

    def nonce(self, rendering: Rendering) -> str: ...
    def read_nonce(self, nonce: str) -> Rendering:
        """Return the contents of a nonce. Raises BadLink."""
        ...


class ParallelMap(Protocol):
    """Calls a function for each item, maybe several at once, and returns the results in order."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]: ...


class Background(Protocol):
    """Calls a function and waits for `within` at most; then returns None while the call continues."""

    def __call__(self, function: Callable[[], T], within: timedelta, /) -> T | None: ...


def fingerprint_of(configuration: Configuration, deployment: Deployment) -> str | None:
    """Return the fingerprint of the people of a directory and of the channels by which they can be reached."""
    if configuration.fingerprint is None:
        return None
    reach = deployment.reach
    return _combined(configuration.fingerprint, reach.channels | ({"ascii mail"} if reach.ascii_mail else set()))


@lru_cache(maxsize=8)
def _combined(fingerprint: str, reach: frozenset[str]) -> str:
    return content_hash((fingerprint, sorted(reach)))


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long settled approvals are kept in the database, and the archive they go to; None to delete them only."""

    kept_for: timedelta
    archive: Archive | None
    batch: int = 200
    """Approvals in a transaction. It locks rows of settled approvals only, which hardly anybody else changes."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything the flows need, in one frozen value."""

    store: Store
    outbox: Outbox
    records: Callable[[], Records]
    """The rows as they are stored, made when they are first needed: no request needs them."""
    callbacks: Callbacks
    channels: Mapping[str, Channel]
    vault: Vault
    links: Links
    configuration: Callable[[], Configuration]
    """The directory file as of now, or as of the last check."""
    reload_directory: Callable[[], bool]
    """Checks the file itself. False while it is being changed, so that nothing should be concluded from it yet."""
    deployment: Deployment
    public_url: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    jitter: Callable[[], float]
    each: ParallelMap
    background: Background
    apart: Background
    """As `background`, for the worker: requests neither wait for it nor delay it."""
    callback_wait: timedelta | None
    """How long a request waits for Step Functions. None: as long as the call lasts."""
    wake: Callable[[], None]
    """Tells the worker of this process, if there is one, that something is due."""
    retention: Retention | None = None
    """None: settled approvals are kept for ever."""
    observe: Observe = ignore
    """Takes note of what was refused; the store and the outbox of what they wrote."""

    @property
    def directory(self) -> Directory:
        return self.configuration().directory

    @property
    def people(self) -> People:
        configuration = self.configuration()
        return People(
            directory=configuration.directory,
            reach=self.deployment.reach,
            fingerprint=fingerprint_of(configuration, self.deployment),
        )
