"""Approval: one paused task that waits for people. Values only; what may happen to them stands in the verbs' files."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.model.forms import Form, Scalar
from approvals.domain.model.messages.audience import Audience, ForReviewer
from approvals.domain.model.messages.outgoing import Message
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain, Unconfirmed
from approvals.domain.model.policy import Assurance, OnTimeout, Policy, Stage
from approvals.domain.model.replies import Replies
from approvals.domain.model.submission import Content, Side
from approvals.domain.values import Value

Via = Literal["link", "api", "command", "slack"]


class Status(StrEnum):
    """All but the first are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class CallbackState(StrEnum):
    """What became of telling the workflow, apart from how the approval settled."""

    NONE = "none"
    WAITING = "waiting"
    DELIVERED = "delivered"
    TOO_LATE = "tooLate"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"


def callback_state(result: Result) -> CallbackState:
    """What the result of sending a callback means for people."""
    match result:
        case Sent() | Moot():
            return CallbackState.DELIVERED
        case GivenUp(closed=True):
            return CallbackState.TOO_LATE
        case GivenUp():
            return CallbackState.FAILED
        case Unconfirmed():
            return CallbackState.UNCONFIRMED
        case TryAgain():
            return CallbackState.WAITING


class Reviewer(Value, frozen=True, kw_only=True):
    """A person who may answer. `number` is their place in the approval's list and stays theirs."""

    number: int
    id: str
    name: str = ""
    email: str | None = None
    slack: str | None = None
    also: tuple[str, ...] = ()
    """Further addresses of the same human."""
    by: Literal["mail", "slack"] = "mail"
    """The channel they are written to, where they have an address there."""
    timezone: str | None = None
    locale: str | None = None
    quiet_hours: QuietHours | None = None
    seats: tuple[tuple[int, int], ...] = ()
    """(stage, group) pairs in which they may answer now."""
    joins: tuple[tuple[int, int], ...] = ()
    """(stage, escalation) pairs by which they come in later."""
    extra: tuple[tuple[int, int], ...] = ()
    """The seats among them in which they joined beside a group's own people: they may fill it, but raise no share."""
    instead_of: tuple[int, ...] = ()
    """The numbers of those for whom they answer: who are away, or have handed their place on."""
    why_not: str = ""
    """Why somebody who is named by the policy has no seat now, for themselves to read."""

    def sits_in(self, stage: int) -> bool:
        return any(seat[0] == stage for seat in self.seats)

    @property
    def references(self) -> frozenset[str]:
        """Everything they may be called by, in lower case."""
        known = (self.id, self.email, self.slack and f"slack:{self.slack}", *self.also)
        return frozenset(name.casefold() for name in known if name)

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """(channel, address) pairs, the one they are written to first."""
        both = (("mail", self.email), ("slack", self.slack))
        found = [(channel, address) for channel, address in both if address]
        return tuple(sorted(found, key=lambda pair: pair[0] != self.by))


class Answer(Value, frozen=True, kw_only=True):
    """What a reviewer gives."""

    option: str
    comment: str = ""
    form: dict[str, Any] = {}
    confirmation: str = ""


class Decision(Value, frozen=True, kw_only=True):
    """One reviewer's recorded answer; appended and never changed. The latest of a reviewer counts."""

    reviewer: int
    stage: int
    option: str
    side: Side
    comment: str = ""
    form: dict[str, Scalar] = {}
    at: datetime
    via: Via
    assurance: Assurance
    content_sha256: str


class DecidedBy(Value, frozen=True, kw_only=True):
    """A decision as the workflow sees it."""

    reviewer: str
    name: str
    option: str
    comment: str
    at: datetime
    via: str
    assurance: str


class Outcome(Value, frozen=True, kw_only=True, omit_defaults=False):
    """How the approval settled: the output of a success and, as JSON text, the cause of a failure. At most 8 KiB."""

    approval_id: str
    outcome: str
    option: str | None
    decided_at: datetime
    timed_out: bool = False
    decided_by: tuple[DecidedBy, ...] = ()
    comment: str = ""
    form: dict[str, Scalar] = {}
    reason: str | None = None
    content_sha256: str
    callback_id: str


class Note(Value, frozen=True, kw_only=True):
    """One line of the audit trail. Its number is the approval's version after it."""

    event: str
    at: datetime
    actor: str
    facts: dict[str, Any] = {}


class Claim(Value, frozen=True, kw_only=True):
    """A reviewer is looking at it. It hinders nobody."""

    reviewer: int
    at: datetime


class ReviewerQuestion(Value, frozen=True, kw_only=True):
    """A reviewer's question to the requester, and the reply."""

    reviewer: int
    text: str
    at: datetime
    reply: str = ""
    replied_by: str = ""
    replied_at: datetime | None = None


class Reassignment(Value, frozen=True, kw_only=True):
    """A reviewer's seats, from this stage on, given to another person."""

    reviewer: int
    to: str
    """A reference that the directory resolves."""
    stage: int


_STORED_NAMES = {
    "reminder_requested_at": "nudgedAt",
    "reminder_version": "nudge",
    "questions": "inquiries",
    "reassignments": "handovers",
}
"""The keys in the column `meanwhile`: rows hold them since before these fields had their names."""


class ActionState(Value, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """The state that actions leave on a pending approval."""

    claim: Claim | None = None
    reminder_requested_at: datetime | None = None
    reminder_version: int = 0
    """The version that the latest reminder on request made; its notices are counted by it."""
    questions: tuple[ReviewerQuestion, ...] = ()
    reassignments: tuple[Reassignment, ...] = ()


class Approval(Value, frozen=True, kw_only=True):
    """The whole state of one approval. `version` grows by one with each change."""

    id: str
    version: int = 1
    status: Status = Status.PENDING
    content: Content
    content_sha256: str
    policy: Policy
    reviewers: tuple[Reviewer, ...]
    decisions: tuple[Decision, ...] = ()
    stage: int = 0
    stage_since: datetime
    reminded: int = 0
    escalated: int = 0
    created_at: datetime
    deadline: datetime
    """When time is up as it stands now: that of the stage, or else `ends_at`."""
    ends_at: datetime
    """When time is up whatever the stage: by the policy or the state's own time-out, the sooner."""
    latest_end: datetime
    """To which `ends_at` may be extended: shortly before the state itself gives up."""
    recheck_at: datetime | None = None
    """When somebody who is asked leaves or comes back, so that who may answer has to be judged anew."""
    next_action_at: datetime | None
    caller: str
    callback_id: str
    answers: Replies | None = None
    callback: CallbackState = CallbackState.NONE
    callback_detail: str = ""
    outcome: Outcome | None = None
    settled_at: datetime | None = None
    actions: ActionState = ActionState()

    @property
    def pending(self) -> bool:
        return self.status is Status.PENDING

    @property
    def current_stage(self) -> Stage:
        return self.policy.stages[self.stage]

    @property
    def form(self) -> Form | None:
        """What whoever answers now is asked: the submission's questions, then those of the stage."""
        return self.form_of(self.stage)

    @property
    def rule_at_deadline(self) -> OnTimeout | Literal["pass"]:
        """What happens at the deadline as it stands now: that of the stage, or else of the whole."""
        by_stage = self.current_stage.on_timeout if self.deadline < self.ends_at else None
        return by_stage or self.policy.on_timeout

    def form_of(self, stage: int) -> Form | None:
        """The same for a stage."""
        ours, more = self.content.form, self.policy.stages[stage].form
        return ours.and_then(more) if ours and more else ours or more

    def latest(self, stage: int | None = None) -> dict[int, Decision]:
        """Each reviewer's standing decision, in one stage or (None) in all."""
        return {d.reviewer: d for d in self.decisions if stage is None or d.stage == stage}

    def counted(self, stage: int | None = None) -> dict[int, Decision]:
        """The same without what is void: of somebody who turned out to ask for it, or to be asked twice."""
        return {n: d for n, d in self.latest(stage).items() if self.reviewers[n].sits_in(d.stage)}

    def addressee(self, audience: Audience) -> Reviewer | None:
        """Return the reviewer whom a message or link is for; None for the requester or a channel."""
        return self.reviewers[audience.number] if isinstance(audience, ForReviewer) else None

    def reviewer(self, reference: str) -> Reviewer | None:
        """The reviewer of this id or address (`slack:U…`), in capitals or not."""
        wanted = reference.casefold()
        return next((r for r in self.reviewers if wanted in r.references), None)

    @property
    def eligible(self) -> tuple[Reviewer, ...]:
        """Who may answer now: a seat in this stage, and not counted in an earlier one."""
        counted = {d.reviewer for d in self.decisions if d.stage < self.stage}
        return tuple(r for r in self.reviewers if r.sits_in(self.stage) and r.number not in counted)


class Change(Value, frozen=True, kw_only=True):
    """What every verb of the domain returns: the new state, and what must be written with it in one transaction."""

    approval: Approval
    note: Note
    decision: Decision | None = None
    messages: tuple[Message, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    """Those who are new, for the index of who is asked."""
    then: "Change | None" = None
    """What happens to it at once, in the same transaction."""
