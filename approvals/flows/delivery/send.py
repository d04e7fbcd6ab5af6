"""Send: lease due messages, send them, and close each lease with its result. No message can hold up another."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import islice

from approvals.domain.arns import Location, location_of
from approvals.domain.lifecycle.notices import with_requester_told
from approvals.domain.lifecycle.wait_attempts import end_unawaited, reported_reason
from approvals.domain.model.errors import Unreadable
from approvals.domain.model.messages.outgoing import Callback, Copy, Heartbeat, Lane, Notice
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain, Unconfirmed
from approvals.domain.model.records import Leased
from approvals.flows.delivery.digests import Sorted, bundled, digest_of, is_outcome, send_digest
from approvals.flows.delivery.notices import (
    NOT_TOLD,
    SOON,
    patient,
    send_notice,
    send_otherwise,
    store_arrival_of,
    write_copy,
)  # fmt: skip
from approvals.flows.delivery.outcomes import outcomes_of
from approvals.flows.ports import DigestChannel, OutcomesChannel, Ports
from approvals.telemetry.tracing import callback_span, noted

LEASE = timedelta(seconds=60)
"""Longer than any single send may take (connect 3 s, read 10 s, then as long again to look into the history)."""
SPARE = timedelta(seconds=30)
"""The time that must be left of a lease to begin a send under it."""
PART = 50
"""The number of recipients whose results are recorded together."""
HISTORY_PATIENCE = timedelta(seconds=30)
"""History events may appear a little after the last attempt: until then, a missing event proves nothing."""
UNREADABLE = TryAgain("its approval cannot be read by this release", kind="unreadable")
"""Tried until it can be: unlike a channel that refuses a notice, this is nothing to be given up."""
NO_TIME = TryAgain("there was no time left to send it", after=timedelta(0), tried=False)

log = logging.getLogger(__name__)


def deliver(ports: Ports, *, lane: Lane, limit: int, within: timedelta | None = None) -> int:
    now = ports.clock()
    leased = ports.outbox.lease(lane=lane, now=now, until=now + LEASE, limit=limit)
    if within is None:
        send_all(ports, leased)
    else:
        _send_apart(ports, leased, within)
    return len(leased)


def _send_apart(ports: Ports, leased: Sequence[Leased], within: timedelta) -> None:
    """Send to each account by itself, and leave those that take longer, so that no account delays another."""
    accounts: dict[Location | None, list[Leased]] = {}
    for one in leased:
        accounts.setdefault(location_of(one.target.execution_arn), []).append(one)
    sends = [partial(send_all, ports, messages) for messages in accounts.values()]
    for _ in ports.each(lambda send: ports.apart(send, within), sends):
        pass


def redeliver(ports: Ports, approval_id: str, *, actor: str) -> bool:
    """Queue an undelivered callback again for an operator, who may have fixed the cause. Raises NotFound."""
    ports.store.get(approval_id)
    queued = ports.outbox.requeue(approval_id, now=ports.clock(), actor=actor)
    ports.wake()
    return queued


def send_all(ports: Ports, leased: Sequence[Leased]) -> list[Result]:
    """Send each message, and return the results. The results of a part are recorded while the next part is sent."""
    bundles = bundled(leased)
    sent = zip(bundles, ports.each(partial(_send_bundle, ports), bundles), strict=True)
    results: list[Result] = []
    while part := list(islice(sent, PART)):
        closed = [pair for bundle, became in part for pair in zip(bundle, became, strict=True)]
        ports.outbox.settle(closed, now=ports.clock(), jitter=ports.jitter)
        results += [result for _, result in closed]
    return results


def _send_bundle(ports: Ports, leased: Sequence[Leased]) -> list[Result]:
    """Return the results of messages to one recipient. An error in a digest must not stop the others."""
    channel = _digest_channel(ports, leased)
    if channel is None:
        return [_send(ports, one) for one in leased]
    if leased[0].until - ports.clock() < SPARE:
        return [NO_TIME] * len(leased)
    try:
        return _send_together(ports, channel, leased)
    except Exception as error:
        log.exception("a digest could not be sent", extra={"event": "delivery.error", "messages": len(leased)})
        return [TryAgain(f"{type(error).__name__} while sending", ambiguous=True, after=SOON)] * len(leased)


def _digest_channel(ports: Ports, leased: Sequence[Leased]) -> DigestChannel | OutcomesChannel | None:
    """Return the channel that can send these notices to one recipient together; None if they leave one by one."""
    notice = leased[0].message
    if len(leased) < 2 or not isinstance(notice, Notice):
        return None
    channel = ports.channels.get(notice.channel)
    if is_outcome(leased[0]):
        return channel if isinstance(channel, OutcomesChannel) else None
    return channel if isinstance(channel, DigestChannel) else None


def _send_together(ports: Ports, channel: DigestChannel | OutcomesChannel, leased: Sequence[Leased]) -> list[Result]:
    """Return the results of notices to one recipient. Several that are still needed leave as a digest, one alone."""
    digest, found = outcomes_of(ports, leased) if is_outcome(leased[0]) else digest_of(ports, leased)
    if digest.count < 2:
        send = partial(_send, ports)
    else:
        most, ambiguous = max(one.attempts for one in leased), any(one.ambiguous for one in leased)
        sent = send_digest(ports, channel, digest, attempts=most, ambiguous=ambiguous)
        send = partial(_closed_by, sent, found, ports) if sent else partial(_send, ports)
    given = {id(one): send(one) for one in leased if id(one) in found.needed}
    given |= dict.fromkeys(found.unreadable, UNREADABLE) | dict.fromkeys(found.early, NOT_TOLD)
    return [given.get(id(one), Moot()) for one in leased]


def _closed_by(digest: Result, found: Sorted, ports: Ports, leased: Leased) -> Result:
    """Return the result of a notice that is part of a digest. What the digest did not reach is sent otherwise."""
    result = patient(ports, leased, digest)
    if isinstance(result, GivenUp):
        return send_otherwise(ports, leased, result)
    if isinstance(result, Sent) and id(leased) in found.failed_before:
        store_arrival_of(ports, leased)
    return result


def _send(ports: Ports, leased: Leased) -> Result:
    """Return the result of one message. An unexpected error is logged and retried, and must not stop the others."""
    if leased.until - ports.clock() < SPARE:
        return NO_TIME
    try:
        match leased.message:
            case Callback() as callback:
                with callback_span(leased) as span:
                    return noted(span, _callback(ports, leased, callback))
            case Heartbeat():
                return _heartbeat(ports, leased)
            case Notice() as notice:
                return send_notice(ports, leased, notice)
            case Copy() as copy:
                return write_copy(ports, leased, copy)
    except Unreadable:  # the store has logged it
        return UNREADABLE
    except Exception as error:
        log.exception(
            "a message could not be sent",
            extra={"event": "delivery.error", "approval_id": leased.target.approval_id, "what": _what(leased.key)},
        )
        return TryAgain(f"{type(error).__name__} while sending", ambiguous=True)


def _what(key: str) -> str:
    """Return the key without the address, since addresses do not belong into logs: asked:0."""
    return ":".join(key.split(":")[:2])


def _callback(ports: Ports, leased: Leased, callback: Callback) -> Result:
    """Send a callback. A closed token means too late, unless an earlier attempt may have closed it.

    Only the attempts count for the patience with the history, not its look-ups: they close no token.
    """
    result = ports.callbacks.send(callback, token=_token(ports, leased), target=leased.target)
    if not (leased.ambiguous and isinstance(result, GivenUp) and result.closed):
        return result
    match ports.callbacks.happened(callback, target=leased.target):
        case True:
            return Sent(receipt="found in the execution's history")
        case TryAgain() as unavailable:
            return unavailable
        case False if ports.clock() - (leased.ambiguous_at or ports.clock()) < HISTORY_PATIENCE:
            return TryAgain("not in the execution's history yet", after=SOON, kind="timeout")
        case False:
            return result
        case None:
            return Unconfirmed("the answer was lost and the execution's history cannot be read")


def _heartbeat(ports: Ports, leased: Leased) -> Result:
    """Send a heartbeat, and cancel the approval if its state no longer waits.

    It is cancelled before the lease is closed: if the process dies in between, the next heartbeat repeats it.
    """
    result = ports.callbacks.heartbeat(token=_token(ports, leased), target=leased.target)
    if isinstance(result, GivenUp) and result.closed:
        _end_unawaited(ports, leased.target.approval_id)
    return result


def _token(ports: Ports, leased: Leased) -> str:
    if leased.target.sealed_token is None:
        raise LookupError("the task token has been forgotten")
    return ports.vault.open(leased.target.sealed_token, approval_id=leased.target.approval_id)


def _end_unawaited(ports: Ports, approval_id: str) -> None:
    """End the approval of a state that no longer waits, which also ends its heartbeats.

    The state was stopped, timed out, was ended by a parallel branch, or asked again.
    """
    reported = reported_reason(ports.store.notes(approval_id), now=ports.clock())
    with ports.store.transaction() as tx:
        approval = tx.approval(approval_id)
        if approval.pending:
            others = tx.same_wait(approval, limit=2)
            change = end_unawaited(approval, others, now=ports.clock(), reported=reported)
            tx.apply([with_requester_told(change, people=ports.people)])
    ports.wake()
