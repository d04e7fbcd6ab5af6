"""Notices: who is written to about one approval, by which channel, and when without waking them."""

from collections.abc import Iterable
from datetime import datetime

from approvals.domain.calendar.quiet_hours import QuietHours, wake
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.outgoing import Event, Message, Notice

REMINDED_AT = 1000
"""More than there are reminders or escalations in a stage: it keeps their numbers apart from those of other stages."""
_ASKING = ("asked", "reminded", "escalated")


def asked(
    approval: Approval, reviewers: Iterable[Reviewer], *, event: Event, count: int, now: datetime, shared: bool = True
) -> tuple[Message, ...]:
    """To these reviewers and, unless not `shared`, to the stage's channels, by what the approval's stage says."""
    stage = approval.current_stage
    people = personal(approval, () if stage.quiet else reviewers, event=event, count=count, now=now)
    return (*people, *(_shared(stage.notify, event=event, count=count) if shared else ()))


def settled(approval: Approval, now: datetime) -> tuple[Message, ...]:
    """To everybody who was asked, or for whom somebody else was, also whoever decided: they learn of it too.

    Whoever sat in quiet stages only was never written to, and is not now.
    """
    loud = [number for number, stage in enumerate(approval.policy.stages) if not stage.quiet]
    begun = [number for number in loud if number <= approval.stage]
    principals = {n for r in approval.reviewers if any(map(r.sits_in, loud)) for n in r.instead_of}
    people = [r for r in approval.reviewers if r.number in principals or any(map(r.sits_in, begun))]
    notices = personal(approval, people, event="settled", count=0, now=now)
    channels = (reference for stage in approval.policy.stages[: approval.stage + 1] for reference in stage.notify)
    return (*notices, *_shared(channels, event="settled", count=0))


def pointless(notice: Notice, approval: Approval) -> bool:
    """Nobody needs to be asked what is settled, what they have answered, or what is not theirs to answer any more: a
    notice may have waited for the morning. A reply is for whoever asked for it."""
    if notice.event in ("settled", "digest"):
        return False
    if not approval.pending or notice.event in ("refreshed", "replied") or notice.reviewer is None:
        return not approval.pending
    if notice.reviewer in approval.latest(approval.stage):
        return True
    sits = notice.reviewer in {reviewer.number for reviewer in approval.eligible}
    return notice.event in _ASKING and (not sits or _overtaken(notice, approval) or _asked_only_then(notice, approval))


def _overtaken(notice: Notice, approval: Approval) -> bool:
    """Whether a later one follows: of another stage, the next reminder, or the next on request (counted below zero)."""
    if notice.count < 0:
        return notice.event == "reminded" and -notice.count < approval.actions.reminder_version
    if notice.event == "asked":
        return notice.count < approval.stage
    stage, number = divmod(notice.count, REMINDED_AT)
    return stage < approval.stage or (notice.event == "reminded" and number < approval.reminded)


def _asked_only_then(notice: Notice, approval: Approval) -> bool:
    """Whether it reminds somebody who slept when they were asked, and is asked when they wake, which is now."""
    if notice.event != "reminded" or notice.not_before is None or notice.reviewer is None:
        return False
    sleeper = approval.reviewers[notice.reviewer]
    return not_before(approval, sleeper.quiet_hours, sleeper.timezone, approval.stage_since) == notice.not_before


def personal(
    approval: Approval, reviewers: Iterable[Reviewer], *, event: Event, count: int, now: datetime
) -> tuple[Message, ...]:
    """To where each of them is written to; at high risk also in their quiet hours."""
    return tuple(_to(approval, reviewer, event, count, now) for reviewer in reviewers if reviewer.addresses)


def _to(approval: Approval, reviewer: Reviewer, event: Event, count: int, now: datetime) -> Notice:
    channel, address = reviewer.addresses[0]
    return Notice(
        event=event, channel=channel, to=address, reviewer=reviewer.number, count=count,
        not_before=not_before(approval, reviewer.quiet_hours, reviewer.timezone, now),
    )  # fmt: skip


def not_before(approval: Approval, quiet: QuietHours | None, timezone: str | None, now: datetime) -> datetime | None:
    """The end of the quiet hours that somebody has then; at high risk nobody has any."""
    at = wake(quiet, timezone, now) if approval.content.risk != "high" else now
    return at if at > now else None


def _shared(references: Iterable[str], *, event: Event, count: int) -> Iterable[Notice]:
    """To channels that nobody answers for."""
    for channel, _, address in (reference.partition(":") for reference in dict.fromkeys(references)):
        yield Notice(event=event, channel=channel, to=address, count=count)
