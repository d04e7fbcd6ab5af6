"""sweep: what happens by itself. Costs what is due, not what is pending; any number of sweepers may run at once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from approvals.domain.approval import Approval, Change
from approvals.domain.errors import Stale
from approvals.domain.schedule import advance
from approvals.flows.ports import Transaction

if TYPE_CHECKING:
    from approvals.flows.gateway import Gateway

OUT_OF_THE_WAY = timedelta(hours=1)

log = logging.getLogger(__name__)


def sweep(gateway: Gateway, *, limit: int) -> int:
    """One batch in one transaction. Where somebody answers at the same moment the batch is left to the next sweep."""
    if not gateway.store.any_due(now=gateway.clock()):
        return 0
    try:
        with gateway.store.transaction() as tx:
            now = gateway.clock()
            changes = [change for approval in tx.due(now=now, limit=limit) for change in _due(tx, approval, now)]
            tx.apply(changes)
    except Stale:
        return 0
    if changes:
        gateway.wake()
    return len(changes)


def _due(tx: Transaction, approval: Approval, now: datetime) -> list[Change]:
    """Everything that is due for one approval, in order. One that we cannot handle must not hold up the others."""
    changes: list[Change] = []
    try:
        while change := advance(approval, now):
            changes.append(change)
            approval = change.approval
    except Exception:
        log.exception("an approval could not be swept", extra={"event": "sweep.error", "approval_id": approval.id})
        tx.defer(approval.id, until=now + OUT_OF_THE_WAY)
        return []
    return changes
