"""Notices: who is written to about one approval, by which channel, and when without waking them."""

from collections.abc import Iterable
from datetime import datetime

from approvals.domain.approval import Approval, Reviewer
from approvals.domain.messages import Event, Message, Notice
from approvals.domain.quiet import wake


def asked(
    approval: Approval, reviewers: Iterable[Reviewer], *, event: Event, count: int, now: datetime, shared: bool = True
) -> tuple[Message, ...]:
    """To these reviewers and, unless not `shared`, to the stage's channels, by what the approval's stage says."""
    stage = approval.current_stage
    people = () if stage.quiet else reviewers
    personal = (personal_notice(approval, reviewer, event=event, count=count, now=now) for reviewer in people)
    channels = _shared(stage.notify, event=event, count=count) if shared else ()
    return (*(notice for notice in personal if notice), *channels)


def settled(approval: Approval, now: datetime) -> tuple[Message, ...]:
    """To everybody who was asked, or for whom somebody else was, also whoever decided: they learn of it too."""
    stages = approval.policy.stages[: approval.stage + 1]
    principals = {number for reviewer in approval.reviewers for number in reviewer.instead_of}
    people = [
        r for r in approval.reviewers if r.number in principals or any(seat[0] <= approval.stage for seat in r.seats)
    ]
    quiet = all(stage.quiet for stage in stages)
    personal = (personal_notice(approval, r, event="settled", count=0, now=now) for r in ([] if quiet else people))
    references = tuple(dict.fromkeys(reference for stage in stages for reference in stage.notify))
    return (*(notice for notice in personal if notice), *_shared(references, event="settled", count=0))


def pointless(notice: Notice, approval: Approval) -> bool:
    """Nobody needs to be asked what is settled, or what they have answered. A reply is for whoever asked for it."""
    if notice.event in ("settled", "digest"):
        return False
    answered = notice.event not in ("refreshed", "replied") and notice.reviewer in approval.latest(approval.stage)
    return not approval.pending or answered


def personal_notice(
    approval: Approval, reviewer: Reviewer, *, event: Event, count: int, now: datetime
) -> Notice | None:
    """To where this person is written to; at high risk also in their quiet hours."""
    if not reviewer.addresses:
        return None
    channel, address = reviewer.addresses[0]
    at = now
    if reviewer.quiet_hours and approval.content.risk != "high":
        at = wake(reviewer.quiet_hours, reviewer.timezone, now)
    return Notice(
        event=event, channel=channel, to=address, reviewer=reviewer.number, count=count,
        not_before=at if at > now else None,
    )  # fmt: skip


def _shared(references: Iterable[str], *, event: Event, count: int) -> Iterable[Notice]:
    """To channels that nobody answers for."""
    for channel, _, address in (reference.partition(":") for reference in dict.fromkeys(references)):
        yield Notice(event=event, channel=channel, to=address, count=count)
