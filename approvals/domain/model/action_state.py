"""The traces of actions on a pending approval: claims, reminders, questions, reassignments."""

from datetime import datetime

from approvals.domain.values import Value

_STORED_NAMES = {
    "reminder_requested_at": "nudgedAt",
    "reminder_version": "nudge",
    "questions": "inquiries",
    "reassignments": "handovers",
}
"""The keys in the column `meanwhile`, a stored name: rows use the former names of these fields and of the column."""


class Claim(Value, frozen=True, kw_only=True):
    """A reviewer is looking at the approval. It hinders nobody."""

    reviewer: int
    at: datetime
    operator: str | None = None
    """Who claimed it on behalf of the reviewer."""


class ReviewerQuestion(Value, frozen=True, kw_only=True):
    """A reviewer's question to the requester, and the reply."""

    reviewer: int
    text: str
    at: datetime
    reply: str = ""
    replied_by: str = ""
    replied_at: datetime | None = None
    operator: str | None = None
    """Who asked it on behalf of the reviewer."""


class Reassignment(Value, frozen=True, kw_only=True):
    """A reviewer's seats, from this stage on, given to another person."""

    reviewer: int
    to: str
    """A reference that the directory resolves."""
    stage: int


class ActionState(Value, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """The state that actions leave on a pending approval."""

    claim: Claim | None = None
    reminder_requested_at: datetime | None = None
    reminder_version: int = 0
    """The version of the latest reminder on request, which makes the keys of its notices unique."""
    questions: tuple[ReviewerQuestion, ...] = ()
    reassignments: tuple[Reassignment, ...] = ()
