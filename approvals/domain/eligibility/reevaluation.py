"""Reevaluate who may answer one approval now: by its policy, the directory, absences and reassignments.

Done before every change, so that a person who has left cannot answer, and the person in their seat can. Reviewers keep
their numbers, the seats of finished stages, and the seat in which they have answered in this stage.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.delegates import drop_principals, name_of, seat_delegates
from approvals.domain.eligibility.due_times import escalation_moments
from approvals.domain.eligibility.policy_members import People, Reach, Seating, reachable_addresses
from approvals.domain.eligibility.seats import SeatingPlan
from approvals.domain.model.approval import Approval, Reviewer, Seat
from approvals.domain.model.messages.undelivered import Undelivered
from approvals.domain.model.reasons import (
    IsRequester,
    Left,
    NoSeat,
    Reassigned,
    Replaced,
    SamePerson,
)  # fmt: skip


def with_current_reviewers(
    approval: Approval, *, people: People, now: datetime, members: Mapping[str, Seating] | None = None
) -> Approval:
    """Return the approval with the reviewers who may answer now; the same object if nothing changed.

    `members` are those of its policy, where they were just resolved.
    """
    directory, reach = people.directory, people.reach
    plan = SeatingPlan(approval, directory, members=members)
    _escalate(approval, plan)
    drop_principals(approval, plan)
    _reassign(approval, plan, directory)
    seat_delegates(approval, plan, directory, now)
    reviewers, recheck = _reviewers(approval, plan, directory, reach), _next_change(approval, plan, directory, now)
    undelivered = tuple(one for one in approval.undelivered if _still_fails(one, reviewers, reach))
    now_so = (reviewers, recheck, undelivered)
    if now_so == (approval.reviewers, approval.recheck_at, approval.undelivered):
        return approval
    return replace(approval, reviewers=reviewers, recheck_at=recheck, undelivered=undelivered)


def _still_fails(failure: Undelivered, reviewers: Sequence[Reviewer], reach: Reach) -> bool:
    """Return whether the reviewer still has the address, and its channel has not been set up since."""
    pair = (failure.channel, failure.address)
    return pair in reviewers[failure.reviewer].addresses and not (failure.kind == "absent" and reach.takes(*pair))


def is_current(approval: Approval, people: People) -> bool:
    """Return whether an evaluation would find the reviewers as they are. True is certain, False costs an evaluation.

    They were evaluated with the same people, and nothing else can change them: absences, reassignments and
    escalations, those of finished stages too, depend on time and on answers.
    """
    escalates = approval.escalated or any(stage.escalate for stage in approval.policy.stages[: approval.stage])
    if approval.people_fingerprint != people.fingerprint or approval.recheck_at or escalates:
        return False
    delegated = any(reviewer.instead_of or reviewer.extra for reviewer in approval.reviewers)
    return not (delegated or approval.actions.reassignments)


def _escalate(approval: Approval, plan: SeatingPlan) -> None:
    """Seat the people of escalations that were taken, beside the others or instead of those without an answer."""
    for _, step in escalation_moments(approval)[: approval.escalated] if approval.escalated else ():
        joining = {seating.person.id for seating in plan if (approval.stage, step) in seating.joins}
        replacing = approval.current_stage.escalate[step].mode == "replace"
        if replacing:
            for seating in plan:
                if seating.person.id not in joining:
                    plan.leave(seating.person.id, Replaced())
        for who in joining:
            plan.join(who, extra=not replacing)


def _reassign(approval: Approval, plan: SeatingPlan, directory: Directory) -> None:
    """Move the seats that reviewers have reassigned."""
    for reassignment in approval.actions.reassignments:
        giver, person = plan.holder(reassignment.reviewer), directory.person(reassignment.to)
        if person and giver:
            plan.move(giver, person, since=reassignment.stage, why_not=Reassigned(to=name_of(person)))


def _next_change(approval: Approval, plan: SeatingPlan, directory: Directory, now: datetime) -> datetime | None:
    """Return when a member or delegate next leaves or returns, while the approval may still be open."""
    absent = (seating.person for seating in plan if seating.person.away)
    people = (person for first in absent for person in directory.chain(first, now))
    changes = (person.next_change(now) for person in people)
    return min((at for at in changes if at and at < approval.latest_end), default=None)


def _reviewers(approval: Approval, plan: SeatingPlan, directory: Directory, reach: Reach) -> tuple[Reviewer, ...]:
    """Return the reviewers known before, in their order, then the new ones."""
    found = {plan.number(seating.person): seating for seating in plan}
    void = _void(approval, directory, excluded=plan.excluded)
    known = [
        replace(before, seats=_over(before, approval.stage), joins=(), extra=(), instead_of=(), why_not=void[number])
        if (number := before.number) in void
        else _kept(before, found.get(number), stage=approval.stage, answered=number in plan.answered, reach=reach)
        for before in approval.reviewers
    ]
    new = sorted(number for number in found if number >= len(known))
    known = [_worded_as_before(before, after) for before, after in zip(approval.reviewers, known, strict=True)]
    return (*known, *(_reviewer(found[number], number, found[number].person.id, reach) for number in new))


def _void(approval: Approval, directory: Directory, *, excluded: str | None) -> dict[int, NoSeat]:
    """Return the numbers of reviewers whose answers are void, with the reason.

    They turn out to be the requester, or the same person as another reviewer.
    """
    out: dict[int, NoSeat] = {}
    seen: set[str] = set()
    answered = approval.latest(approval.stage)
    for reviewer in sorted(approval.reviewers, key=lambda r: (r.number not in answered, r.number)):
        person = directory.person(reviewer.id)
        who = person.id if person else reviewer.id
        if who == excluded:
            out[reviewer.number] = IsRequester()
        elif who in seen:
            out[reviewer.number] = SamePerson()
        seen.add(who)
    return out


def _worded_as_before(before: Reviewer, after: Reviewer) -> Reviewer:
    """Keep a reason that an earlier release stored as a sentence, so that the upgrade alone changes no approval."""
    same = isinstance(before.why_not, str) and replace(after, why_not=before.why_not) == before
    return before if same else after


def _kept(before: Reviewer, seating: Seating | None, *, stage: int, answered: bool, reach: Reach) -> Reviewer:
    """Return a known reviewer with their current seats.

    Seats of finished stages stay, and so do those of this stage once they have answered.
    """
    over = _over(before, stage)
    if answered:
        here = tuple(seat for seat in before.seats if seat[0] == stage)
        later = tuple(seat for seat in seating.seats if seat[0] > stage) if seating else ()
        return replace(before, seats=over + here + later)  # they cannot use the later ones, but shares count them
    if seating is None:
        return replace(before, seats=over, joins=(), extra=(), instead_of=(), why_not=before.why_not or Left())
    now = _reviewer(seating, before.number, before.id, reach)
    seats = tuple(seat for seat in now.seats if seat[0] >= stage)
    return replace(now, seats=over + seats, why_not=None if seats else now.why_not)


def _over(reviewer: Reviewer, stage: int) -> tuple[Seat, ...]:
    """Return a reviewer's seats in the stages that are over."""
    return tuple(seat for seat in reviewer.seats if seat[0] < stage)


def _reviewer(seating: Seating, number: int, reviewer_id: str, reach: Reach) -> Reviewer:
    person, reached = seating.person, reachable_addresses(seating.person, reach)
    by: Literal["mail", "slack"] = "slack" if reached and reached[0][0] == "slack" else "mail"
    return Reviewer(
        number=number, id=reviewer_id, name=name_of(person), email=person.email, slack=person.slack,
        also=person.aliases, by=by,
        timezone=person.timezone, locale=person.locale, quiet_hours=person.quiet_hours, seats=seating.seats,
        joins=seating.joins, extra=seating.extra, instead_of=seating.instead_of, why_not=seating.why_not,
    )  # fmt: skip
