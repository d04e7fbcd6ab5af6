"""Schedule: when something happens by itself, and what. Only the sweep calls `advance`."""

from datetime import datetime, timedelta

import msgspec

from approvals.domain.approval import Approval, Change, Note, Reviewer
from approvals.domain.messages import Event, Message, Notice
from approvals.domain.policy import escalations, reminders
from approvals.domain.settling import expire


def next_action(approval: Approval) -> datetime:
    """The next moment at which something is due: a reminder, an escalation or the deadline."""
    stage = approval.current_stage
    moments = [approval.deadline]
    moments += [approval.stage_since + after for after in reminders(stage)[approval.reminded :][:1]]
    moments += [approval.stage_since + after for after in _open_escalations(approval)[:1]]
    return min(moments)


def advance(approval: Approval, now: datetime) -> Change | None:
    """The one thing that is due next, or None. What was missed while nobody swept happens once, not many times."""
    if not approval.pending or approval.next_action_at is None or now < approval.next_action_at:
        return None
    if now >= approval.deadline:
        return expire(approval, now)
    open_steps = _open_escalations(approval)
    if open_steps and approval.stage_since + open_steps[0] <= now:
        return escalate(approval, now)
    return remind(approval, now)


def asked(approval: Approval, reviewers: tuple[Reviewer, ...], event: Event, count: int) -> tuple[Message, ...]:
    """Notices to these reviewers and to the stage's channels, by what the approval's stage says."""
    stage = approval.current_stage
    people = () if stage.quiet else reviewers
    personal = [
        Notice(event=event, channel=channel, to=address, reviewer=reviewer.number, count=count)
        for reviewer in people
        for channel, address in reviewer.addresses[:1]
    ]
    shared = [
        Notice(event=event, channel=channel, to=address, count=count)
        for channel, _, address in (reference.partition(":") for reference in dict.fromkeys(stage.notify))
    ]
    return (*personal, *shared)


def remind(approval: Approval, now: datetime) -> Change:
    """Writes again to those who have not answered. Several reminders missed are one."""
    due = sum(approval.stage_since + after <= now for after in reminders(approval.current_stage))
    answered = approval.latest(approval.stage)
    waiting = tuple(r for r in approval.eligible if r.number not in answered)
    after = _moved(approval, reminded=due)
    note = Note(event="reminded", at=now, actor="schedule", facts={"reviewers": [r.id for r in waiting]})
    count = approval.stage * 1000 + due
    return Change(approval=after, note=note, messages=asked(after, waiting, "reminded", count))


def escalate(approval: Approval, now: datetime) -> Change:
    """Lets the people of the next due step answer too, or instead of those who sit in this stage."""
    order = _escalation_order(approval)
    step = order[approval.escalated]
    mode = approval.current_stage.escalate[step].mode
    joining = {r.number for r in approval.reviewers if (approval.stage, step) in r.joins}
    reviewers = tuple(_reseated(r, approval, joining, replace=mode == "replace") for r in approval.reviewers)
    after = _moved(approval, reviewers=reviewers, escalated=approval.escalated + 1)
    new = tuple(r for r in reviewers if r.number in joining)
    note = Note(event="escalated", at=now, actor="schedule", facts={"to": [r.id for r in new], "mode": mode})
    count = approval.stage * 1000 + step
    return Change(approval=after, note=note, messages=asked(after, new, "escalated", count))


def _reseated(reviewer: Reviewer, approval: Approval, joining: set[int], *, replace: bool) -> Reviewer:
    """Whoever joins may fill any group of the stage. Who is replaced keeps what they have already answered."""
    here = tuple((approval.stage, group) for group in range(len(approval.current_stage.groups)))
    if reviewer.number in joining:
        others = tuple(s for s in reviewer.seats if s not in here)
        return msgspec.structs.replace(reviewer, seats=others + here)
    if replace and reviewer.number not in approval.latest(approval.stage):
        return msgspec.structs.replace(reviewer, seats=tuple(s for s in reviewer.seats if s not in here))
    return reviewer


def _moved(approval: Approval, **changes: object) -> Approval:
    after = msgspec.structs.replace(approval, version=approval.version + 1, **changes)
    return msgspec.structs.replace(after, next_action_at=next_action(after))


def _escalation_order(approval: Approval) -> list[int]:
    """The stage's escalation steps by time; steps of the same moment stay in the order they were written."""
    moments = escalations(approval.current_stage)
    return sorted(range(len(moments)), key=moments.__getitem__)


def _open_escalations(approval: Approval) -> list[timedelta]:
    moments = escalations(approval.current_stage)
    return [moments[step] for step in _escalation_order(approval)[approval.escalated :]]
