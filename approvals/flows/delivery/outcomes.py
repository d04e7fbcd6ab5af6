"""Outcomes: several outcomes for one person as one message; a mail is in the thread of the digest that asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest

from approvals.domain.lifecycle.digest import MOST_LINES, OutcomeDigest, OutcomeLine, importance, mailbox
from approvals.domain.model.messages.audience import ForChannel
from approvals.domain.model.records import Leased
from approvals.flows.delivery.digests import Sorted, address_of, key_of, read_notices
from approvals.flows.delivery.notices import too_early
from approvals.flows.ports import Ports


def outcomes_of(ports: Ports, leased: Sequence[Leased]) -> tuple[OutcomeDigest, Sorted]:
    """Return the outcomes for one recipient, and their notices sorted. Those of workflows not told yet are left out."""
    found, now = Sorted(), ports.clock()
    lines: dict[str, OutcomeLine] = {}
    for one, notice, approval in read_notices(ports, leased):
        if approval is None:
            found.unreadable.add(id(one))
        elif too_early(approval, now):
            found.early.add(id(one))
        elif not isinstance(notice.audience, ForChannel):
            found.needed.add(id(one))
            link = ports.links.url(approval.id, notice.audience, now=now)
            lines.setdefault(approval.id, OutcomeLine(approval, link))
    needed = [one for one in leased if id(one) in found.needed]
    return _digest(ports, lines.values(), to=address_of(leased), key=key_of(needed)), found


def _digest(ports: Ports, lines: Iterable[OutcomeLine], *, to: str, key: str) -> OutcomeDigest:
    """Keep the most important lines, and count them all by their status."""
    by_status = Counter(line.approval.status for line in lines)
    first = tuple(nsmallest(MOST_LINES, lines, key=importance))
    return OutcomeDigest(
        to=to, lines=first, count=by_status.total(), by_status=tuple(sorted(by_status.items())), key=key,
        thread=_thread(ports, [line.approval.id for line in first], to=to),
    )  # fmt: skip


def _thread(ports: Ports, approval_ids: Sequence[str], *, to: str) -> str | None:
    """Return the receipt of the mail that asked about most of them, if it was a digest: about two at least."""
    receipts = Counter(ports.outbox.asked_by(approval_ids, recipient=mailbox(to)).values())
    return next((receipt for receipt, count in receipts.most_common(1) if count > 1), None)
