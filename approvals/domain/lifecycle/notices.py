"""Notices: the recipients of a message about one approval, their channel, and the end of their quiet hours."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from approvals.domain.calendar.quiet_hours import QuietHours, end_of_quiet_hours
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People, reachable_addresses
from approvals.domain.eligibility.reachability import is_barred, writable_address
from approvals.domain.model.approval import ON_BEHALF, Approval, Change, Decision, Reviewer, Status
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Message, Notice
from approvals.domain.model.messages.topics import (
    AnsweredForYou,
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


def settled_notices(approval: Approval, now: datetime, *, decision: Decision | None = None) -> tuple[Message, ...]:
    """Return notices of the outcome to all who were asked, their principals, and those who answered earlier.

    The reviewer whose own answer settled it (`decision`) has just read the outcome. Reviewers of quiet stages only were
    never written to, and get no notice of the outcome either.
    """
    settled_by = decision.reviewer if decision and decision.own else None
    loud = [number for number, stage in enumerate(approval.policy.stages) if not stage.quiet]
    begun = [number for number in loud if number <= approval.stage]
    principals = {n for r in approval.reviewers if any(map(r.sits_in, loud)) for n in r.instead_of}
    told = [r for r in approval.reviewers if r.number in principals or any(map(r.sits_in, begun))]
    people = [r for r in told if r.number != settled_by]
    notices = personal_notices(approval, people, about=Settled(), now=now)
    channels = (reference for stage in approval.policy.stages[: approval.stage + 1] for reference in stage.notify)
    return (*notices, *_shared(channels, about=Settled()))


def answered_for_notices(approval: Approval, reviewer: Reviewer) -> tuple[Message, ...]:
    """Return the notice that somebody answered for this reviewer, also in quiet stages and at once in quiet hours."""
    about = AnsweredForYou(approval.version)
    return tuple(
        Notice(about=about, channel=channel, to=address, audience=ForReviewer(reviewer.number))
        for channel, address in reviewer.addresses[:1]
    )


def pointless(notice: Notice, approval: Approval) -> bool:
    """Return whether a queued notice need not be sent any more.

    A notice may have waited for the end of quiet hours: by then the approval may be settled, or the reviewer may have
    answered or lost the seat, or complained about mail to this address.
    """
    if isinstance(notice.audience, ForReviewer) and is_barred(
        approval, notice.audience.number, notice.channel, notice.to
    ):
        return True
    if isinstance(notice.about, Settled | InboxRefreshed):
        return False
    if isinstance(notice.about, AnsweredForYou) and isinstance(notice.audience, ForReviewer):
        latest = approval.latest().get(notice.audience.number)
        return latest is None or latest.own
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
    """Return a notice for each reviewer who may be written to, to their first address at which messages arrive."""
    found = ((reviewer, writable_address(approval, reviewer)) for reviewer in reviewers)
    return tuple(_to(approval, reviewer, address, about, now) for reviewer, address in found if address)


def _to(approval: Approval, reviewer: Reviewer, to: tuple[str, str], about: Topic, now: datetime) -> Notice:
    channel, address = to
    return Notice(
        about=about, channel=channel, to=address, audience=ForReviewer(reviewer.number),
        not_before=not_before(approval, reviewer.quiet_hours, reviewer.timezone, now),
    )  # fmt: skip


def requester_notice(approval: Approval, people: People, *, about: Topic, now: datetime | None = None) -> Notice | None:
    """Return a notice to the requester; None if they cannot be reached. With `now` it waits for their quiet hours."""
    person = requester_of(approval, people.directory)
    if person is None or not (addresses := reachable_addresses(person, people.reach)):
        return None
    channel, address = addresses[0]
    later = not_before(approval, person.quiet_hours, person.timezone, now) if now else None
    return Notice(about=about, channel=channel, to=address, audience=ForRequester(), not_before=later)


def with_requester_told(change: Change, *, people: People) -> Change:
    """Return the change with a notice of the outcome to the requester, if it settles the approval and they are told."""
    approval = change.approval
    asks = requester_of(approval, people.directory)
    if approval.pending or not approval.policy.tell_requester or asks is None or _knows(change, asks):
        return change
    notice = requester_notice(approval, people, about=Settled(), now=change.note.at)
    return replace(change, messages=(*change.messages, notice)) if notice else change


def _knows(change: Change, asks: Person) -> bool:
    """Return whether the requester knows the outcome without this notice.

    They withdrew the approval, settled it by their own answer, or are told already. A superseded approval has no
    outcome of its own: the newer one will have it.
    """
    withdrew = change.note.event == "withdrawn" and change.note.facts.get("via") not in ON_BEHALF
    audiences = [message.audience for message in change.messages if isinstance(message, Notice)]
    if withdrew or change.approval.status is Status.SUPERSEDED or ForRequester() in audiences:
        return True
    knowing = {audience.number for audience in audiences if isinstance(audience, ForReviewer)}
    knowing |= {change.decision.reviewer} if change.decision and change.decision.own else set()
    names = frozenset(asks.references)
    return any(names & change.approval.reviewers[number].references for number in knowing)


def requester_of(approval: Approval, directory: Directory) -> Person | None:
    """Return the requester, as the directory knows them or by the address that was submitted."""
    requester = approval.content.requester
    return directory.person(requester) if requester else None


def requester_addresses(approval: Approval, people: People) -> tuple[tuple[str, str], ...]:
    """Return the requester's (channel, address) pairs, the preferred one first."""
    person = requester_of(approval, people.directory)
    return reachable_addresses(person, people.reach) if person else ()


def not_before(approval: Approval, quiet: QuietHours | None, timezone: str | None, now: datetime) -> datetime | None:
    """Return the end of a person's quiet hours, if it is in them now; high risk ignores them."""
    if quiet is None or approval.content.risk == "high":
        return None
    at = end_of_quiet_hours(quiet, timezone, now)
    return at if at > now else None


def _shared(references: Iterable[str], *, about: Topic) -> Iterable[Notice]:
    """Yield notices to channels, from which nobody answers."""
    for channel, _, address in (reference.partition(":") for reference in dict.fromkeys(references)):
        yield Notice(about=about, channel=channel, to=address)
