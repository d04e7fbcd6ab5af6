"""deliver: leases what is due, sends it, and closes each lease with what became of it. No row can hold up another."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from approvals.domain.approval import Approval, CallbackState
from approvals.domain.attending import claimant
from approvals.domain.handover import Leased
from approvals.domain.messages import (
    REQUESTER,
    Callback,
    Copy,
    GivenUp,
    Heartbeat,
    Lane,
    Moot,
    Notice,
    Result,
    Sent,
    TryAgain,
    Unconfirmed,
)
from approvals.domain.notices import pointless
from approvals.domain.settling import cancel
from approvals.flows.digest import bundled, send_list, send_together
from approvals.flows.ports import Board, Digests, Ports

LEASE = timedelta(seconds=60)
"""Longer than any single send may take (connect 3 s, read 10 s, then as long again to look into the history)."""
SPARE = timedelta(seconds=30)
"""What must be left of a lease to begin a send under it."""
ABANDONED = "the workflow no longer waits"
SOON, CALLBACK_PATIENCE = timedelta(seconds=3), timedelta(minutes=2)
HISTORY_PATIENCE = timedelta(seconds=30)
"""The history may be written a little after the answer: before that, what is not in it may still appear."""
NOTICE_PATIENCE = timedelta(days=3)
NO_TIME = TryAgain("there was no time left to send it", after=timedelta(0))

log = logging.getLogger(__name__)


def deliver(ports: Ports, *, lane: Lane, limit: int) -> int:
    now = ports.clock()
    leased = ports.outbox.lease(lane=lane, now=now, until=now + LEASE, limit=limit)
    send_all(ports, leased)
    return len(leased)


def redeliver(ports: Ports, approval_id: str, *, actor: str) -> bool:
    """At an operator's word: whatever made a callback fail may be mended. Raises NotFound."""
    ports.store.get(approval_id)
    queued = ports.outbox.requeue(approval_id, now=ports.clock(), actor=actor)
    ports.wake()
    return queued


def send_all(ports: Ports, leased: Sequence[Leased]) -> list[Result]:
    """Sends each and records what became of it."""
    if not leased:
        return []
    bundles = bundled(leased)
    found = ports.each(partial(_send_bundle, ports), bundles)
    results = [pair for bundle, became in zip(bundles, found, strict=True) for pair in zip(bundle, became, strict=True)]
    ports.outbox.settle(results, now=ports.clock(), chance=ports.chance)
    return [result for _, result in results]


def _send_bundle(ports: Ports, leased: Sequence[Leased]) -> list[Result]:
    """What became of each; several are for the same person."""
    channel = ports.channels.get("mail") if len(leased) > 1 else None
    if not isinstance(channel, Digests):
        return [_send(ports, one) for one in leased]
    if leased[0].until - ports.clock() < SPARE:
        return [NO_TIME] * len(leased)
    try:
        results = send_together(
            ports, channel, leased, alone=partial(_send, ports), unreached=partial(_unreached, ports)
        )
        return [_patient(ports, one, result) for one, result in zip(leased, results, strict=True)]
    except Exception as error:
        log.exception("a digest could not be sent", extra={"event": "delivery.error", "messages": len(leased)})
        return [TryAgain(f"{type(error).__name__} while sending", ambiguous=True, after=SOON)] * len(leased)


def _send(ports: Ports, leased: Leased) -> Result:
    """What became of it. A fault of ours in one message must not stop the others: it is logged and tried again."""
    if leased.until - ports.clock() < SPARE:
        return NO_TIME
    try:
        match leased.message:
            case Callback() as callback:
                return _callback(ports, leased, callback)
            case Heartbeat():
                return _heartbeat(ports, leased)
            case Notice() as notice:
                return _notice(ports, leased, notice)
            case Copy() as copy:
                return _copy(ports, leased, copy)
    except Exception as error:
        log.exception(
            "a message could not be sent",
            extra={"event": "delivery.error", "approval_id": leased.target.approval_id, "what": _what(leased.key)},
        )
        return TryAgain(f"{type(error).__name__} while sending", ambiguous=True)


def _what(key: str) -> str:
    """The message without where it goes, since addresses do not belong into logs: asked:0."""
    return ":".join(key.split(":")[:2])


def _callback(ports: Ports, leased: Leased, callback: Callback) -> Result:
    """A closed token means too late, unless an earlier attempt may have been the one that closed it."""
    result = ports.callbacks.send(callback, token=_token(ports, leased), target=leased.target)
    if not (leased.ambiguous and isinstance(result, GivenUp) and result.closed):
        return result
    match ports.callbacks.happened(callback, target=leased.target):
        case True:
            return Sent(receipt="found in the execution's history")
        case False if ports.clock() - leased.first_at < HISTORY_PATIENCE:
            return TryAgain("not in the execution's history yet", ambiguous=True, after=SOON)
        case False:
            return result
        case None:
            return Unconfirmed("the answer was lost and the execution's history cannot be read")


def _heartbeat(ports: Ports, leased: Leased) -> Result:
    """Where nobody waits any more the approval is cancelled first: if we die in between, the next beat finds out."""
    result = ports.callbacks.heartbeat(token=_token(ports, leased), target=leased.target)
    if isinstance(result, GivenUp) and result.closed:
        _cancel_abandoned(ports, leased.target.approval_id)
    return result


def _notice(ports: Ports, leased: Leased, notice: Notice) -> Result:
    approval = ports.store.get(leased.target.approval_id)
    if pointless(notice, approval):
        return Moot()
    if notice.event == "digest":
        return _patient(ports, leased, send_list(ports, notice))
    if notice.event == "settled" and _too_early(approval, ports.clock()):
        return TryAgain("the workflow has not been told yet", after=SOON)
    channel = ports.channels.get(notice.channel)
    if channel is None:
        return GivenUp(f"{notice.channel} is not set up here")
    link = None
    if notice.reviewer is not None:
        link = ports.links.url(approval.id, notice.reviewer, now=ports.clock())
    thread = _thread(ports, notice, approval) if isinstance(channel, Board) else None
    result = channel.send(notice, approval, link=link, thread=thread, ambiguous=leased.ambiguous)
    if isinstance(result, GivenUp):
        return _otherwise(ports, notice, approval, link=link, why=result)
    return _patient(ports, leased, result)


def _patient(ports: Ports, leased: Leased, result: Result) -> Result:
    """For so long a notice is tried again, then it is given up."""
    if isinstance(result, TryAgain) and ports.clock() - leased.first_at >= NOTICE_PATIENCE:
        return GivenUp(result.reason)
    return result


def _unreached(ports: Ports, leased: Leased, why: GivenUp) -> Result:
    """A digest did not reach this person: each notice goes its own other way, where there is one."""
    approval = ports.store.get(leased.target.approval_id)
    notice = leased.message
    if not isinstance(notice, Notice) or notice.reviewer is None:
        return why
    link = ports.links.url(approval.id, notice.reviewer, now=ports.clock())
    return _otherwise(ports, notice, approval, link=link, why=why)


def _thread(ports: Ports, notice: Notice, approval: Approval) -> str | None:
    """What was sent to the same address first."""
    mine = (copy for copy in ports.outbox.copies(approval.id) if copy.channel == notice.channel)
    if notice.reviewer is not None:
        return next((copy.receipt for copy in mine if copy.reviewer == notice.reviewer), None)
    return next((copy.receipt for copy in mine if copy.reviewer is None and copy.to == notice.to), None)


def _otherwise(ports: Ports, notice: Notice, approval: Approval, *, link: str | None, why: GivenUp) -> Result:
    """A person who cannot be reached in one channel is written to in the other, by the same right to the message."""
    reviewer = approval.reviewers[notice.reviewer] if notice.reviewer not in (None, REQUESTER) else None
    others = [pair for pair in reviewer.addresses if pair[0] != notice.channel] if reviewer else []
    for channel, address in others:
        if channel in ports.channels:
            instead = replace(notice, channel=channel, to=address)
            result = ports.channels[channel].send(instead, approval, link=link)
            return replace(result, instead_of=why.reason, copy=False) if isinstance(result, Sent) else result
    return why


def _copy(ports: Ports, leased: Leased, copy: Copy) -> Result:
    """Written as the approval is now, not as it was when this was queued."""
    board = ports.channels.get(copy.channel)
    if not isinstance(board, Board):
        return GivenUp(f"{copy.channel} is not set up here")
    approval = ports.store.get(leased.target.approval_id)
    link = None if copy.reviewer is None else ports.links.url(approval.id, copy.reviewer, now=ports.clock())
    claim = claimant(approval)
    looking = (approval.reviewers[claim.reviewer].name,) if claim else ()
    return board.update(copy.receipt, approval, reviewer=copy.reviewer, link=link, looking=looking)


def _too_early(approval: Approval, now: datetime) -> bool:
    """Whether it is worth waiting a little, so that the message can say whether the workflow has resumed."""
    settled_at = approval.settled_at or now
    return approval.callback is CallbackState.WAITING and now - settled_at < CALLBACK_PATIENCE


def _token(ports: Ports, leased: Leased) -> str:
    if leased.target.sealed_token is None:
        raise LookupError("the task token has been forgotten")
    return ports.vault.open(leased.target.sealed_token, approval_id=leased.target.approval_id)


def _cancel_abandoned(ports: Ports, approval_id: str) -> None:
    """The state no longer waits: stopped, timed out, or ended by a sibling. With the approval its heartbeat ends."""
    with ports.store.transaction() as tx:
        approval = tx.approval(approval_id)
        if approval.pending:
            tx.apply([cancel(approval, actor="heartbeat", reason=ABANDONED, now=ports.clock(), waits=False)])
    ports.wake()
