"""Storage: what the flows need, as Protocols: one writer, short transactions, the outbox, records for the archive."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from approvals.domain.model.approval import Approval, Change, Note, Reviewer
from approvals.domain.model.messages.failing import Failing, FailingGroup
from approvals.domain.model.messages.outgoing import Copy, Lane, Notice
from approvals.domain.model.messages.results import Result
from approvals.domain.model.records import Arrival, Backlog, Filter, Leased, Record, RecordPage


class Transaction(Protocol):
    """One short transaction. Leaving its block writes all changes, or raises Stale; an exception rolls all of it back.

    Approvals that cannot be read are left out of every list and batch. They are logged, and tried again later.
    """

    def approval(self, approval_id: str) -> Approval:
        """Load an approval. Raises NotFound, Unreadable."""
        ...

    def same_wait(self, approval: Approval, *, limit: int) -> list[Approval]:
        """Return other pending approvals of the same caller, execution, state and map item."""
        ...

    def hasten_heartbeats(self, approval_ids: Sequence[str], *, now: datetime) -> None:
        """Make the next heartbeat of these approvals due now, unless it is being sent."""
        ...

    def due(self, *, now: datetime, limit: int) -> list[Approval]:
        """Return pending approvals whose next action is due, soonest first, without those that others have locked."""
        ...

    def defer(self, approval_id: str, *, until: datetime) -> None:
        """Postpone an approval that cannot be handled, so that it does not hold up the others."""
        ...

    def outdated(self, fingerprint: str, *, now: datetime, limit: int) -> list[Approval]:
        """Return pending approvals that were last checked against a directory with another fingerprint."""
        ...

    def postpone(self, approval_id: str, *, now: datetime) -> None:
        """Leave an approval out of the batches of this process, for a time that grows each time."""
        ...

    def held_against(self, fingerprint: str | None, approval_ids: Sequence[str]) -> None:
        """Record that they were checked against the directory with this fingerprint."""
        ...

    def queued(self, approval_id: str, notice: Notice) -> bool:
        """Return whether a notice with the same key was queued before."""
        ...

    def apply(self, changes: Sequence[Change], *, lease_until: datetime | None = None) -> list[Leased]:
        """Write new states with their decisions, notes and messages, at the end of the transaction.

        With `lease_until` the callbacks among the messages are queued as leased to the caller, and returned.
        """
        ...


class Store(Protocol):
    """The stored approvals. Those that cannot be read are left out of lists, and logged."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that locks what it reads to change, where the database can."""
        ...

    def attempt(self) -> AbstractContextManager[Transaction]:
        """Open a transaction for the changes of one approval that locks nothing until they are written.

        The end raises Stale if the approval was changed since it was read.
        """
        ...

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        """Add the arrivals whose token is new. Return the id of each approval, old or new."""
        ...

    def get(self, approval_id: str) -> Approval:
        """Return an approval. Raises NotFound, Unreadable."""
        ...

    def several(self, approval_ids: Sequence[str]) -> list[Approval]:
        """Return the approvals that exist, in no order."""
        ...

    def reviewers(self, approval_id: str) -> tuple[Reviewer, ...]:
        """Return an approval's reviewers, even if the rest of it cannot be read. Raises NotFound, Unreadable."""
        ...

    def any_due(self, *, now: datetime) -> bool:
        """Return whether a sweep would find anything."""
        ...

    def any_outdated(self, fingerprint: str, *, now: datetime) -> bool:
        """Return whether a pending approval was last checked against a directory with another fingerprint."""
        ...

    def find(self, wanted: Filter) -> list[Approval]: ...
    def notes(self, approval_id: str) -> list[Note]: ...
    def undeliverable(self, approval_id: str) -> list[tuple[Notice, str]]:
        """Return the notices that never arrived, with the reason."""
        ...

    def backlog(self, *, now: datetime) -> Backlog:
        """Return how much waits, and how late it is. Raises Unavailable."""
        ...

    def unreadable(self) -> int:
        """Return how many approvals this process could not read when it last tried."""
        ...

    def forget_tokens(self, *, before: datetime) -> int:
        """Drop the sealed tokens of approvals settled before then. Return their number."""
        ...

    def check(self) -> None:
        """Raise Unavailable if the database cannot be read or written to, or is not migrated."""
        ...

    def check_schema(self) -> None:
        """Raise NotMigrated while the tables are older than this release, Unavailable if that cannot be read."""
        ...


class Outbox(Protocol):
    """The queue of messages to be sent."""

    def lease(self, *, lane: Lane, now: datetime, until: datetime, limit: int) -> list[Leased]:
        """Lease due messages. A notice brings all that wait for its recipient, even if that exceeds `limit`."""
        ...

    def settle(self, results: Sequence[tuple[Leased, Result]], *, now: datetime, jitter: Callable[[], float]) -> int:
        """Close each lease with its result. Return how many were still leased to the caller."""
        ...

    def failing(self, approval_ids: Sequence[str], *, each: int) -> dict[str, Failing]:
        """Return what fails of these approvals, by id: at most `each` messages of a lane. Others are left out."""
        ...

    def failing_groups(self) -> list[FailingGroup]:
        """Return the callbacks and notices that fail now, by lane and class of reasons, the oldest first."""
        ...

    def copies(self, approval_id: str) -> list[Copy]:
        """Return the editable messages that show the approval, the oldest first."""
        ...

    def asked_by(self, approval_ids: Sequence[str], *, recipient: str) -> dict[str, str]:
        """Return the receipt of the first mail that asked the recipient, by the approval's id, where there was one."""
        ...

    def sent_with(self, receipt: str) -> list[tuple[str, Notice]]:
        """Return the notices with this receipt and their approvals' ids; the notices of a digest share one."""
        ...

    def requeue(self, approval_id: str, *, now: datetime, actor: str) -> bool:
        """Make an undelivered callback due again. False if there is none, or its token is forgotten."""
        ...


class Records(Protocol):
    """The rows of approvals as they are stored."""

    def settled(self, *, before: datetime, after: str, limit: int) -> RecordPage:
        """Return approvals that were settled before then and of which nothing is left to do, in the order of ids.

        Left out are those whose callback was not delivered, that have a message to be sent, or an unreadable row.
        """
        ...

    def purge(self, records: Sequence[Record], *, before: datetime) -> int:
        """Delete all rows of these approvals. Return the number of approvals.

        Those that changed since they were read, or that another process holds, are left alone.
        """
        ...


class Archive(Protocol):
    """Where the records of purged approvals are kept."""

    def store(self, name: str, content: bytes) -> None:
        """Keep the content under this name, and return once it is durable. Raises NotArchived."""
        ...
