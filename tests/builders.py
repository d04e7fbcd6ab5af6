"""Approvals for tests: plain functions with defaults. Rhea requests, Ana and Ben review."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.open import Deployment, open_approval
from approvals.domain.lifecycle.schedule import advance
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Change, Via
from approvals.domain.model.submission import Execution, State, StateMachine, Submission

BY_LINK = Actor(via="link")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXECUTION_ARN = "arn:aws:states:eu-central-1:123456789012:execution:refunds:order-1234"
CONTEXT: dict[str, Any] = {
    "execution": Execution(id=EXECUTION_ARN, name="order-1234"),
    "state": State(name="Wait for finance"),
    "state_machine": StateMachine(id="arn:aws:states:eu-central-1:123456789012:stateMachine:refunds", name="refunds"),
}
"""What a workflow says about itself: `a_submission(**CONTEXT)`."""


def a_submission(**changes: Any) -> Submission:
    defaults: dict[str, Any] = {
        "task_token": "AQCEAAAAKgAAAAMAAAAAAAAAAb-for-tests",
        "title": "Refund order 1234 (420 €)",
        "details": {"Order": "1234", "Amount": 420.0},
        "requester": "rhea@example.com",
    }
    if "policy" not in changes:
        defaults["reviewers"] = ("ana@example.com", "ben@example.com")
    return Submission(**{**defaults, **changes})


def an_opening(
    *, directory: Directory | None = None, deployment: Deployment | None = None, now: datetime = NOW, **changes: Any
) -> Change:
    """The change that opens an approval. `changes` are the submission's, and `id`, `callback_id` and `caller`."""
    ours = {name: changes.pop(name) for name in ("id", "callback_id", "caller") if name in changes}
    return open_approval(
        a_submission(**changes),
        approval_id=ours.get("id", "approval-1"),
        callback_id=ours.get("callback_id", "callback-1"),
        caller=ours.get("caller", "tests"),
        directory=directory or Directory(),
        deployment=deployment or Deployment(),
        now=now,
    )


def an_approval(**changes: Any) -> Approval:
    """A pending approval. `changes` are those of `an_opening`; other fields of Approval are set as they are given."""
    later = set(Approval.__struct_fields__) - {*Submission.__struct_fields__, "id", "callback_id", "caller"}
    fields = {name: changes.pop(name) for name in later if name in changes}
    return msgspec.structs.replace(an_opening(**changes).approval, **fields)


def advanced(approval: Approval, now: datetime, *, directory: Directory | None = None) -> Change | None:
    """What happens by itself then."""
    return advance(approval, now, people=People(directory=directory or Directory()))


def decided(
    approval: Approval, *, reviewer: int = 0, option: str = "approve", at: datetime = NOW, **answer: Any
) -> Approval:
    """The approval after an answer; `answer` may give comment, form and confirmation."""
    given = Answer(option=option, **answer)
    change = decide(approval, reviewer=reviewer, answer=given, actor=by(), assurance="link", now=at)
    assert change is not None, "the very same answer stands already"
    return change.approval


def by(actor: str | None = None, *, via: Via = "link") -> Actor:
    """Return the author of an action; without an id, the reviewer."""
    return Actor(via=via, id=actor)
