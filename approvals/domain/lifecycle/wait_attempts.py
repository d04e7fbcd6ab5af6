"""Attempts of the same wait: which approval may replace which. Numbers of a sender prove nothing, a closed token does.

Two approvals are of the same wait if the same caller sent the same execution, state and map item. Items of a Map that
are sent without their `mapItem` look like attempts of one wait, although each has a token that waits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from approvals.domain.lifecycle.end_reasons import EndReason
from approvals.domain.lifecycle.settle import cancel, supersede
from approvals.domain.model.approval import Approval, Change, Note
from approvals.domain.model.submission import Content

PROMPT = timedelta(minutes=1)
"""A first attempt that arrives within this time of its state's entry has no later attempt yet."""
REPORTED = "execution.reported"
"""The event of the note about a report that the execution has ended. Nobody has proven the report."""
RECENT = timedelta(hours=1)
"""For this long a report may be the reason why a token is closed."""


def may_have_others(approval: Approval) -> bool:
    """Return whether other attempts of the same wait may be pending: it is a later attempt, or arrived late."""
    execution, state = approval.content.execution, approval.content.state
    if not execution or not state:
        return False
    entered = state.entered_time
    late = entered is None or entered < approval.created_at - PROMPT
    return bool(execution.redrive_count or state.retry_count) or late


def in_doubt(new: Approval, others: Sequence[Approval]) -> Approval | None:
    """Return the earlier attempt of the two, whose token must be checked, if `new` makes it doubtful.

    None if several others are pending, because nothing tells which of them `new` repeats.
    """
    if len(others) != 1:
        return None
    [other] = others
    if _is_later(new.content, other.content):
        return other
    return new if _is_later(other.content, new.content) else None


def note_report(approval: Approval, *, reason: str, now: datetime) -> Change:
    """Note that the execution is reported to have ended, which changes nothing else."""
    note = Note(event=REPORTED, at=now, actor="event", facts={"reason": reason})
    return Change(approval=replace(approval, version=approval.version + 1), note=note)


def reported_reason(notes: Sequence[Note], *, now: datetime) -> str | None:
    """Return why the execution ended by its latest recent report; None without one."""
    recent = [note for note in notes if note.event == REPORTED and now - note.at <= RECENT]
    return str(recent[-1].facts["reason"]) if recent else None


def end_unawaited(
    approval: Approval, others: Sequence[Approval], *, now: datetime, reported: str | None = None
) -> Change:
    """End an approval whose token is proven closed: superseded by the only later attempt, or else cancelled.

    `reported` is why its execution ended, by a report that the closed token confirms.
    """
    if in_doubt(approval, others) is approval:
        return supersede(approval, by=others[0].id, now=now)
    reason = reported or EndReason.NO_LONGER_WAITS
    return cancel(approval, actor="heartbeat", reason=reason, now=now, waits=False)


def _is_later(newer: Content, older: Content) -> bool:
    """Return whether `newer` is a later attempt, by the counts that Step Functions gives."""
    if not (newer.execution and newer.state and older.execution and older.state):
        return False
    later = (newer.execution.redrive_count, newer.state.retry_count)
    return later > (older.execution.redrive_count, older.state.retry_count)
