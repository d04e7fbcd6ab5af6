"""Check an execution that is reported to have ended. Anybody who may send to the queue can write such an event.

So it ends no approval. It makes heartbeats due, and only a token that Step Functions calls closed is proof.
"""

from collections.abc import Iterator
from datetime import datetime

from approvals.domain.lifecycle.wait_attempts import note_report, reported_reason
from approvals.domain.model.approval import Approval
from approvals.domain.model.records import Filter
from approvals.flows.ports import Ports

PAGE = 100


def check_execution(ports: Ports, execution_arn: str, *, reason: str, ended_at: datetime, redrive_count: int) -> int:
    """Make the heartbeats of an execution's pending approvals due now, and return their number.

    A late event leaves those of a newer run alone.
    """
    pending = list(_pending(ports, execution_arn))
    doubtful = [approval.id for approval in pending if _belongs(approval, ended_at, redrive_count)]
    for approval_id in doubtful:
        _note_and_check(ports, approval_id, reason)
    ports.wake()
    return len(doubtful)


def _note_and_check(ports: Ports, approval_id: str, reason: str) -> None:
    """Note the reason once, so that the outcome can name it, and let the next heartbeat leave at once."""
    now = ports.clock()
    known = reported_reason(ports.store.notes(approval_id), now=now) == reason
    with ports.store.transaction() as tx:
        approval = tx.approval(approval_id)
        if approval.pending:
            tx.apply([] if known else [note_report(approval, reason=reason, now=now)])
            tx.hasten_heartbeats([approval_id], now=now)


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
