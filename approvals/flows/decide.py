"""decide and cancel: what ends an approval from outside. The commit comes first, then the callback is sent at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from approvals.domain.lifecycle import decide as deciding
from approvals.domain.lifecycle import settle as settling
from approvals.domain.lifecycle.questions import requester_notice
from approvals.domain.lifecycle.schedule import reseat
from approvals.domain.model.approval import Answer, Approval, Change, Note, Via, callback_state
from approvals.domain.model.errors import AlreadySettled, Stale
from approvals.domain.model.messages import REQUESTER, Notice
from approvals.domain.model.policy import Assurance
from approvals.flows.delivery.send import LEASE, send_all
from approvals.flows.ports import Ports
from approvals.flows.storage import Transaction

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
        window = int(now.timestamp() / FRESH_LINK_EVERY.total_seconds())
        notice = _fresh(ports, approval, reviewer, window) if approval.pending else None
        if notice is None or tx.queued(approval_id, notice):
            return None
        actor = approval.content.requester or "" if reviewer == REQUESTER else approval.reviewers[reviewer].id
        note = Note(event="link.refreshed", at=now, actor=actor)
        after = msgspec.structs.replace(approval, version=approval.version + 1)
        return Change(approval=after, note=note, messages=(notice,))

    with ports.store.transaction() as tx:
        change = verb(tx.approval(approval_id), ports.clock())
        tx.apply([change] if change else [])
    ports.wake()
    return change is not None


def _fresh(ports: Ports, approval: Approval, reviewer: int, count: int) -> Notice | None:
    """To a reviewer, or to whoever asks for the approval where they were written to before."""
    if reviewer == REQUESTER:
        asked = approval.meanwhile.inquiries
        reach = ports.terms.reach
        found = requester_notice(approval, ports.directory, reach, event="refreshed", count=count)
        return found if asked else None
    if not 0 <= reviewer < len(approval.reviewers):
        return None
    channel, address = approval.reviewers[reviewer].addresses[0]
    return Notice(event="refreshed", channel=channel, to=address, reviewer=reviewer, count=count)


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
