"""Approval: one paused task that waits for people. Values only; their changes are in `lifecycle`."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.mail_addresses import reference_key
from approvals.domain.model.action_state import ActionState
from approvals.domain.model.forms import Form, Scalar
from approvals.domain.model.messages.audience import Audience, ForReviewer
from approvals.domain.model.messages.outgoing import Message
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain, Unconfirmed
from approvals.domain.model.messages.undelivered import Undelivered
from approvals.domain.model.policy import Assurance, OnTimeout, Policy, Stage
from approvals.domain.model.reasons import NoSeat
from approvals.domain.model.replies import Replies
from approvals.domain.model.submission import Content, Side
from approvals.domain.values import Value

Via = Literal["link", "api", "command", "slack"]
ON_BEHALF: frozenset[str] = frozenset({"api", "command"})
"""By these an operator or a program acts, and never the reviewer."""
Seat = tuple[int, int]
"""A stage and a group of it, by their numbers."""
Join = tuple[int, int]
"""A stage and an escalation of it, by their numbers."""


class Status(StrEnum):
    """The status of an approval; all but the first are final."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class CallbackState(StrEnum):
    """The delivery of the callback to the workflow, independent of the outcome."""

    NONE = "none"
    WAITING = "waiting"
    DELIVERED = "delivered"
    TOO_LATE = "tooLate"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"


TRIED_AGAIN = (CallbackState.WAITING, CallbackState.FAILED)
"""The states in which a callback may be tried again."""
UNDELIVERED = (*TRIED_AGAIN, CallbackState.UNCONFIRMED)
"""The states in which an operator may have to look at a callback, and can send it again."""


def callback_state(result: Result) -> CallbackState:
    """Return the state of the callback after this result of sending it."""
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
    """A person who may answer. `number` is their index in the approval's reviewers, and never changes."""

    number: int
    id: str
    name: str = ""
    email: str | None = None
    slack: str | None = None
    also: tuple[str, ...] = ()
    """Further addresses of the same person."""
    by: Literal["mail", "slack"] = "mail"
    """The preferred channel, used if they have an address there."""
    timezone: str | None = None
    locale: str | None = None
    quiet_hours: QuietHours | None = None
    seats: tuple[Seat, ...] = ()
    """Where they may answer now."""
    joins: tuple[Join, ...] = ()
    """What seats them later."""
    extra: tuple[Seat, ...] = ()
    """The seats in which they joined a group by an escalation: they may fill it, but do not raise its share."""
    instead_of: tuple[int, ...] = ()
    """The numbers of the reviewers for whom they answer, who are away or have reassigned their seats."""
    why_not: NoSeat | str | None = None
    """Why a member of the policy has no seat now; rows of older versions hold the sentence."""

    def sits_in(self, stage: int) -> bool:
        return any(seat[0] == stage for seat in self.seats)

    @property
    def references(self) -> frozenset[str]:
        """Return the key of each id and address that names the reviewer."""
        known = (self.id, self.email, self.slack and f"slack:{self.slack}", *self.also)
        return frozenset(reference_key(name) for name in known if name)

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """Return the reviewer's (channel, address) pairs, the preferred one first."""
        both = (("mail", self.email), ("slack", self.slack))
        found = tuple((channel, address) for channel, address in both if address)
        return found if self.by == "mail" else found[::-1]


class Answer(Value, frozen=True, kw_only=True):
    """The answer that a reviewer submits."""

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
    operator: str | None = None
    """Who gave it on behalf of the reviewer: `command:USER` or `key:NAME`; unknown in rows of earlier versions."""

    @property
    def own(self) -> bool:
        """Return whether the reviewer gave it, and not somebody else on their behalf."""
        return self.via not in ON_BEHALF


class DecidedBy(Value, frozen=True, kw_only=True):
    """A decision as the outcome shows it to the workflow."""

    reviewer: str
    name: str
    option: str
    comment: str
    at: datetime
    via: str
    assurance: str
    on_behalf_of: str | None = None
    """The reviewer, if an operator gave the answer for them."""
    by: str | None = None
    """The operator who did."""


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
    """The current deadline: the stage's, or else `ends_at`."""
    ends_at: datetime
    """The deadline of all stages: by the policy or the state's own timeout, the sooner."""
    latest_end: datetime
    """The latest time to which `ends_at` may be extended, shortly before the state times out."""
    recheck_at: datetime | None = None
    """When a reviewer or delegate next leaves or returns, so that the reviewers must be reevaluated."""
    next_action_at: datetime | None
    people_fingerprint: str | None = None
    """Of the people with whom the reviewers were last evaluated, as the store keeps it."""
    trace: str | None = None
    """The span of its submission, as the store keeps it."""
    caller: str
    callback_id: str
    answers: Replies | None = None
    callback: CallbackState = CallbackState.NONE
    callback_detail: str = ""
    outcome: Outcome | None = None
    settled_at: datetime | None = None
    actions: ActionState = ActionState()
    undelivered: tuple[Undelivered, ...] = ()
    """The addresses of reviewers at which messages do not arrive."""

    @property
    def pending(self) -> bool:
        return self.status is Status.PENDING

    @property
    def current_stage(self) -> Stage:
        return self.policy.stages[self.stage]

    @property
    def form(self) -> Form | None:
        """Return the form of the current stage: the submission's fields, then those of the stage."""
        return self.form_of(self.stage)

    @property
    def rule_at_deadline(self) -> OnTimeout | Literal["pass"]:
        """Return the rule that applies at the current deadline: the stage's, else the policy's."""
        by_stage = self.current_stage.on_timeout if self.deadline < self.ends_at else None
        return by_stage or self.policy.on_timeout

    def form_of(self, stage: int) -> Form | None:
        """Return the form of a stage: the submission's fields, then those of the stage."""
        ours, more = self.content.form, self.policy.stages[stage].form
        return ours.and_then(more) if ours and more else ours or more

    def latest(self, stage: int | None = None) -> dict[int, Decision]:
        """Return each reviewer's latest decision, in one stage or (None) in all."""
        return {d.reviewer: d for d in self.decisions if stage is None or d.stage == stage}

    def counted(self, stage: int | None = None) -> dict[int, Decision]:
        """Return the latest decisions without void ones, of a reviewer who is the requester or is listed twice."""
        return {n: d for n, d in self.latest(stage).items() if self.reviewers[n].sits_in(d.stage)}

    def addressee(self, audience: Audience) -> Reviewer | None:
        """Return the reviewer whom a message or link is for; None for the requester or a channel."""
        return self.reviewers[audience.number] if isinstance(audience, ForReviewer) else None

    def reviewer(self, reference: str) -> Reviewer | None:
        """Return the reviewer with this id or address (`slack:U…`), ignoring case."""
        wanted = reference_key(reference)
        return next((r for r in self.reviewers if wanted in r.references), None)

    @property
    def eligible(self) -> tuple[Reviewer, ...]:
        """Return the reviewers who may answer now: with a seat in this stage, and not counted in an earlier one."""
        counted = {d.reviewer for d in self.decisions if d.stage < self.stage}
        return tuple(r for r in self.reviewers if r.sits_in(self.stage) and r.number not in counted)


class Change(Value, frozen=True, kw_only=True):
    """A change of one approval: the new state, and all that must be written with it in one transaction."""

    approval: Approval
    note: Note
    decision: Decision | None = None
    messages: tuple[Message, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    """The new reviewers, to be added to the index of reviewers."""
    then: "Change | None" = None
    """The change that follows at once, in the same transaction."""
