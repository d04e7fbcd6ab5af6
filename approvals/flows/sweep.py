"""Sweep: apply the changes that are due. It reads only due approvals, and any number of sweepers may run at once."""

import logging
from datetime import datetime, timedelta

from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.notices import with_requester_told
from approvals.domain.lifecycle.schedule import advance, next_action, reevaluate
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.errors import Stale
from approvals.domain.problems import ApprovalsError
from approvals.flows.ports import Ports
from approvals.flows.storage import Transaction
from approvals.telemetry import tracing

OUT_OF_THE_WAY = timedelta(hours=1)

log = logging.getLogger(__name__)


def sweep(ports: Ports, *, limit: int) -> int:
    """Apply one batch in one transaction; leave the batch to the next sweep if an answer comes in between.

    If a batch cannot be written, its approvals are swept one by one, and the one that cannot is put off.
    """
    if not ports.store.any_due(now=ports.clock()):
        return _recheck(ports, limit=limit)
    batch: list[Approval] = []
    try:
        with tracing.span("sweep") as span:
            changed = _swept(ports, batch, limit=limit)
            span.set("approvals.changes", changed)
    except Stale:
        return 0
    except ApprovalsError:
        raise
    except Exception:
        if not batch:
            raise
        if len(batch) > 1:
            return sum(sweep(ports, limit=1) for _ in batch)
        _put_off(ports, batch[0])
        return 0
    if changed:
        ports.wake()
    return changed


def _swept(ports: Ports, batch: list[Approval], *, limit: int) -> int:
    """Add the approvals that are due to `batch`, apply their changes, and return how many there were."""
    with ports.store.transaction() as tx:
        now, people = ports.clock(), ports.people
        batch += tx.due(now=now, limit=limit)
        swept = [(approval, _due(tx, approval, now, people)) for approval in batch]
        changes = [with_requester_told(change, people=people) for _, found in swept for change in found or ()]
        tx.apply(changes)
        tx.held_against(people.fingerprint, [one.id for one, found in swept if _is_newly_held(one, found, people)])
    return len(changes)


def _put_off(ports: Ports, approval: Approval) -> None:
    """Put off an approval whose change cannot be written. Called while its error is handled."""
    log.exception("an approval could not be swept", extra={"event": "sweep.error", "approval_id": approval.id})
    with ports.store.transaction() as tx:
        tx.defer(approval.id, until=ports.clock() + OUT_OF_THE_WAY)


def _recheck(ports: Ports, *, limit: int) -> int:
    """Check pending approvals once against a changed directory, including those that name nobody of it.

    If another process saw the change first, this process has the old directory, and checks nothing against it.
    """
    if not _any_outdated(ports) or not ports.reload_directory():
        return 0
    people = ports.people
    if people.fingerprint is None:
        return 0
    try:
        with ports.store.transaction() as tx:
            now = ports.clock()
            outdated = tx.outdated(people.fingerprint, now=now, limit=limit)
            checked = [(approval, _rechecked(tx, approval, now, people)) for approval in outdated]
            changes = [change for _, found in checked for change in found or ()]
            tx.apply(changes)
            tx.held_against(people.fingerprint, [approval.id for approval, found in checked if found is not None])
    except Stale:
        return 0
    if changes:
        ports.wake()
    return len(outdated)


def _rechecked(tx: Transaction, approval: Approval, now: datetime, people: People) -> list[Change] | None:
    """Return the change, if there is one; None where that fails, which must not stop the other approvals."""
    try:
        change = reevaluate(approval, now, people=people)
    except Exception:
        log.exception("an approval could not be checked", extra={"event": "sweep.error", "approval_id": approval.id})
        tx.postpone(approval.id, now=now)
        return None
    return [change] if change else []


def _any_outdated(ports: Ports) -> bool:
    fingerprint = ports.people.fingerprint
    return fingerprint is not None and ports.store.any_outdated(fingerprint, now=ports.clock())


def _is_newly_held(approval: Approval, changes: list[Change] | None, people: People) -> bool:
    """Return whether its reviewers were evaluated with other people than those that the store knows of."""
    return changes is not None and approval.people_fingerprint != people.fingerprint


def _due(tx: Transaction, approval: Approval, now: datetime, people: People) -> list[Change] | None:
    """Return everything that is due, in order; None where that fails, which must not stop the other approvals."""
    changes: list[Change] = []
    try:
        while change := advance(approval, now, people=people):
            changes.append(change)
            approval = change.approval
        if not changes:
            tx.defer(approval.id, until=next_action(approval, now))
    except Exception:
        log.exception("an approval could not be swept", extra={"event": "sweep.error", "approval_id": approval.id})
        tx.defer(approval.id, until=now + OUT_OF_THE_WAY)
        return None
    return changes
