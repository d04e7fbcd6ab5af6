"""Notices: send one notice to one address, or by another channel if that fails; update copies."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from approvals.domain.lifecycle.actions import claimant
from approvals.domain.lifecycle.digest import mailbox
from approvals.domain.lifecycle.notices import pointless, requester_addresses
from approvals.domain.model.approval import Approval, CallbackState
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Copy, Notice
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain
from approvals.domain.model.messages.topics import InboxRefreshed, Settled
from approvals.domain.model.records import Leased
from approvals.flows.delivery.digests import send_list
from approvals.flows.delivery.unreachable import Attempted, store_arrival, store_failures
from approvals.flows.ports import EditableChannel, Ports
from approvals.telemetry.tracing import approval_span, noted

SOON, CALLBACK_PATIENCE = timedelta(seconds=3), timedelta(minutes=2)
NOT_TOLD = TryAgain("the workflow has not been told yet", after=SOON, tried=False)
NOTICE_PATIENCE, COPY_PATIENCE = timedelta(days=3), timedelta(days=7)


def send_notice(ports: Ports, leased: Leased, notice: Notice) -> Result:
    """Send a notice, unless it is pointless."""
    approval = ports.store.get(leased.target.approval_id)
    if pointless(notice, approval):
        return Moot()
    if isinstance(notice.about, InboxRefreshed):
        return patient(ports, leased, send_list(ports, notice, notice.about))
    if isinstance(notice.about, Settled) and too_early(approval, ports.clock()):
        return NOT_TOLD
    channel = ports.channels.get(notice.channel)
    if channel is None:
        return GivenUp(f"{notice.channel} is not set up here", kind="invalid")
    link = _link(ports, notice, approval)
    thread = _thread(ports, notice, approval)
    with approval_span(f"deliver {notice.event}", approval, policies=lambda: ports.directory.policies) as span:
        sent = noted(span, channel.send(notice, approval, link=link, thread=thread, ambiguous=leased.ambiguous))
    result = patient(ports, leased, sent)
    if isinstance(result, GivenUp):
        return _otherwise(ports, leased, notice, approval, link=link, why=result)
    if isinstance(result, Sent):
        store_arrival(ports, approval, notice)
    return result


def patient(ports: Ports, leased: Leased, result: Result) -> Result:
    """Return the result, or GivenUp once a notice was retried for NOTICE_PATIENCE."""
    if isinstance(result, TryAgain) and ports.clock() - leased.first_at >= NOTICE_PATIENCE:
        return GivenUp(result.reason, recipient=result.recipient, kind=result.kind)
    return result


def send_otherwise(ports: Ports, leased: Leased, why: GivenUp) -> Result:
    """Send a notice by another channel, since its digest did not reach the recipient."""
    approval = ports.store.get(leased.target.approval_id)
    notice = leased.message
    if not isinstance(notice, Notice):
        return why
    return _otherwise(ports, leased, notice, approval, link=_link(ports, notice, approval), why=why)


def store_arrival_of(ports: Ports, leased: Leased) -> None:
    """Forget failures at the address of a notice that has arrived as part of a digest."""
    if isinstance(leased.message, Notice):
        store_arrival(ports, ports.store.get(leased.target.approval_id), leased.message)


def _link(ports: Ports, message: Notice | Copy, approval: Approval) -> str | None:
    """Return the audience's link; None for a channel with buttons, and for one that reads the outcome only."""
    shared = isinstance(message.audience, ForChannel)
    if shared and (message.channel != "mail" or not approval.pending):
        return None
    return ports.links.url(approval.id, message.audience, now=ports.clock())


def _thread(ports: Ports, notice: Notice, approval: Approval) -> str | None:
    """Return the receipt of the first message to the same recipient, which may have been a digest."""
    if notice.channel == "mail":
        return ports.outbox.asked_by([approval.id], recipient=mailbox(notice.to)).get(approval.id)
    mine = (copy for copy in ports.outbox.copies(approval.id) if copy.channel == notice.channel)
    same = (copy for copy in mine if copy.audience == notice.audience)
    shared = isinstance(notice.audience, ForChannel)
    return next((copy.receipt for copy in same if not shared or copy.to == notice.to), None)


def _otherwise(
    ports: Ports, leased: Leased, notice: Notice, approval: Approval, *, link: str | None, why: GivenUp
) -> Result:
    """Send a notice to another address of the same person.

    Only by channels whose messages are never edited: edited messages are found by what was queued for them. If that
    fails, too, the failures are recorded, and a notice to the next address is queued.
    """
    failed, result = [Attempted(notice.channel, notice.to, why)], why
    for channel, address in _addresses(ports, notice, approval):
        other = ports.channels.get(channel)
        elsewhere = replace(notice, channel=channel, to=address)
        if channel == notice.channel or other is None or isinstance(other, EditableChannel):
            continue
        if pointless(elsewhere, approval):
            continue
        found = patient(ports, leased, other.send(elsewhere, approval, link=link))
        if isinstance(found, Sent):
            store_arrival(ports, approval, elsewhere)
            return replace(found, instead_of=why.reason)
        if not isinstance(found, GivenUp):
            return found
        failed.append(Attempted(channel, address, found))
        result = found
    store_failures(ports, approval.id, notice, failed)
    return result


def _addresses(ports: Ports, notice: Notice, approval: Approval) -> tuple[tuple[str, str], ...]:
    """Return the addresses of a notice's recipient."""
    match notice.audience:
        case ForReviewer(number):
            return approval.reviewers[number].addresses
        case ForRequester():
            return requester_addresses(approval, ports.people)
        case ForChannel():
            return ()


def write_copy(ports: Ports, leased: Leased, copy: Copy) -> Result:
    """Update a copy to the approval's current state, not the state when the update was queued."""
    board = ports.channels.get(copy.channel)
    if not isinstance(board, EditableChannel):
        return GivenUp(f"{copy.channel} is not set up here", kind="invalid")
    approval = ports.store.get(leased.target.approval_id)
    link = _link(ports, copy, approval)
    claim = claimant(approval)
    looking = (approval.reviewers[claim.reviewer].name,) if claim and not claim.operator else ()
    with approval_span("deliver copy", approval, policies=lambda: ports.directory.policies) as span:
        result = noted(span, board.update(copy.receipt, approval, audience=copy.audience, link=link, looking=looking))
    settled_at = approval.settled_at or ports.clock()
    if isinstance(result, TryAgain) and ports.clock() - settled_at >= COPY_PATIENCE:
        return GivenUp(result.reason, kind=result.kind)
    return result


def too_early(approval: Approval, now: datetime) -> bool:
    """Return whether to wait a little, so that the message can tell whether the workflow has resumed."""
    settled_at = approval.settled_at or now
    return approval.callback is CallbackState.WAITING and now - settled_at < CALLBACK_PATIENCE
