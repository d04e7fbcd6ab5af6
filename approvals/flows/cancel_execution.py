"""Cancel the approvals of an execution that has ended. A late event never cancels those of a newer attempt."""

from collections.abc import Iterator
from datetime import datetime

from approvals.domain.lifecycle.settle import cancel
from approvals.domain.model.approval import Approval
from approvals.domain.model.records import Filter
from approvals.flows.attempts import attempts
from approvals.flows.ports import Ports

PAGE = 100


def cancel_execution(ports: Ports, execution_arn: str, *, reason: str, ended_at: datetime, redrive_count: int) -> int:
    """Cancel each approval in its own transaction, and return their number.

    They send no callback, since the states no longer wait.
    """
    waiting = list(_pending(ports, execution_arn))
    ended = [approval.id for approval in waiting if _belongs(approval, ended_at, redrive_count)]
    return sum(_cancelled(ports, approval_id, reason) for approval_id in ended)


def _cancelled(ports: Ports, approval_id: str, reason: str) -> bool:
    """Cancel one approval that is still pending."""
    for attempt in attempts(ports, approval_id):
        with attempt as approval:
            if approval.pending:
                attempt.apply(cancel(approval, actor="execution", reason=reason, now=attempt.now, waits=False))
    return attempt.conclude().changed


def _pending(ports: Ports, execution_arn: str) -> Iterator[Approval]:
    before = None
    while page := ports.store.find(Filter(status="pending", execution=execution_arn, before=before, limit=PAGE)):
        yield from page
        before = page[-1].id


def _belongs(approval: Approval, ended_at: datetime, redrive_count: int) -> bool:
    """Return whether the approval waited in the run that ended.

    A redrive keeps the ARN, counts up, and begins after the end. Both times are Step Functions' own where the workflow
    sent its context; else the gateway's, which are later at most.
    """
    execution, state = approval.content.execution, approval.content.state
    began = (state and state.entered_time) or approval.created_at
    return began <= ended_at and (execution.redrive_count if execution else 0) <= redrive_count
