"""The events of a committed change: what its note says, who is asked, and the outcome if it settles the approval."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from approvals.domain.model.approval import Approval, Change, Decision
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Asked, AskedAgain
from approvals.telemetry.event import INLINE, Event, Name

_NAMES = {str(name): name for name in Name}


def events_of(changes: Sequence[Change], *, pending: bool) -> Iterator[Event]:
    """Yield the events of one approval's changes. `pending` tells whether it was before; a new approval was."""
    for change in changes:
        yield from _events(change, settles=pending and not change.approval.pending)
        pending = change.approval.pending


def _events(change: Change, *, settles: bool) -> Iterator[Event]:
    approval, at = change.approval, change.note.at
    about = _about(approval, at)
    if (name := _NAMES.get(change.note.event)) is not None:
        yield Event(name=name, **about, **_details(change))
    asked = Counter(m.channel for m in change.messages if isinstance(m, Notice) and isinstance(m.about, _ASKING))
    for channel, notices in asked.items():
        yield Event(name=Name.ASKED, channel=channel, facts={"notices": notices, "stage": approval.stage}, **about)
    if settles:
        yield Event(name=Name.SETTLED, outcome=str(approval.status), seconds=_age(approval, at), **about)


_ASKING = (Asked, AskedAgain)


def _about(approval: Approval, at: datetime) -> dict[str, Any]:
    """Return what all events of the approval have."""
    execution = approval.content.execution
    return {
        "at": at, "approval_id": approval.id, "execution_arn": execution.id if execution else "",
        "callback_id": approval.callback_id, "policy": approval.policy.name or INLINE,
    }  # fmt: skip


def _details(change: Change) -> dict[str, Any]:
    """Return what only this event has: of a decision more than of other changes."""
    if change.decision:
        return _decided(change, change.decision)
    via = change.note.facts.get("via")
    return {"channel": via} if isinstance(via, str) else {}


def _decided(change: Change, decision: Decision) -> dict[str, Any]:
    facts = {
        "side": decision.side, "stage": decision.stage, "reviewer": decision.reviewer, "assurance": decision.assurance,
        "first": len(change.approval.decisions) == 1,
    }  # fmt: skip
    on_page = change.note.facts.get("secondsOnPage")
    page = {"secondsOnPage": on_page} if isinstance(on_page, int | float) else {}
    return {"channel": decision.via, "seconds": _age(change.approval, decision.at), "facts": {**facts, **page}}


def _age(approval: Approval, at: datetime) -> float:
    return (at - approval.created_at).total_seconds()
