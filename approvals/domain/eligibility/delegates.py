"""Delegates: who answers for a reviewer who is away, and what becomes of the seats once they have answered."""

from datetime import datetime

from approvals.domain.calendar.absence import back
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.seats import SeatingPlan
from approvals.domain.model.approval import Approval
from approvals.domain.model.reasons import AnsweredBy, AwayPastDeadline, AwayWithDelegate


def seat_delegates(approval: Approval, plan: SeatingPlan, directory: Directory, now: datetime) -> None:
    """Move the seats of absent people to their delegates.

    Without a delegate, a person who returns before the deadline keeps their seats.
    """
    for seating in plan:
        away = seating.person.away_at(now)
        if away is None or not seating.seats:
            continue
        who, until = seating.person.id, back(away, seating.person.timezone)
        person = directory.stand_in(seating.person, now)
        if person and person.id != plan.excluded:
            delegated = AwayWithDelegate(until=until, delegate=name_of(person))
            plan.move(who, person, since=approval.stage, why_not=delegated, unless_answered=True)
        elif until >= approval.ends_at:
            plan.leave(who, AwayPastDeadline(until=until), also_later=True)


def drop_principals(approval: Approval, plan: SeatingPlan) -> None:
    """Drop the principals' own seats once their delegate has answered; keep the seats delegated to them."""
    for reviewer in approval.reviewers:
        if reviewer.number in plan.answered:
            for who in filter(None, map(plan.holder, reviewer.instead_of)):
                plan.leave(who, AnsweredBy(name=reviewer.name))


def name_of(person: Person) -> str:
    """Return the name by which others know a person."""
    return person.name or person.id
