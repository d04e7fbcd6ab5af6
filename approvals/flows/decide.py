"""decide and cancel: what ends an approval from outside. The commit comes first, then the callback is sent at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from approvals.domain import deciding, settling
from approvals.domain.approval import Answer, Approval, Change, Note, Via, callback_state
from approvals.domain.errors import AlreadySettled, Stale
from approvals.domain.messages import Notice
from approvals.domain.policy import Assurance
from approvals.domain.schedule import reseat
from approvals.flows.deliver import LEASE, send_all
from approvals.flows.ports import Ports, Transaction

ATTEMPTS = 20
FRESH_LINK_EVERY = timedelta(minutes=5)

Verb = Callable[[Approval, datetime], Change | None]


class Decided(msgspec.Struct, frozen=True):
    """The approval afterwards, with what became of its callback; `changed` is False where the answer stood already."""

    approval: Approval
    changed: bool


def decide(
    ports: Ports, approval_id: str, *, reviewer: int, answer: Answer, via: Via, assurance: Assurance,
    facts: dict[str, Any], within: timedelta | None = None,
) -> Decided:  # fmt: skip
    def verb(approval: Approval, now: datetime) -> Change | None:
        return deciding.decide(
            approval, reviewer=reviewer, answer=answer, via=via, assurance=assurance, now=now, facts=facts
        )

    return persist(ports, approval_id, verb, within=within)


def cancel(ports: Ports, approval_id: str, *, actor: str, reason: str) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        if not approval.pending:
            raise AlreadySettled(approval)
        return settling.cancel(approval, actor=actor, reason=reason, now=now)

    return persist(ports, approval_id, verb)


def refresh_link(ports: Ports, approval_id: str, *, reviewer: int) -> bool:
    """To the address it was first sent to, and at most once in FRESH_LINK_EVERY."""

    def verb(approval: Approval, now: datetime) -> Change | None:
        if not approval.pending or not 0 <= reviewer < len(approval.reviewers):
            return None
        person = approval.reviewers[reviewer]
        channel, address = person.addresses[0]
        window = int(now.timestamp() / FRESH_LINK_EVERY.total_seconds())
        notice = Notice(event="refreshed", channel=channel, to=address, reviewer=reviewer, count=window)
        if tx.queued(approval_id, notice):
            return None
        note = Note(event="link.refreshed", at=now, actor=person.id)
        after = msgspec.structs.replace(approval, version=approval.version + 1)
        return Change(approval=after, note=note, messages=(notice,))

    with ports.store.transaction() as tx:
        change = verb(tx.approval(approval_id), ports.clock())
        tx.apply([change] if change else [])
    ports.wake()
    return change is not None


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
    for result in sent() if within is None or not leased else ports.aside(sent, within) or ():
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
