"""Sweep: apply the changes that are due. It reads only due approvals, and any number of sweepers may run at once."""

import logging
from datetime import datetime, timedelta

from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.schedule import advance, next_action, reevaluate
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.errors import Stale
from approvals.flows.ports import Ports
from approvals.flows.storage import Transaction

OUT_OF_THE_WAY = timedelta(hours=1)

log = logging.getLogger(__name__)


def sweep(ports: Ports, *, limit: int) -> int:
    """Apply one batch in one transaction; leave the batch to the next sweep if an answer comes in between."""
    if not ports.store.any_due(now=ports.clock()):
        return _recheck(ports, limit=limit)
    try:
        with ports.store.transaction() as tx:
            now = ports.clock()
            changes = [change for approval in tx.due(now=now, limit=limit) for change in _due(ports, tx, approval, now)]
            tx.apply(changes)
    except Stale:
        return 0
    if changes:
        ports.wake()
    return len(changes)


def _recheck(ports: Ports, *, limit: int) -> int:
    """Check pending approvals once against a changed directory, including those that name nobody of it.

    If another process saw the change first, this process has the old directory, and checks nothing against it.
    """
    if not _any_outdated(ports) or not ports.look_again():
        return 0
    known = ports.known()
    if known.fingerprint is None:
        return 0
    people = People(directory=known.directory, reach=ports.terms.reach)
    try:
        with ports.store.transaction() as tx:
            now = ports.clock()
            outdated = tx.outdated(known.fingerprint, limit=limit)
            changes = [change for approval in outdated if (change := reevaluate(approval, now, people=people))]
            tx.apply(changes)
            tx.held_against(known.fingerprint, [approval.id for approval in outdated])
    except Stale:
        return 0
    if changes:
        ports.wake()
    return len(outdated)


def _any_outdated(ports: Ports) -> bool:
    fingerprint = ports.known().fingerprint
    return fingerprint is not None and ports.store.any_outdated(fingerprint)


def _due(ports: Ports, tx: Transaction, approval: Approval, now: datetime) -> list[Change]:
    """Return everything that is due for one approval, in order. A failing approval must not hold up the others."""
    changes: list[Change] = []
    try:
        while change := advance(approval, now, people=ports.people):
            changes.append(change)
            approval = change.approval
        if not changes:
            tx.defer(approval.id, until=next_action(approval, now))
    except Exception:
        log.exception("an approval could not be swept", extra={"event": "sweep.error", "approval_id": approval.id})
        tx.defer(approval.id, until=now + OUT_OF_THE_WAY)
        return []
    return changes
