"""Apply one verb of the domain to one approval in one transaction, and retry while others change it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from approvals.domain.lifecycle.schedule import reseat
from approvals.domain.model.approval import Approval, Change, callback_state
from approvals.domain.model.errors import Stale
from approvals.flows.delivery.send import LEASE, send_all
from approvals.flows.ports import Ports
from approvals.flows.storage import Transaction

ATTEMPTS = 20


Verb = Callable[[Approval, datetime], Change | None]


class Decided(msgspec.Struct, frozen=True):
    """The approval afterwards, with what became of its callback; `changed` is False where the answer stood already."""

    approval: Approval
    changed: bool


def persist(ports: Ports, approval_id: str, verb: Verb, *, within: timedelta | None = None) -> Decided:
    """Tries until no one else is in the way: each try judges the approval anew."""
    for _ in range(ATTEMPTS):
        try:
            return _once(ports, approval_id, verb, within)
        except Stale:
            continue
    raise Stale("too many others answer at the same moment")


def _once(ports: Ports, approval_id: str, verb: Verb, within: timedelta | None) -> Decided:
    """The callback is queued as leased to us, so that nobody else sends it while we do; if we die, the lease ends."""
    with ports.store.transaction() as tx:
        approval = tx.approval(approval_id)
        now = ports.clock()  # read with the lock held: waiting for it must not let an answer in after the deadline
        approval = _as_now(ports, tx, approval, now)
        change = verb(approval, now)
        if change is None:
            return Decided(approval, changed=False)
        leased = tx.apply([change], lease_until=now + LEASE)
    after = change.approval
    sent = partial(send_all, ports, leased)
    for result in sent() if within is None or not leased else ports.background(sent, within) or ():
        after = msgspec.structs.replace(after, callback=callback_state(result))
    ports.wake()
    return Decided(after, changed=True)


def _as_now(ports: Ports, tx: Transaction, approval: Approval, now: datetime) -> Approval:
    """With who may answer judged anew: somebody may have left since the links were sent."""
    if not approval.pending or now >= approval.deadline:
        return approval
    change = reseat(approval, now, directory=ports.directory, reach=ports.terms.reach)
    tx.apply([change] if change else [])
    return change.approval if change else approval
