"""Notices: the recipients of a message about one approval, their channel, and the end of their quiet hours."""

from collections.abc import Iterable
from datetime import datetime

from approvals.domain.calendar.quiet_hours import QuietHours, end_of_quiet_hours
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Message, Notice
from approvals.domain.model.messages.topics import (
    Asked,
    AskedAgain,
    AskingTopic,
    Escalated,
    InboxRefreshed,
    LinkRefreshed,
    Reminded,
    RemindedNow,
    Replied,
    Settled,
    Topic,
)


def asked_notices(
    approval: Approval, reviewers: Iterable[Reviewer], *, about: Topic, now: datetime, shared: bool = True
) -> tuple[Message, ...]:
    """Return notices to these reviewers and, if `shared`, to the channels of the current stage."""
    stage = approval.current_stage
    people = personal_notices(approval, () if stage.quiet else reviewers, about=about, now=now)
    return (*people, *(_shared(stage.notify, about=about) if shared else ()))


def settled_notices(approval: Approval, now: datetime) -> tuple[Message, ...]:
    """Return notices of the outcome to all who were asked, their principals, and those who decided.

    Reviewers of quiet stages only were never written to, and get no notice of the outcome either.
    """
    loud = [number for number, stage in enumerate(approval.policy.stages) if not stage.quiet]
    begun = [number for number in loud if number <= approval.stage]
    principals = {n for r in approval.reviewers if any(map(r.sits_in, loud)) for n in r.instead_of}
    people = [r for r in approval.reviewers if r.number in principals or any(map(r.sits_in, begun))]
    notices = personal_notices(approval, people, about=Settled(), now=now)
    channels = (reference for stage in approval.policy.stages[: approval.stage + 1] for reference in stage.notify)
    return (*notices, *_shared(channels, about=Settled()))


def pointless(notice: Notice, approval: Approval) -> bool:
    """Return whether a queued notice need not be sent any more.

    A notice may have waited for the end of quiet hours: by then the approval may be settled, or the reviewer may have
    answered or lost the seat.
    """
    if isinstance(notice.about, Settled | InboxRefreshed):
        return False
    if not approval.pending or isinstance(notice.about, LinkRefreshed | Replied):
        return not approval.pending
    match notice.audience:
        case ForChannel() | ForRequester():
            return False
        case ForReviewer(number):
            return _unneeded(notice, approval, approval.reviewers[number])


def _unneeded(notice: Notice, approval: Approval, reviewer: Reviewer) -> bool:
    """Return whether this reviewer has answered, may no longer answer, or gets a later notice."""
    if reviewer.number in approval.latest(approval.stage):
        return True
    if not isinstance(notice.about, AskingTopic):
        return False
    return (
        reviewer not in approval.eligible
        or _overtaken(notice.about, approval)
        or _asked_only_then(notice, approval, sleeper=reviewer)
    )


def _overtaken(about: AskingTopic, approval: Approval) -> bool:
    """Return whether a later notice follows: of another stage, the next reminder, or the next on request."""
    match about:
        case Asked(stage) | Escalated(stage):
            return stage < approval.stage
        case AskedAgain():
            return False
        case Reminded(stage, number):
            return stage < approval.stage or number < approval.reminded
        case RemindedNow(version):
            return version < approval.actions.reminder_version


def _asked_only_then(notice: Notice, approval: Approval, *, sleeper: Reviewer) -> bool:
    """Return whether this reminder would arrive together with the first notice, both held by quiet hours."""
    if not isinstance(notice.about, Reminded | RemindedNow) or notice.not_before is None:
        return False
    return not_before(approval, sleeper.quiet_hours, sleeper.timezone, approval.stage_since) == notice.not_before


def personal_notices(
    approval: Approval, reviewers: Iterable[Reviewer], *, about: Topic, now: datetime
) -> tuple[Message, ...]:
    """Return a notice for each reviewer, to their first address."""
    return tuple(_to(approval, reviewer, about, now) for reviewer in reviewers if reviewer.addresses)


def _to(approval: Approval, reviewer: Reviewer, about: Topic, now: datetime) -> Notice:
    channel, address = reviewer.addresses[0]
    return Notice(
        about=about, channel=channel, to=address, audience=ForReviewer(reviewer.number),
        not_before=not_before(approval, reviewer.quiet_hours, reviewer.timezone, now),
    )  # fmt: skip


def not_before(approval: Approval, quiet: QuietHours | None, timezone: str | None, now: datetime) -> datetime | None:
    """Return the end of a person's quiet hours, if it is in them now; high risk ignores them."""
    at = end_of_quiet_hours(quiet, timezone, now) if approval.content.risk != "high" else now
    return at if at > now else None


def _shared(references: Iterable[str], *, about: Topic) -> Iterable[Notice]:
    """Yield notices to channels, from which nobody answers."""
    for channel, _, address in (reference.partition(":") for reference in dict.fromkeys(references)):
        yield Notice(about=about, channel=channel, to=address)
