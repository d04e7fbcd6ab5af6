"""Moments: when the durations of a policy are over for one approval, in the hours of its calendar."""

from datetime import datetime
from itertools import accumulate

from approvals.domain.calendar.business_hours import Calendar, later, longer
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import Policy, Remind, Stage


def calendar_of(policy: Policy) -> Calendar | None:
    """The calendar of a policy whose name of one was looked up already."""
    return policy.calendar if isinstance(policy.calendar, Calendar) else None


def reminder_moments(approval: Approval) -> tuple[datetime, ...]:
    """When this stage's reminders are due, in order."""
    calendar, since = calendar_of(approval.policy), approval.stage_since
    match approval.current_stage.remind:
        case None:
            return ()
        case Remind() as remind:
            return _repeated(remind, since, calendar)
        case moments:
            return tuple(sorted(later(calendar, since, after) for after in moments))


def escalation_moments(approval: Approval) -> list[tuple[datetime, int]]:
    """When this stage's escalations are due, with their numbers; those of one moment stay in the order written."""
    calendar, since = calendar_of(approval.policy), approval.stage_since
    steps = enumerate(approval.current_stage.escalate)
    return sorted((later(calendar, since, step.after), number) for number, step in steps)


def stage_end(policy: Policy, stage: Stage, *, since: datetime) -> datetime | None:
    """When the time of a stage that began then is up, if it has a time of its own."""
    return later(calendar_of(policy), since, stage.timeout) if stage.timeout else None


def reminder_gaps(remind: Remind, calendar: Calendar | None) -> tuple[str, ...]:
    """The `Duration` before the first reminder, that from the first to the second, and so on."""
    gap = remind.every or remind.after
    return (remind.after, *(longer(calendar, gap, remind.backoff**n) for n in range(remind.times - 1)))


def _repeated(remind: Remind, since: datetime, calendar: Calendar | None) -> tuple[datetime, ...]:
    """Each is counted from the one before."""
    gaps = reminder_gaps(remind, calendar)
    return tuple(accumulate(gaps, lambda at, gap: later(calendar, at, gap), initial=since))[1:]
