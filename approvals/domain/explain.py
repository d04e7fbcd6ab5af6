"""Explaining: what a submission would set in motion, in words and moments. Opened as a real one; nothing is kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from approvals.domain import sentences
from approvals.domain.approval import Approval, Reviewer
from approvals.domain.directory import Directory
from approvals.domain.opening import Terms, open_approval
from approvals.domain.policy import escalations, reminders
from approvals.domain.submission import Submission
from approvals.domain.values import Value


class Asked(Value, frozen=True, kw_only=True, omit_defaults=False):
    """Somebody who would be asked: by which channel, and when."""

    id: str
    name: str
    by: str
    when: str


class Moment(Value, frozen=True, kw_only=True, omit_defaults=False):
    """Something that happens by itself: `at` a moment, or `after` something of which nobody knows when it will be."""

    step: int | None = None
    at: datetime | None = None
    after: str | None = None
    what: str


class Explanation(Value, frozen=True, kw_only=True, omit_defaults=False):
    """What would happen, in sentences, and the same as values."""

    text: tuple[str, ...]
    reviewers: tuple[Asked, ...]
    timeline: tuple[Moment, ...]
    deadline: datetime


def explain(submission: Submission, *, directory: Directory, terms: Terms, now: datetime) -> Explanation:
    """What would happen if this were submitted now. Raises Invalid with every fault, as submitting it would."""
    opened = open_approval(
        submission, approval_id="", callback_id="", caller="", directory=directory, terms=terms, now=now
    )
    approval = opened.approval
    end = sentences.end(approval, state_timeout=submission.timeout_seconds)
    time_up = Moment(at=approval.deadline, what=f"Time is up: {sentences.time_up(approval)}")
    return Explanation(
        text=(*sentences.steps(approval), *sentences.rules(approval), *end),
        reviewers=tuple(_asked(approval, reviewer) for reviewer in approval.reviewers),
        timeline=(*_timeline(approval), time_up),
        deadline=approval.deadline,
    )


def _timeline(approval: Approval) -> Iterator[Moment]:
    for number, stage in enumerate(approval.policy.stages):
        yield _moment(approval, number, timedelta(0), f"{sentences.turn(approval, number)}.")
        steps = enumerate(escalations(stage))
        due = [(after, sentences.escalated(approval, number=number, step=step)) for step, after in steps]
        due += [(after, f"{sentences.reminded(stage)}.") for after in sorted(set(reminders(stage)))]
        for after, what in sorted(due, key=lambda pair: pair[0]):
            if sentences.in_time(approval, after):
                yield _moment(approval, number, after, what)


def _moment(approval: Approval, number: int, after: timedelta, what: str) -> Moment:
    """In the first step everything has its moment; a later one begins when the one before it is done."""
    if number == 0:
        return Moment(step=1, at=approval.created_at + after, what=what)
    begin = f"{sentences.span(after)} after step {number + 1} begins" if after else f"step {number} is done"
    return Moment(step=number + 1, after=begin, what=what)


def _asked(approval: Approval, reviewer: Reviewer) -> Asked:
    stages = approval.policy.stages
    first = min(reviewer.seats, default=None)
    if first is None:
        number, step = min(reviewer.joins)
        when = (
            f"{sentences.span(escalations(stages[number])[step])} after step {number + 1} begins, if it is still open"
        )
    else:
        when = f"when step {first[0]} is done" if first[0] else "at once"
    return Asked(id=reviewer.id, name=reviewer.name, by=reviewer.addresses[0][0], when=when)
