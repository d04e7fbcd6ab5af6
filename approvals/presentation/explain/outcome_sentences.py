"""Whole sentences about the outcome that the workflow gets when an approval ends, so that each can be translated."""

from typing import Literal

from approvals.domain.model.approval import Approval, Status
from approvals.domain.model.policy import OnTimeout, TakeOption
from approvals.domain.model.replies import ERROR_NAMES

Outcome = Literal["output", "fails", "goes on", "rejected", "counts as approved", "counts as rejected", "next step"]
"""What the workflow gets, or what happens where the time is up."""
OUTCOMES: dict[str, dict[Outcome, str]] = {
    "by a rule": {
        "output": "The workflow goes on with the output that it defines.",
        "fails": "The waiting state fails with the error {error}.",
        "goes on": "The workflow goes on.",
    },
    "once approved": {
        "output": "Once it is approved, the workflow goes on with the output that it defines.",
        "fails": "Once it is approved, the waiting state fails with the error {error}.",
        "goes on": "Once it is approved, the workflow goes on.",
    },
    "enough agreed": {
        "output": "Enough have agreed: the workflow goes on with the output that it defines.",
        "fails": "Enough have agreed: the waiting state fails with the error {error}.",
        "goes on": "Enough have agreed: the workflow goes on.",
    },
    "after a rejection": {
        "output": "After a rejection the workflow goes on with the output that it defines.",
        "fails": "After a rejection the waiting state fails with the error {error}.",
        "rejected": "After a rejection the workflow goes on and receives “rejected”.",
    },
    "after any other rejection": {
        "output": "After any other rejection the workflow goes on with the output that it defines.",
        "fails": "After any other rejection the waiting state fails with the error {error}.",
        "rejected": "After any other rejection the workflow goes on and receives “rejected”.",
    },
    "cancelled": {
        "output": "{reason}: the workflow goes on with the output that it defines.",
        "fails": "{reason}: the waiting state fails with the error {error}.",
    },
    "too few are left": {
        "output": ("If too few people are left to approve it, the workflow goes on with the output that it defines."),
        "fails": "If too few people are left to approve it, the waiting state fails with the error {error}.",
    },
    "too few are left, others later": {
        "output": (
            "If too few people are left to approve it, those who would be asked later are asked at once; where there"
            " are none, the workflow goes on with the output that it defines."
        ),
        "fails": (
            "If too few people are left to approve it, those who would be asked later are asked at once; where there"
            " are none, the waiting state fails with the error {error}."
        ),
    },
    "still open": {
        "output": "If it is still open then, the workflow goes on with the output that it defines.",
        "fails": "If it is still open then, the waiting state fails with the error {error}.",
        "counts as approved": "If it is still open then, it counts as approved, with the answer “{label}”.",
        "counts as rejected": "If it is still open then, it counts as rejected, with the answer “{label}”.",
    },
    "time is up": {
        "output": "Time is up: the workflow goes on with the output that it defines.",
        "fails": "Time is up: the waiting state fails with the error {error}.",
        "counts as approved": "Time is up: it counts as approved, with the answer “{label}”.",
        "counts as rejected": "Time is up: it counts as rejected, with the answer “{label}”.",
    },
    "time of this step is up": {
        "output": "The time of this step is up: the workflow goes on with the output that it defines.",
        "fails": "The time of this step is up: the waiting state fails with the error {error}.",
        "counts as approved": "The time of this step is up: it counts as approved, with the answer “{label}”.",
        "counts as rejected": "The time of this step is up: it counts as rejected, with the answer “{label}”.",
    },
    "time of a step is up": {
        "output": "The time of step {step} is up: the workflow goes on with the output that it defines.",
        "fails": "The time of step {step} is up: the waiting state fails with the error {error}.",
        "counts as approved": "The time of step {step} is up: it counts as approved, with the answer “{label}”.",
        "counts as rejected": "The time of step {step} is up: it counts as rejected, with the answer “{label}”.",
        "next step": "The time of step {step} is up: step {next} begins nevertheless.",
    },
    "not done": {
        "output": "If this step is not done within {lasts}, the workflow goes on with the output that it defines.",
        "fails": "If this step is not done within {lasts}, the waiting state fails with the error {error}.",
        "counts as approved": (
            "If this step is not done within {lasts}, it counts as approved, with the answer “{label}”."
        ),
        "counts as rejected": (
            "If this step is not done within {lasts}, it counts as rejected, with the answer “{label}”."
        ),
        "next step": "If this step is not done within {lasts}, step {next} begins nevertheless.",
    },
    "not done, after the deadline": {
        "output": (
            "If this step is not done within {lasts} (which is after the deadline), the workflow goes on with the"
            " output that it defines."
        ),
        "fails": (
            "If this step is not done within {lasts} (which is after the deadline), the waiting state fails with the"
            " error {error}."
        ),
        "counts as approved": (
            "If this step is not done within {lasts} (which is after the deadline), it counts as approved, with the"
            " answer “{label}”."
        ),
        "counts as rejected": (
            "If this step is not done within {lasts} (which is after the deadline), it counts as rejected, with the"
            " answer “{label}”."
        ),
        "next step": (
            "If this step is not done within {lasts} (which is after the deadline), step {next} begins nevertheless."
        ),
    },
}
"""The sentences, by the occasion."""


def ends_sentence(occasion: str, approval: Approval, status: Status, **facts: object) -> str:
    """Return what the workflow gets when the approval gets this status."""
    outcome, error = _outcome(approval, status)
    return OUTCOMES[occasion][outcome].format(error=error, **facts)


def deadline_sentence(occasion: str, approval: Approval) -> str:
    """Return what happens at the deadline of the approval."""
    return _at_deadline(occasion, approval, approval.policy.on_timeout)


def step_deadline_sentence(occasion: str, approval: Approval, number: int, **facts: object) -> str:
    """Return what happens at the deadline of a step."""
    rule = approval.policy.stages[number].on_timeout
    if rule == "pass":
        return OUTCOMES[occasion]["next step"].format(step=number + 1, next=number + 2, **facts)
    return _at_deadline(occasion, approval, rule or approval.policy.on_timeout, step=number + 1, **facts)


def _at_deadline(occasion: str, approval: Approval, rule: OnTimeout, **facts: object) -> str:
    match rule:
        case "fail":
            return ends_sentence(occasion, approval, Status.EXPIRED, **facts)
        case TakeOption(option=chosen):
            option = next(o for o in approval.content.options if o.id == chosen)
        case side:
            option = next(o for o in approval.content.options if o.side == side)
    counts: Outcome = "counts as approved" if option.side == "approve" else "counts as rejected"
    return OUTCOMES[occasion][counts].format(label=option.label, **facts)


def _outcome(approval: Approval, status: Status) -> tuple[Outcome, str]:
    """Return what the workflow gets then, and the error of the state if that fails."""
    reply = getattr(approval.answers, str(status), None)
    if reply and reply.failure is None:
        return "output", ""
    if reply and reply.failure.error:
        return "fails", reply.failure.error
    if status is Status.APPROVED and reply is None:
        return "goes on", ""
    if status is Status.REJECTED and reply is None and approval.policy.on_reject == "succeed":
        return "rejected", ""
    return "fails", ERROR_NAMES[status]
