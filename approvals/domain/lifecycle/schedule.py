"""Schedule: what is due next, and the changes that happen without a person. The sweep and the forecast use it."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from approvals.domain.eligibility.due_times import escalation_moments, reminder_moments, stage_end
from approvals.domain.eligibility.policy_members import People
from approvals.domain.eligibility.reachability import is_unreachable
from approvals.domain.eligibility.reevaluation import with_current_reviewers
from approvals.domain.eligibility.satisfiability import Shortage, satisfied_option, shortage
from approvals.domain.lifecycle.end_reasons import EndReason, shortage_reason
from approvals.domain.lifecycle.notices import asked_notices, personal_notices, requester_notice
from approvals.domain.lifecycle.settle import cancel, expire, settle
from approvals.domain.model.approval import Approval, Change, Decision, Note, Reviewer, Status
from approvals.domain.model.messages.outgoing import Message
from approvals.domain.model.messages.topics import (
    Asked,
    AskedAgain,
    Delegated,
    Escalated,
    Reminded,
    Settled,
    Unreached,
)  # fmt: skip


def next_action(approval: Approval, now: datetime) -> datetime:
    """Return when something is due next: at once, if it cannot be approved any more or enough have approved."""
    return now if shortage(approval) or satisfied_option(approval) else next_moment(approval)


def next_moment(approval: Approval) -> datetime:
    """Return when something is due next if the approval can still be approved and needs more approvals."""
    moments = [approval.deadline]
    moments += reminder_moments(approval)[approval.reminded :][:1]
    moments += [at for at, _ in escalation_moments(approval)[approval.escalated :][:1]]
    moments += [approval.recheck_at] if approval.recheck_at else []
    return min(moments)


def advance(approval: Approval, now: datetime, *, people: People) -> Change | None:
    """Return the next due change, or None. Several changes missed while no sweep ran happen once."""
    if not approval.pending or approval.next_action_at is None or now < approval.next_action_at:
        return None
    if now >= approval.deadline:
        return pass_deadline(approval, now)
    if change := reevaluate(approval, now, people=people):
        return change
    if option := satisfied_option(approval):
        return finish_agreed_stage(approval, option, now)
    short = shortage(approval)
    open_steps = escalation_moments(approval)[approval.escalated :]
    if open_steps and (short or open_steps[0][0] <= now):
        return _told_requester(escalate(approval, now, people=people), short, people, now)
    if short:
        ended = cancel(approval, actor="policy", reason=shortage_reason(short), now=now)
        return _told_requester(ended, short, people, now)
    if sum(at <= now for at in reminder_moments(approval)) > approval.reminded:
        return remind(approval, now)
    return None


def _told_requester(change: Change, short: Shortage | None, people: People, now: datetime) -> Change:
    """Add a notice to the requester if people could not be reached, as nobody else may be able to help.

    Where the policy keeps the outcome from the requester, they may be a stranger to the reviewers: the log has it.
    """
    after = change.approval
    if not (short and short.unreached and after.policy.tell_requester):
        return change
    about = Unreached(after.version) if after.pending else Settled()
    notice = requester_notice(after, people, about=about, now=now)
    return replace(change, messages=(*change.messages, notice)) if notice else change


def reevaluate(approval: Approval, now: datetime, *, people: People) -> Change | None:
    """Reevaluate who may answer: notify new reviewers, and principals for whom a delegate answers now."""
    after = with_current_reviewers(approval, people=people, now=now)
    if after is approval:
        return None
    before = {reviewer.number for reviewer in approval.eligible}
    new = tuple(r for r in after.eligible if r.number not in before or _has_new_address(r, approval, after))
    left = tuple(n for n in sorted(before - {r.number for r in after.eligible}))
    facts = {"asked": [r.id for r in new], "left": [after.reviewers[n].id for n in left]}
    note = Note(event="reseated", at=now, actor="directory", facts=facts)
    messages = (*newly_asked_notices(after, now, before=approval), *delegation_notices(after, now, before=approval))
    return Change(
        approval=next_version(after, now), note=note, messages=messages, reviewers=new_reviewers(approval, after)
    )


def newly_asked_notices(approval: Approval, now: datetime, *, before: Approval) -> tuple[Message, ...]:
    """Return notices to the reviewers who may answer now and could not before.

    A reviewer known before may have been asked in this stage already: their notice needs a key of its own.
    """
    could = {r.number for r in before.eligible if not _has_new_address(r, before, approval)}
    new = [r for r in approval.eligible if r.number not in could]
    joined, again = Asked(approval.stage), AskedAgain(approval.version)
    topics = [(r, joined if r.number >= len(before.reviewers) else again) for r in new]
    asking = (asked_notices(approval, (r,), about=about, now=now, shared=False) for r, about in topics)
    return tuple(notice for notices in asking for notice in notices)


def _has_new_address(reviewer: Reviewer, before: Approval, after: Approval) -> bool:
    """Return whether messages did not reach a reviewer without an answer, who has another address now."""
    number = reviewer.number
    if not before.undelivered or number >= len(before.reviewers) or number in before.latest(before.stage):
        return False
    return is_unreachable(before, before.reviewers[number]) and not is_unreachable(after, after.reviewers[number])


def delegation_notices(approval: Approval, now: datetime, *, before: Approval | None = None) -> tuple[Message, ...]:
    """Return notices to the principals for whom a delegate answers now and did not before."""
    known = {number for reviewer in (before.reviewers if before else ()) for number in reviewer.instead_of}
    principals = {number for reviewer in approval.reviewers for number in reviewer.instead_of} - known
    if approval.current_stage.quiet or not principals:
        return ()
    people = [approval.reviewers[number] for number in sorted(principals)]
    about = Delegated(approval.version)  # a key for each absence: they may have been away before
    return personal_notices(approval, people, about=about, now=now)


def new_reviewers(before: Approval, after: Approval) -> tuple[Reviewer, ...]:
    return after.reviewers[len(before.reviewers) :]


def remind(approval: Approval, now: datetime) -> Change:
    """Remind the reviewers who have not answered. Several reminders missed are one."""
    due = sum(at <= now for at in reminder_moments(approval))
    waiting = unanswered(approval)
    after = next_version(replace(approval, reminded=due), now)
    note = Note(event="reminded", at=now, actor="schedule", facts={"reviewers": [r.id for r in waiting]})
    about = Reminded(approval.stage, due)
    return Change(approval=after, note=note, messages=asked_notices(after, waiting, about=about, now=now))


def unanswered(approval: Approval) -> tuple[Reviewer, ...]:
    """Return the reviewers who may answer and have not."""
    answered = approval.latest(approval.stage)
    return tuple(r for r in approval.eligible if r.number not in answered)


def escalate(approval: Approval, now: datetime, *, people: People) -> Change:
    """Seat the people of the next escalation, beside those of this stage or instead of them."""
    step = escalation_moments(approval)[approval.escalated][1]
    mode = approval.current_stage.escalate[step].mode
    before = {reviewer.number for reviewer in approval.eligible}
    after = with_current_reviewers(replace(approval, escalated=approval.escalated + 1), people=people, now=now)
    new = tuple(r for r in after.eligible if r.number not in before or (approval.stage, step) in r.joins)
    note = Note(event="escalated", at=now, actor="schedule", facts={"to": [r.id for r in new], "mode": mode})
    about = Escalated(approval.stage, step)
    messages = (
        *asked_notices(after, new, about=about, now=now), *delegation_notices(after, now, before=approval)
    )  # fmt: skip
    return Change(
        approval=next_version(after, now), note=note, messages=messages, reviewers=new_reviewers(approval, after)
    )


def pass_deadline(approval: Approval, now: datetime) -> Change:
    """Apply the rule of the deadline: settle the approval or begin the next stage."""
    rule = approval.rule_at_deadline
    if rule != "pass":
        return expire(approval, now, rule=rule)
    note = Note(event="passed", at=now, actor="schedule", facts={"stage": approval.stage})
    return begin_stage(approval, approval.stage + 1, note=note, now=now)


def finish_agreed_stage(approval: Approval, option: str, now: datetime) -> Change:
    """Finish a stage in which enough had approved before fewer were needed."""
    note = Note(event="agreed", at=now, actor="policy", facts={"option": option})
    return stage_done(approval, option, note=note, now=now, reason=EndReason.FEWER_NEEDED)


def stage_done(
    approval: Approval, option: str, *, note: Note, now: datetime, decision: Decision | None = None,
    reason: str | None = None,
) -> Change:  # fmt: skip
    """Begin the next stage, or approve the approval after the last one."""
    if approval.stage + 1 < len(approval.policy.stages):
        return begin_stage(approval, approval.stage + 1, note=note, now=now, decision=decision)
    return settle(approval, status=Status.APPROVED, option=option, now=now, note=note, decision=decision, reason=reason)


def begin_stage(approval: Approval, stage: int, *, note: Note, now: datetime, **more: Any) -> Change:
    """Begin a stage and ask its reviewers. `more` are other fields of the change."""
    after = at_stage(approval, stage, now)
    note = replace(note, facts={**note.facts, "stage": stage})
    messages = asked_notices(after, after.eligible, about=Asked(stage), now=now)
    return Change(approval=next_version(after, now), note=note, messages=messages, **more)


def at_stage(approval: Approval, stage: int, now: datetime) -> Approval:
    """Return the approval at the beginning of a stage, with that stage's deadline."""
    end = stage_end(approval.policy, approval.policy.stages[stage], since=now)
    return replace(
        approval,
        stage=stage,
        stage_since=now,
        reminded=0,
        escalated=0,
        deadline=min(end or approval.ends_at, approval.ends_at),
    )


def next_version(approval: Approval, now: datetime) -> Approval:
    """Return the approval with the next version and the time of the next due change."""
    return replace(approval, version=approval.version + 1, next_action_at=next_action(approval, now))
