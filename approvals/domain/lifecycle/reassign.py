"""Reassign a reviewer's seats, from the current stage on, to another person. The requester never gets one."""

from datetime import datetime

from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People, excluded_id, reachable_addresses
from approvals.domain.eligibility.reevaluation import with_current_reviewers
from approvals.domain.eligibility.satisfiability import shortage
from approvals.domain.lifecycle.actions import entitled, still_open
from approvals.domain.lifecycle.schedule import delegation_notices, new_reviewers, newly_asked_notices, next_version
from approvals.domain.model.action_state import Reassignment
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval, Change, Reviewer
from approvals.domain.model.errors import Refused
from approvals.domain.model.policy import stronger_than_link
from approvals.domain.model.reasons import (
    AnsweredAlready,
    OnBehalfForbidden,
    ReassignForbidden,
    ReassignNeedsOperator,
    TooManyReassignments,
)
from approvals.domain.problems import Invalid

MOST_REASSIGNMENTS = 50


def reassign(
    approval: Approval, *, reviewer: int, to: str, actor: Actor, people: People, now: datetime, operator: bool = False
) -> Change:
    """Give a reviewer's seats to somebody else.

    An operator may do so for anyone who has a seat now or later, even where the policy forbids it to reviewers.

    Raises AlreadySettled; Refused where the policy forbids it or this person has no seat to give; Invalid for a
    person who is unknown, excluded, or asked already.
    """
    giver = _giver(approval, reviewer, now, actor=actor, operator=operator)
    if len(approval.actions.reassignments) >= MOST_REASSIGNMENTS:
        raise Refused(TooManyReassignments(MOST_REASSIGNMENTS))
    taker = _taker(approval, to, people=people, operator=operator)
    after = _with_moved_seats(approval, giver, to, people=people, now=now)
    if shortage(after) and not shortage(approval):
        raise Invalid.at("to", f"with “{to}” in that place there would be too few people to approve it")
    note = actor.note("handedOver", {"from": giver.id, "to": taker.id}, at=now, reviewer_id=giver.id)
    messages = newly_asked_notices(after, now, before=approval)
    if operator or actor.on_behalf:
        messages += delegation_notices(after, now, before=approval)
    return Change(
        approval=next_version(after, now), note=note, messages=messages, reviewers=new_reviewers(approval, after)
    )


def may_reassign(approval: Approval, directory: Directory) -> bool:
    """Return whether the policy lets reviewers reassign their seats to anybody at all."""
    rule = approval.policy.reassign
    return _by_link(approval) and (rule == "anyone" or (rule == "known" and bool(directory.people)))


def _by_link(approval: Approval) -> bool:
    """Return whether a link is proof enough to answer.

    Else a person who finds a link could give the seat to somebody who can answer.
    """
    return not stronger_than_link(approval.policy.assurance)


def _giver(approval: Approval, reviewer: int, now: datetime, *, actor: Actor, operator: bool) -> Reviewer:
    """Return the reviewer who gives their seats: one of now or, for an operator, of a later stage."""
    still_open(approval, now)
    if not (operator or _by_link(approval)):
        raise Refused(ReassignNeedsOperator())
    later = operator and 0 <= reviewer < len(approval.reviewers) and _sits_later(approval, reviewer)
    person = approval.reviewers[reviewer] if later else entitled(approval, reviewer, now)
    if actor.on_behalf and not (operator or approval.policy.on_behalf):
        raise Refused(OnBehalfForbidden())
    if any(d.reviewer == reviewer for d in approval.decisions):
        raise Refused(AnsweredAlready())
    return person


def _sits_later(approval: Approval, reviewer: int) -> bool:
    return any(stage > approval.stage for stage, _ in approval.reviewers[reviewer].seats)


def _taker(approval: Approval, to: str, *, people: People, operator: bool) -> Person:
    directory, rule = people.directory, approval.policy.reassign
    if not operator and rule == "nobody":
        raise Refused(ReassignForbidden())
    person = directory.person(to)
    if not operator and rule == "known" and (person is None or person.id not in directory.people):
        raise Invalid.at("to", f"“{to}” is not among the people who are known here, and the policy takes nobody else")
    if person is None:
        raise Invalid.at("to", f"“{to}” is neither an address nor a known person")
    if person.id == excluded_id(approval.policy, directory, approval.content.requester):
        raise Invalid.at("to", f"“{to}” asks for it, and so may not answer")
    if not reachable_addresses(person, people.reach):
        raise Invalid.at("to", f"“{to}” has no address that can be written to here")
    there = next((r for r in map(approval.reviewer, person.references) if r), None)
    if there and there in approval.eligible:
        raise Invalid.at("to", f"“{to}” is asked already")
    if there and any(d.reviewer == there.number for d in approval.decisions):
        raise Invalid.at("to", f"“{to}” has answered already, and one person counts once")
    return person


def _with_moved_seats(approval: Approval, giver: Reviewer, to: str, *, people: People, now: datetime) -> Approval:
    """Return the approval with the seats moved. Raises Invalid if nobody who could answer has them then."""
    owners = dict.fromkeys((*giver.instead_of, giver.number))  # a delegate has only the seats of others
    given = tuple(Reassignment(reviewer=number, to=to, stage=approval.stage) for number in owners)
    actions = replace(approval.actions, reassignments=(*approval.actions.reassignments, *given))
    after = with_current_reviewers(replace(approval, actions=actions), people=people, now=now)
    takers = [r for r in after.reviewers if r.seats and r.number != giver.number]
    if not any(owners.keys() & set(r.instead_of) for r in takers):
        raise Invalid.at("to", f"“{to}” is away, and nobody answers for them")
    return after
