"""Fresh links: send a new link to an approval or an inbox, in place of one that has expired."""

from datetime import datetime, timedelta

import msgspec

from approvals.domain.eligibility.reachability import reached
from approvals.domain.lifecycle.notices import pointless, requester_notice
from approvals.domain.model.approval import Approval, Change, Note
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer, Holder
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import InboxRefreshed, LinkRefreshed
from approvals.flows.inbox import able_reviewer, names_of, reviewer_and_address, waiting
from approvals.flows.ports import Ports

FRESH_LINK_EVERY = timedelta(minutes=5)
"""The length of a window; windows begin at full multiples of it, for all processes alike."""


def refresh_inbox(ports: Ports, approval_id: str, *, reviewer: int) -> bool:
    """Send a reviewer the list of their pending approvals, if any wait, at most once in each window."""
    _, address = reviewer_and_address(ports, approval_id, reviewer)
    line = next((line for _, line in waiting(ports, names_of(ports.directory, address)) if line), None)
    if line is None:
        return False
    with ports.store.transaction() as tx:
        approval, now = tx.approval(line.approval.id), ports.clock()
        notice = Notice(
            about=InboxRefreshed(_window(now)), channel="mail", to=address, audience=ForReviewer(line.reviewer)
        )
        if not approval.pending or tx.queued(approval.id, notice):
            return False
        note = Note(event="link.refreshed", at=now, actor=approval.reviewers[line.reviewer].id)
        after = msgspec.structs.replace(reached(approval, line.reviewer), version=approval.version + 1)
        tx.apply([Change(approval=after, note=note, messages=(notice,))])
    ports.wake()
    return True


def refresh_link(ports: Ports, approval_id: str, *, holder: Holder) -> bool:
    """Send a link to the holder's own address, at most once in each window."""
    with ports.store.transaction() as tx:
        approval, now = tx.approval(approval_id), ports.clock()
        if isinstance(holder, ForReviewer):  # they ask for it on the page, so they can be reached
            approval = reached(approval, holder.number)
        notice = _fresh(ports, approval, holder, LinkRefreshed(_window(now))) if approval.pending else None
        if notice is None or tx.queued(approval_id, notice):
            return False
        reviewer = approval.addressee(holder)
        actor = reviewer.id if reviewer else approval.content.requester or ""
        note = Note(event="link.refreshed", at=now, actor=actor)
        after = msgspec.structs.replace(approval, version=approval.version + 1)
        tx.apply([Change(approval=after, note=note, messages=(notice,))])
    ports.wake()
    return True


def send_own_link(ports: Ports, approval_id: str, *, address: str) -> bool:
    """Send the reviewer with this address their link, if they may answer, at most once in each window.

    It goes to the mail address that the approval has for them. Anybody with the channel's link may ask for it, so it
    proves nothing: addresses that failed, or whose owner complained, stay as they are.
    """
    with ports.store.transaction() as tx:  # for strangers, too: both take the same reads
        approval, now = tx.approval(approval_id), ports.clock()
        reviewer = able_reviewer(ports, approval, address)
        if reviewer is None or reviewer.email is None:
            return False
        audience = ForReviewer(reviewer.number)
        notice = Notice(about=LinkRefreshed(_window(now)), channel="mail", to=reviewer.email, audience=audience)
        if pointless(notice, approval) or tx.queued(approval_id, notice):
            return False
        note = Note(event="link.refreshed", at=now, actor="channel", facts={"for": reviewer.id})
        after = msgspec.structs.replace(approval, version=approval.version + 1)
        tx.apply([Change(approval=after, note=note, messages=(notice,))])
    ports.wake()
    return True


def _fresh(ports: Ports, approval: Approval, holder: Holder, about: LinkRefreshed) -> Notice | None:
    """Return the notice for the holder; a requester gets one only if they were written to before."""
    match holder:
        case ForRequester():
            written_to = bool(approval.actions.questions)
            return requester_notice(approval, ports.people, about=about) if written_to else None
        case ForReviewer(number):
            if number >= len(approval.reviewers):
                return None
            channel, address = approval.reviewers[number].addresses[0]
            return Notice(about=about, channel=channel, to=address, audience=holder)
        case ForChannel():
            return None


def _window(now: datetime) -> int:
    """Return the number of the window of FRESH_LINK_EVERY in which this moment lies."""
    return int(now.timestamp() / FRESH_LINK_EVERY.total_seconds())
