"""Due times: when the durations of a policy end for one approval, in the hours of its calendar."""

from datetime import datetime
from itertools import accumulate

from approvals.domain.calendar.business_hours import Calendar, later, longer
from approvals.domain.model.approval import Approval
from approvals.domain.model.policy import Policy, Remind, Stage


def calendar_of(policy: Policy) -> Calendar | None:
    """Return the calendar of a policy whose calendar name was resolved before."""
    return policy.calendar if isinstance(policy.calendar, Calendar) else None


def reminder_moments(approval: Approval) -> tuple[datetime, ...]:
    """Return the times of this stage's reminders, in order."""
    calendar, since = calendar_of(approval.policy), approval.stage_since
    match approval.current_stage.remind:
        case None:
            return ()
        case Remind() as remind:
            return _repeated(remind, since, calendar)
        case moments:
            return tuple(sorted(later(calendar, since, after) for after in moments))


def escalation_moments(approval: Approval) -> list[tuple[datetime, int]]:
    """Return the times of this stage's escalations with their numbers; equal times keep the order written."""
    calendar, since = calendar_of(approval.policy), approval.stage_since
    steps = enumerate(approval.current_stage.escalate)
    return sorted((later(calendar, since, step.after), number) for number, step in steps)


def stage_end(policy: Policy, stage: Stage, *, since: datetime) -> datetime | None:
    """Return when a stage that began at `since` times out; None without a timeout of its own."""
    return later(calendar_of(policy), since, stage.timeout) if stage.timeout else None


def reminder_gaps(remind: Remind, calendar: Calendar | None) -> tuple[str, ...]:
    """Return the `Duration` before the first reminder, that from the first to the second, and so on."""
    gap = remind.every or remind.after
    return (remind.after, *(longer(calendar, gap, remind.backoff**n) for n in range(remind.times - 1)))


def _repeated(remind: Remind, since: datetime, calendar: Calendar | None) -> tuple[datetime, ...]:
    """Return the times of a repeated reminder; each gap is counted from the reminder before."""
    gaps = reminder_gaps(remind, calendar)
    return tuple(accumulate(gaps, lambda at, gap: later(calendar, at, gap), initial=since))[1:]
