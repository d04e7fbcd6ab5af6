"""Reads: approvals, their audit trail, inboxes, links, and the settings of this gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec
from msgspec.structs import replace

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.digest import DigestLine
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Approval, Note
from approvals.domain.model.messages.audience import ForReviewer, Holder
from approvals.domain.model.messages.failing import NOTHING_FAILS, Failing, FailingGroup
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.payload_adapter import Adapter
from approvals.domain.model.records import Backlog, Filter, Rendering
from approvals.domain.model.submission import Adjustment
from approvals.flows import inbox
from approvals.flows.inbox import MOST_READ, Inbox
from approvals.flows.ports import Ports

MOST_FAILING = 20
"""An approval shows at most so many failing messages of each lane."""


@dataclass(frozen=True)
class Reads:
    """The operations that change nothing and open no transaction."""

    ports: Ports

    def approval(self, approval_id: str) -> Approval:
        """Return an approval as it is stored. Raises NotFound, Unreadable."""
        return self.ports.store.get(approval_id)

    def find(self, wanted: Filter) -> list[Approval]:
        """Return the approvals that a filter selects, newest first. Reviewers may be addresses, aliases and groups."""
        names = inbox.names_of_all(self.ports.directory, wanted.reviewers)
        return self.ports.store.find(replace(wanted, reviewers=names))

    def audit(self, approval_id: str) -> list[Note]:
        """Return the audit trail of an approval, oldest first."""
        return self.ports.store.notes(approval_id)

    def adjustments(self, approval_id: str) -> tuple[Adjustment, ...]:
        """Return what was adjusted in the submission, from the note with which the approval was opened."""
        facts = next((note.facts for note in self.audit(approval_id) if note.event == "opened"), {})
        return msgspec.convert(facts.get("adjusted", ()), tuple[Adjustment, ...])

    def undeliverable(self, approval_id: str) -> list[tuple[Notice, str]]:
        """Return the notices that could not be delivered, with the reason."""
        return self.ports.store.undeliverable(approval_id)

    def failing(self, approval_ids: Sequence[str], *, each: int = MOST_FAILING) -> dict[str, Failing]:
        """Return the messages of these approvals that fail and are tried again, by id. Others are left out."""
        return self.ports.outbox.failing(approval_ids, each=each)

    def failing_of(self, approval_id: str) -> Failing:
        """Return the messages of one approval that fail and are tried again."""
        return self.failing([approval_id]).get(approval_id, NOTHING_FAILS)

    def failing_groups(self) -> list[FailingGroup]:
        """Return the callbacks and notices that fail now, by lane and class of reasons, the oldest first."""
        return self.ports.outbox.failing_groups()

    def reevaluated(self, approval: Approval) -> Approval:
        """Return the approval with its current reviewers, as a change will find it."""
        return inbox.reevaluated(self.ports, approval)

    def inbox(self, approval_id: str, *, reviewer: int, before: str | None = None) -> Inbox:
        """Return the inbox of the person who is this reviewer, newest first. Raises NotFound, BadLink."""
        return inbox.inbox(self.ports, approval_id, reviewer=reviewer, before=before)

    def named_in(self, approval_ids: Sequence[str], approval_id: str, *, reviewer: int) -> tuple[DigestLine, ...]:
        """Return those of `approval_ids` that name the person who is this reviewer. Raises NotFound, BadLink."""
        return inbox.named_in(self.ports, approval_ids, approval_id, reviewer=reviewer)

    def waiting_for(self, names: Sequence[str]) -> list[DigestLine]:
        """Return the approvals that wait for the person with these names, newest first."""
        return [line for _, line in islice(inbox.waiting(self.ports, names), MOST_READ) if line]

    def link(self, approval_id: str, reviewer: int) -> str:
        """Return a link to the review page, for that reviewer's eyes only."""
        return self.ports.links.url(approval_id, ForReviewer(reviewer), now=self.now())

    def open_link(self, token: str) -> tuple[str, Holder]:
        """Return the approval's id and the link's holder. Raises BadLink, LinkExpired."""
        return self.ports.links.read(token, now=self.now())

    def open_inbox_link(self, token: str) -> tuple[str, int]:
        """Return an approval's id and the reviewer's number there. Raises BadLink, LinkExpired."""
        return self.ports.links.read_inbox(token, now=self.now())

    def nonce(self, rendering: Rendering) -> str:
        """Return the signed proof that this gateway rendered a form."""
        return self.ports.links.nonce(rendering)

    def rendering(self, nonce: str) -> Rendering:
        """Return the contents of a nonce. Raises BadLink."""
        return self.ports.links.read_nonce(nonce)

    def check(self) -> None:
        """Raise Unavailable if the database cannot be read or written to, or is not migrated."""
        self.ports.store.check()

    def check_schema(self) -> None:
        """Raise NotMigrated while the tables are older than this release. It is read until they are not."""
        self.ports.store.check_schema()

    def backlog(self) -> Backlog:
        """Return how much waits now, and how late it is. Raises Unavailable."""
        return self.ports.store.backlog(now=self.now())

    @property
    def unreadable(self) -> int:
        """Return how many approvals this process could not read when it last tried."""
        return self.ports.store.unreadable()

    def now(self) -> datetime:
        """Return the moment by the gateway's clock."""
        return self.ports.clock()

    @property
    def directory(self) -> Directory:
        return self.ports.directory

    @property
    def people(self) -> People:
        return self.ports.people

    @property
    def directory_error(self) -> str | None:
        """Return why the directory file cannot be used, so that the previous one still is."""
        return self.ports.configuration().wrong

    @property
    def adapters(self) -> Sequence[Adapter]:
        return self.ports.configuration().adapters

    @property
    def deployment(self) -> Deployment:
        return self.ports.deployment

    @property
    def public_url(self) -> str:
        return self.ports.public_url
