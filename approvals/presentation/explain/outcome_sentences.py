"""Sentences about the outcome that the workflow gets when an approval ends."""

from approvals.domain.model.approval import Approval, Status
from approvals.domain.model.policy import OnTimeout, TakeOption
from approvals.domain.model.replies import ERROR_NAMES


def time_up(approval: Approval, *, rule: OnTimeout | None = None) -> str:
    """Return what happens at the deadline, by the policy or the `rule` of a step."""
    match rule or approval.policy.on_timeout:
        case "fail":
            return fate(approval, Status.EXPIRED)
        case TakeOption(option=chosen):
            option = next(o for o in approval.content.options if o.id == chosen)
        case side:
            option = next(o for o in approval.content.options if o.side == side)
    return f"it counts as {'approved' if option.side == 'approve' else 'rejected'}, with the answer “{option.label}”"


def overrun(approval: Approval, number: int) -> str:
    """Return what happens at the deadline of a step."""
    rule = approval.policy.stages[number].on_timeout
    return f"step {number + 2} begins nevertheless" if rule == "pass" else time_up(approval, rule=rule)


def fate(approval: Approval, status: Status) -> str:
    """Return what the workflow gets then."""
    reply = getattr(approval.answers, str(status), None)
    if reply and reply.failure is None:
        return "the workflow goes on with the output that it defines"
    if reply and reply.failure.error:
        return f"the waiting state fails with the error {reply.failure.error}"
    if status is Status.APPROVED and reply is None:
        return "the workflow goes on"
    if status is Status.REJECTED and reply is None and approval.policy.on_reject == "succeed":
        return "the workflow goes on and receives “rejected”"
    return f"the waiting state fails with the error {ERROR_NAMES[status]}"
