"""Reports about mails that were sent: a mail that came back counts as one that was refused."""

import logging
from datetime import timedelta

from msgspec.structs import replace

from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.messages.undelivered import MailReport
from approvals.flows.delivery.unreachable import Attempted, store_arrival, store_failures
from approvals.flows.ports import Ports

CLOSING = timedelta(minutes=2)
"""A report may arrive before the mail's result is stored, in which its receipt is."""

log = logging.getLogger(__name__)


def record_mail_report(ports: Ports, report: MailReport) -> bool:
    """Record a report for each notice of the mail. False: its mail is not known yet, try again later."""
    found = ports.outbox.sent_with(report.receipt)
    if not found:
        soon = ports.clock() - report.sent_at < CLOSING
        log.debug("no such mail was sent from here", extra={"event": "mail.unknown", "kind": report.kind})
        return not soon
    for approval_id, notice in found:
        _record(ports, approval_id, notice, report)
    return True


def _record(ports: Ports, approval_id: str, notice: Notice, report: MailReport) -> None:
    approval = ports.store.get(approval_id)
    reviewer = approval.addressee(notice.audience)
    if reviewer is None or not isinstance(notice.audience, ForReviewer):
        facts = {"event": f"mail.{report.kind}", "approval_id": approval_id}
        log.log(logging.INFO if report.kind == "delivered" else logging.WARNING, "a mail was reported on", extra=facts)
        return
    address = notice.to if notice.channel == "mail" else reviewer.email or ""  # sent by mail instead of in Slack
    mailed = replace(notice, channel="mail", to=address)
    if report.kind == "delivered":
        store_arrival(ports, approval, mailed, kinds=("refused", "bounced"))
    else:
        failed = Attempted("mail", address, GivenUp(report.reason, recipient=True, kind="refused"))
        store_failures(ports, approval_id, mailed, [failed], kind=report.kind)
