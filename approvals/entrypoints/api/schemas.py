"""The shapes of the API: its responses, and its request bodies except Submission. No response has a task token."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from approvals.domain.eligibility.quorum import progress
from approvals.domain.eligibility.reachability import failures, is_unreachable
from approvals.domain.model.approval import Approval, CallbackState, Decision, Note, Outcome, Reviewer, Status, Via
from approvals.domain.model.forms import Scalar
from approvals.domain.model.messages.failing import NOTHING_FAILS, Failing
from approvals.domain.model.messages.undelivered import FailureKind
from approvals.domain.model.policy import Assurance, Policy
from approvals.domain.model.submission import Adjustment, AwareDatetime, Content, Side
from approvals.domain.problems import Problem
from approvals.domain.values import Value
from approvals.entrypoints.api.actions.schemas import ClaimView, InquiryView, claim_view, inquiry_views
from approvals.entrypoints.api.failing import FailingMessages, failing_view
from approvals.presentation.names import group_name

HIDDEN = "(sensitive)"
QueryText = Annotated[
    str, Meta(max_length=2048, pattern=r"^[^\x00]+$", extra={"fix": "must be text of 1 to 2048 characters"})
]


class FailureView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """An address at which messages to a reviewer fail, how that is known, and since when."""

    channel: str
    address: str
    kind: FailureKind
    reason: str
    at: datetime


class ReviewerView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """A reviewer, whether they may answer now, and the absent or reassigned reviewers for whom they answer.

    `unreachable` lists the failures of a reviewer whom messages reach at none of their addresses; others lack it.
    """

    id: str
    name: str
    may_answer: bool
    instead_of: tuple[str, ...]
    unreachable: tuple[FailureView, ...] | msgspec.UnsetType = msgspec.UNSET


class DecisionView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """One recorded answer. The latest of a reviewer in a stage counts.

    `by` is who gave it on behalf of the reviewer, such as key:NAME, or null if the reviewer did.
    """

    reviewer: str
    name: str
    stage: int
    option: str
    side: Side
    comment: str
    form: dict[str, Scalar]
    at: datetime
    via: Via
    assurance: Assurance
    by: str | None
    content_sha256: str


class CallbackView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """The delivery of the callback to the workflow, independent of the outcome.

    `detail` is the reason of a callback that failed, or that fails and is tried again.
    """

    state: CallbackState
    detail: str


class GroupProgress(Value, frozen=True, kw_only=True, omit_defaults=False):
    """The progress of one group of the current stage."""

    label: str
    have: int
    need: int


class ApprovalView(Content, frozen=True, kw_only=True, omit_defaults=False):
    """One paused task: its content, reviewers, progress and outcome.

    `deadline` is that of the stage, `endsAt` that of the whole; it can be extended to `latestEnd`. `adjusted` names
    what was changed in the submission so that it could be taken, if anything was; lists leave it out. `failing` is
    there while a message could not be delivered; a list has the oldest of each lane.
    """

    id: str
    status: Status
    content_sha256: str
    policy: Policy
    stage: int
    progress: tuple[GroupProgress, ...]
    reviewers: tuple[ReviewerView, ...]
    decisions: tuple[DecisionView, ...]
    caller: str
    created_at: datetime
    deadline: datetime
    ends_at: datetime
    latest_end: datetime
    next_action_at: datetime | None
    claim: ClaimView | None
    inquiries: tuple[InquiryView, ...]
    callback: CallbackView
    outcome: Outcome | None
    settled_at: datetime | None
    adjusted: tuple[Adjustment, ...] | msgspec.UnsetType = msgspec.UNSET
    failing: FailingMessages | msgspec.UnsetType = msgspec.UNSET


class ApprovalPage(Value, frozen=True, kw_only=True, omit_defaults=False):
    """Approvals, newest first. `next` is the cursor of the page that follows, or null after the last."""

    items: tuple[ApprovalView, ...]
    next: str | None


class Notes(Value, frozen=True, kw_only=True, omit_defaults=False):
    """The audit trail of one approval, in order."""

    items: tuple[Note, ...]


class Search(Value, frozen=True, kw_only=True):
    """Which approvals to list."""

    status: Status | None = None
    reviewer: Annotated[QueryText, Meta(description="The id of a reviewer, such as ana@example.com.")] | None = None
    execution: Annotated[QueryText, Meta(description="The ARN of an execution.")] | None = None
    policy: Annotated[QueryText, Meta(description="The name of a policy.")] | None = None
    tag: (
        Annotated[
            str,
            Meta(
                pattern=r"^[^:\x00]{1,80}:[^\x00]{0,256}$",
                description="A tag as name:value.",
                extra={"fix": "write name:value"},
            ),
        ]
        | None
    ) = None
    created_from: Annotated[AwareDatetime, Meta(description="Created at this moment or later.")] | None = None
    created_to: Annotated[AwareDatetime, Meta(description="Created before this moment.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="The largest number of approvals to return.")] = 50
    cursor: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Za-z0-9_-]{1,40}$",
                description="`next` of the page before.",
                extra={"fix": "must be the “next” of an earlier page"},
            ),
        ]
        | None
    ) = None


class DecisionBody(Value, frozen=True, kw_only=True):
    """An answer on behalf of a reviewer, who is named by id, e-mail address or slack:U…"""

    reviewer: Annotated[str, Meta(min_length=1, max_length=320)]
    option: Annotated[str, Meta(min_length=1, max_length=40)]
    comment: str = ""
    form: dict[str, Any] = {}
    confirmation: Annotated[str, Meta(description="The label of the option, required at high risk.")] = ""


class CancelBody(Value, frozen=True, kw_only=True):
    """The reason of the cancellation: the workflow and the reviewers read it."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Health(Value, frozen=True, kw_only=True, omit_defaults=False):
    """The response of a healthy gateway."""

    status: Literal["ok"]


class ProblemDetails(Struct, frozen=True, kw_only=True):
    """Problem details (RFC 9457). `type` is stable; it is a name, not an address."""

    type: str
    title: str
    status: int
    detail: str = ""
    request_id: str = msgspec.field(name="requestId", default="")
    """The id of the request, which the answer also has as X-Request-Id, and each log line about it."""


class InvalidDetails(ProblemDetails, frozen=True, kw_only=True):
    """The request is invalid; `errors` lists every problem with its path."""

    errors: tuple[Problem, ...]


class SettledDetails(ProblemDetails, frozen=True, kw_only=True, rename="camel"):
    """The approval was settled before."""

    approval_id: str
    approval_status: Status


def view(
    approval: Approval, *, sensitive: bool, adjusted: tuple[Adjustment, ...] = (), failing: Failing = NOTHING_FAILS
) -> ApprovalView:
    """Return the approval as the API shows it; `sensitive` includes the details that are marked so."""
    content = {name: getattr(approval.content, name) for name in Content.__struct_fields__}
    same = ("id", "status", "content_sha256", "policy", "stage", "caller", "created_at", "deadline", "ends_at")
    eligible = approval.eligible if approval.pending else ()
    return ApprovalView(
        **{**content, "details": approval.content.details if sensitive else _hidden(approval.content)},
        **{name: getattr(approval, name) for name in (*same, "latest_end", "next_action_at", "outcome", "settled_at")},
        progress=tuple(GroupProgress(label=group_name(g.group), have=g.have, need=g.need) for g in progress(approval)),
        reviewers=tuple(_reviewer(approval, r, may_answer=r in eligible) for r in approval.reviewers),
        claim=claim_view(approval),
        inquiries=inquiry_views(approval),
        decisions=tuple(_decision(approval, decision) for decision in approval.decisions),
        callback=_callback(approval, failing),
        adjusted=adjusted or msgspec.UNSET,
        failing=failing_view(approval, failing) if failing.count else msgspec.UNSET,
    )


def _callback(approval: Approval, failing: Failing) -> CallbackView:
    tried = failing.callback
    return CallbackView(state=approval.callback, detail=tried.reason if tried else approval.callback_detail)


def _reviewer(approval: Approval, reviewer: Reviewer, *, may_answer: bool) -> ReviewerView:
    principals = tuple(approval.reviewers[number].id for number in reviewer.instead_of)
    return ReviewerView(
        id=reviewer.id, name=reviewer.name, may_answer=may_answer, instead_of=principals,
        unreachable=_failures(approval, reviewer) or msgspec.UNSET,
    )  # fmt: skip


def _failures(approval: Approval, reviewer: Reviewer) -> tuple[FailureView, ...]:
    """Return the failures of an unreachable reviewer."""
    found = failures(approval, reviewer) if is_unreachable(approval, reviewer) else ()
    return tuple(FailureView(**{name: getattr(one, name) for name in FailureView.__struct_fields__}) for one in found)


def _hidden(content: Content) -> dict[str, Any]:
    return {name: HIDDEN if name in content.sensitive else value for name, value in content.details.items()}


def _decision(approval: Approval, decision: Decision) -> DecisionView:
    reviewer = approval.reviewers[decision.reviewer]
    same = DecisionView.__struct_fields__[2:]
    fields = {name: getattr(decision, name) for name in same if name != "by"}
    return DecisionView(reviewer=reviewer.id, name=reviewer.name, by=decision.operator, **fields)
