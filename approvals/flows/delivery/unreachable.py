"""Unreachable reviewers: store that a message could not be delivered, or arrived, before its lease is closed.

If the process dies in between, the message is sent again, and its result is the same.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from approvals.domain.lifecycle.unreachable import UNREACHABLE, record_arrival, record_failures
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.messages.undelivered import FailureKind, Undelivered
from approvals.flows.ports import Ports
from approvals.flows.storage import Transaction

log = logging.getLogger(__name__)


class Attempted(NamedTuple):
    """An address to which a notice could not be delivered, and why."""

    channel: str
    address: str
    why: GivenUp


def store_failures(
    ports: Ports, approval_id: str, notice: Notice, attempts: Iterable[Attempted], *, kind: FailureKind = "refused"
) -> None:
    """Record the attempts that failed because of the reviewer's own address."""
    theirs = [one for one in attempts if one.why.recipient]
    if not (theirs and isinstance(notice.audience, ForReviewer)):
        return
    with ports.store.transaction() as tx:
        approval, now = tx.approval(approval_id), ports.clock()
        failures = [
            Undelivered(
                reviewer=notice.audience.number, channel=one.channel, address=one.address, reason=one.why.reason,
                kind=kind, at=now,
            )
            for one in theirs
        ]  # fmt: skip
        change = record_failures(approval, failures, notice=notice, people=ports.people, now=now)
        _apply(tx, change)
    if change:
        _log_failure(change, failures)
        ports.wake()


def store_arrival(
    ports: Ports, approval: Approval, notice: Notice, *, kinds: Iterable[FailureKind] = ("refused",)
) -> None:
    """Forget failures at an address where the notice has arrived. `approval` may be a little older."""
    audience = notice.audience
    if not (isinstance(audience, ForReviewer) and has_failed(approval, notice)):
        return
    with ports.store.transaction() as tx:
        current, now = tx.approval(approval.id), ports.clock()
        change = record_arrival(
            current, reviewer=audience.number, channel=notice.channel, address=notice.to, kinds=kinds, now=now
        )
        _apply(tx, change)


def has_failed(approval: Approval, notice: Notice) -> bool:
    """Return whether messages to this address have failed before."""
    return any((one.channel, one.address) == (notice.channel, notice.to) for one in approval.undelivered)


def _apply(tx: Transaction, change: Change | None) -> None:
    """Write the change, without messages that were queued before."""
    if change:
        new = (one for one in change.messages if isinstance(one, Notice) and not tx.queued(change.approval.id, one))
        tx.apply([replace(change, messages=tuple(new))])


def _log_failure(change: Change, failures: Sequence[Undelivered]) -> None:
    """Log the event without the address, which does not belong into logs."""
    facts = {
        "event": change.note.event, "approval_id": change.approval.id, "reviewer": failures[0].reviewer,
        "channels": [one.channel for one in failures],
    }  # fmt: skip
    last = change.note.event == UNREACHABLE
    log.warning("a reviewer cannot be reached" if last else "an address of a reviewer takes no messages", extra=facts)
