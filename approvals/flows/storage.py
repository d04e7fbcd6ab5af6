"""What the verbs need of the database, as Protocols: one writer, short transactions, and the outbox."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from approvals.domain.model.approval import Approval, Change, Note
from approvals.domain.model.messages.outgoing import Copy, Lane, Notice
from approvals.domain.model.messages.results import Result
from approvals.domain.model.records import Arrival, Filter, Leased
from approvals.domain.model.submission import Content


class Transaction(Protocol):
    """One short transaction. Leaving its block commits, an exception rolls all of it back."""

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        """Adds those whose token is new. Returns the approval's id for each: its own, or that of the known one."""
        ...

    def approval(self, approval_id: str) -> Approval:
        """Loads it, locked against others where the database can. Raises NotFound."""
        ...

    def waiting(self, content: Content) -> list[Approval]:
        """The pending approvals of the same execution, state and map item."""
        ...

    def due(self, *, now: datetime, limit: int) -> list[Approval]:
        """Pending approvals whose next action is due, soonest first; those that others hold are passed over."""
        ...

    def defer(self, approval_id: str, *, until: datetime) -> None:
        """Puts one that cannot be handled out of the way of the others."""
        ...

    def outdated(self, fingerprint: str, *, limit: int) -> list[Approval]:
        """Pending approvals whose reviewers were last held against another directory than that of this fingerprint."""
        ...

    def held_against(self, fingerprint: str, approval_ids: Sequence[str]) -> None:
        """Notes that they were held against the directory of this fingerprint."""
        ...

    def queued(self, approval_id: str, notice: Notice) -> bool:
        """Whether this very notice was queued before."""
        ...

    def apply(self, changes: Sequence[Change], *, lease_until: datetime | None = None) -> list[Leased]:
        """Writes new states with their decisions, notes and messages. Raises Stale where a version has moved.

        With `lease_until` the callbacks among the messages are queued as leased to the caller, and returned.
        """
        ...


class Store(Protocol):
    """The approvals."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...
    def get(self, approval_id: str) -> Approval:
        """Raises NotFound."""
        ...

    def several(self, approval_ids: Sequence[str]) -> list[Approval]:
        """Those that exist, in no order."""
        ...

    def any_due(self, *, now: datetime) -> bool:
        """Whether a sweep would find anything."""
        ...

    def any_outdated(self, fingerprint: str) -> bool:
        """Whether a pending approval was last held against another directory than that of this fingerprint."""
        ...

    def find(self, wanted: Filter) -> list[Approval]: ...
    def notes(self, approval_id: str) -> list[Note]: ...
    def undeliverable(self, approval_id: str) -> list[tuple[Notice, str]]:
        """The notices that never arrived, with the reason."""
        ...

    def forget_tokens(self, *, before: datetime) -> int:
        """Drops the sealed tokens of approvals settled before then. Returns how many."""
        ...

    def check(self) -> None:
        """Raises where the database is not reachable or not migrated."""
        ...


class Outbox(Protocol):
    """What still has to leave."""

    def lease(self, *, lane: Lane, now: datetime, until: datetime, limit: int) -> list[Leased]:
        """Some that are due. With a notice to a person come all that wait for the same one: more than `limit` then."""
        ...

    def settle(self, results: Sequence[tuple[Leased, Result]], *, now: datetime, chance: Callable[[], float]) -> int:
        """Closes each lease with what became of it. Returns how many were still ours to close."""
        ...

    def copies(self, approval_id: str) -> list[Copy]:
        """The messages that show it and can be written anew, the oldest first."""
        ...

    def requeue(self, approval_id: str, *, now: datetime, actor: str) -> bool:
        """Makes a callback that was not delivered due again. False where there is none, or its token is forgotten."""
        ...
