"""refresh_inbox: the list of what waits for a person, sent anew because their link to it is too old."""

import msgspec

from approvals.domain.model.approval import Change, Note
from approvals.domain.model.messages import Notice
from approvals.flows.decide import FRESH_LINK_EVERY
from approvals.flows.inbox import names_of, waiting, whose
from approvals.flows.ports import Ports


def refresh_inbox(ports: Ports, approval_id: str, *, reviewer: int) -> bool:
    """Sends the list anew, to the address of that reviewer only; rarely, and where anything waits."""
    _, address = whose(ports, approval_id, reviewer)
    line = next((line for _, line in waiting(ports, names_of(ports.directory, address)) if line), None)
    if line is None:
        return False
    with ports.store.transaction() as tx:
        approval, now = tx.approval(line.approval.id), ports.clock()
        window = int(now.timestamp() / FRESH_LINK_EVERY.total_seconds())
        notice = Notice(event="digest", channel="mail", to=address, reviewer=line.reviewer, count=window)
        if not approval.pending or tx.queued(approval.id, notice):
            return False
        note = Note(event="link.refreshed", at=now, actor=approval.reviewers[line.reviewer].id)
        after = msgspec.structs.replace(approval, version=approval.version + 1)
        tx.apply([Change(approval=after, note=note, messages=(notice,))])
    ports.wake()
    return True
