"""Actions: the operations on a pending approval other than answering it. None of them decides anything."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from approvals.domain.eligibility.reachability import reached
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.lifecycle.end_reasons import withdrawal_reason
from approvals.domain.lifecycle.notices import asked_notices
from approvals.domain.lifecycle.schedule import next_version, unanswered
from approvals.domain.lifecycle.settle import cancel
from approvals.domain.model.action_state import ActionState, Claim
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval, Change, Note, Reviewer
from approvals.domain.model.errors import AlreadySettled, Refused
from approvals.domain.model.messages.topics import RemindedNow
from approvals.domain.model.reasons import (
    AllAnswered,
    JustReminded,
    NobodyNotified,
    NotAReviewer,
    OnBehalfForbidden,
    OthersAnswered,
)
from approvals.domain.problems import Invalid

REMIND_NOW_EVERY = timedelta(hours=1)
TEXT_LENGTH, REASON_LENGTH = 2000, 500


def claim(approval: Approval, *, reviewer: int, actor: Actor, now: datetime, release: bool = False) -> Change | None:
    """Record that a reviewer is looking at the approval, or no longer is; None if nothing changes.

    A claim hinders nobody else. Raises AlreadySettled; Refused where this person may not answer.
    """
    person = entitled_by(approval, reviewer, now, actor=actor)
    standing = claimant(approval)
    mine = standing is not None and standing.reviewer == reviewer
    confirms = standing is not None and standing.operator is not None and not (release or actor.on_behalf)
    if mine is not release and not confirms:
        return None
    claimed = None if release else Claim(reviewer=reviewer, at=now, operator=actor.operator)
    event = "released" if release else "claimed"
    note = actor.note(event, at=now, reviewer_id=person.id)
    return action_change(reached_by(approval, actor, reviewer), note, now, claim=claimed)


def claimant(approval: Approval) -> Claim | None:
    """Return the current claim; None once its reviewer has answered or may not answer any more."""
    standing = approval.actions.claim
    if standing is None or not approval.pending or standing.at < approval.stage_since:
        return None
    over = may_answer(approval, standing.reviewer) or standing.reviewer in approval.latest(approval.stage)
    return None if over else standing


def extend(
    approval: Approval, *, until: datetime, actor: Actor, now: datetime, reviewer: int | None = None
) -> Change | None:
    """Move the deadline to a later time, within the state's own timeout; None if it is that already.

    Raises AlreadySettled; Refused for a `reviewer` who may not answer; Invalid where that is sooner than the deadline,
    or later than the state waits.
    """
    _check_may_act(approval, reviewer, now)
    if until == approval.deadline:
        return None
    if until < approval.deadline:
        raise Invalid.at("until", f"must be after the deadline as it stands, {approval.deadline.isoformat()}")
    if until > approval.latest_end:
        raise Invalid.at("until", f"must be at most {approval.latest_end.isoformat()}: later the state no longer waits")
    after = replace(
        reached_by(approval, actor, reviewer), deadline=until, ends_at=max(until, approval.ends_at)
    )  # fmt: skip
    return action_change(after, actor.note("extended", {"from": approval.deadline, "until": until}, at=now), now)


def remind_now(approval: Approval, *, actor: Actor, now: datetime, reviewer: int | None = None) -> Change:
    """Remind the reviewers who have not answered, except `reviewer`, at most once in REMIND_NOW_EVERY.

    Raises AlreadySettled; Refused if they were reminded recently, or nobody is left to remind.
    """
    _check_may_act(approval, reviewer, now)
    if (free := reminder_allowed_at(approval)) and now < free:
        raise Refused(JustReminded(free))
    waiting = remindable(approval, reviewer=reviewer)
    if not waiting:
        raise Refused(AllAnswered() if reviewer is None else OthersAnswered())
    note = actor.note("nudged", {"reviewers": [r.id for r in waiting]}, at=now)
    change = action_change(approval, note, now, reminder_requested_at=now, reminder_version=approval.version + 1)
    messages = asked_notices(approval, waiting, about=RemindedNow(change.approval.version), now=now)
    if not messages:
        raise Refused(NobodyNotified())
    return replace(change, messages=messages)


def remindable(approval: Approval, *, reviewer: int | None = None) -> tuple[Reviewer, ...]:
    """Return the reviewers whom `remind_now` would remind if this reviewer asked for it."""
    return tuple(one for one in unanswered(approval) if one.number != reviewer)


def reminder_allowed_at(approval: Approval) -> datetime | None:
    """Return when `remind_now` is allowed again; None before the first time."""
    last = approval.actions.reminder_requested_at
    return last and last + REMIND_NOW_EVERY


def withdraw(approval: Approval, *, actor: Actor, reason: str, now: datetime) -> Change:
    """Cancel the approval because its requester no longer needs it.

    Raises AlreadySettled; Invalid for a reason that is too long.
    """
    still_open(approval, now)
    reason = checked(reason, "reason", longest=REASON_LENGTH, needed=False)
    by = actor.id or ""
    change = cancel(approval, actor=by, reason=withdrawal_reason(by, reason), now=now)
    return replace(change, note=actor.note("withdrawn", {"reason": reason}, at=now))


def entitled(approval: Approval, reviewer: int, now: datetime) -> Reviewer:
    """Return the reviewer, who may answer now. Raises AlreadySettled, Refused."""
    still_open(approval, now)
    if not 0 <= reviewer < len(approval.reviewers):
        raise Refused(NotAReviewer())
    if why_not := may_answer(approval, reviewer):
        raise Refused(why_not)
    return approval.reviewers[reviewer]


def entitled_by(approval: Approval, reviewer: int, now: datetime, *, actor: Actor) -> Reviewer:
    """Return the reviewer, who may answer now, for whom the actor may act. Raises AlreadySettled, Refused."""
    person = entitled(approval, reviewer, now)
    if actor.on_behalf and not approval.policy.on_behalf:
        raise Refused(OnBehalfForbidden())
    return person


def reached_by(approval: Approval, actor: Actor, reviewer: int | None) -> Approval:
    """Return the approval as of an action: a reviewer who acts for themselves was reached there."""
    return approval if reviewer is None or actor.on_behalf else reached(approval, reviewer)


def still_open(approval: Approval, now: datetime) -> None:
    """Raise AlreadySettled if the approval is settled or its deadline has passed."""
    if not approval.pending or now >= approval.deadline:
        raise AlreadySettled(approval)


def checked(text: str, path: str, *, longest: int = TEXT_LENGTH, needed: bool = True) -> str:
    """Return the text without surrounding space, as it is stored. Raises Invalid."""
    text = text.strip()
    if needed and not text:
        raise Invalid.at(path, "is empty; write what you want to say")
    if "\0" in text:
        raise Invalid.at(path, "holds a character that cannot be kept (NUL); leave it out")
    if len(text) > longest:
        raise Invalid.at(path, f"may have at most {longest} characters, this has {len(text)}")
    return text


def action_change(approval: Approval, note: Note, now: datetime, **actions: object) -> Change:
    """Return the change that sets fields of the approval's action state and writes a note."""
    changed: ActionState = replace(approval.actions, **actions)
    return Change(approval=next_version(replace(approval, actions=changed), now), note=note)


def _check_may_act(approval: Approval, reviewer: int | None, now: datetime) -> None:
    if reviewer is None:
        still_open(approval, now)
    else:
        entitled(approval, reviewer, now)
