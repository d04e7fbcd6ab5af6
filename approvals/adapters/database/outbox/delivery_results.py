"""Delivery results: what a result changes in its approval, the callback's state and the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.unreadable.moments import UtcDateTime
from approvals.adapters.database.writes.sqlite import one_or_all
from approvals.domain.model.approval import UNDELIVERED, CallbackState, Note, callback_state
from approvals.domain.model.messages.failing import becomes_failed
from approvals.domain.model.messages.outgoing import CALLBACK_KEY, Callback, Copy, Notice
from approvals.domain.model.messages.results import GivenUp, Moot, Result, Sent, TryAgain, Unconfirmed
from approvals.domain.model.records import Leased

_o, _a = tables.outbox.c, tables.approvals.c
_NOTE = tables.notes.insert().from_select(
    ["approval_id", "number", "event", "at", "actor", "facts"],
    sa.select(
        _a.id, _a.version, sa.bindparam("event", type_=sa.String), sa.bindparam("at", type_=UtcDateTime()),
        sa.bindparam("actor", type_=sa.Text), sa.bindparam("facts", type_=sa.Text),
    ).where(_a.id == sa.bindparam("of_id")),
)  # fmt: skip
"""Inserts the note for an update that did not load the approval; its number is the version of this transaction."""
_TOLD = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"))
    .values(
        version=_a.version + 1,
        callback=sa.func.coalesce(sa.bindparam("state", type_=sa.String), _a.callback),
        callback_detail=sa.func.coalesce(sa.bindparam("told", type_=sa.Text), _a.callback_detail),
    )
)

TOLD = ("of_id", "of_key", "state", "told")
"""The columns of a row, before those of its note: whose result it is, and what it makes of the callback."""


def told_row(leased: Leased, result: Result, now: datetime) -> rows.Row | None:
    """Return what a result changes in its approval: a note, and the state of a callback. None if it changes nothing."""
    note = _note(leased, result, now)
    return _told(leased, result, note) if note else None


def write_told(connection: sa.Connection, told: Sequence[rows.Row]) -> None:
    """Write the callback's state and the note of each approval, by one statement for each table."""
    if told:
        connection.execute(_TOLD, one_or_all(told))
        connection.execute(_NOTE, one_or_all(told))


def _told(leased: Leased, result: Result, note: Note) -> rows.Row:
    """Return the callback's new state, or None for a notice."""
    is_callback = isinstance(leased.message, Callback)
    detail = "" if isinstance(result, Sent | Moot) else result.reason
    return {
        "of_id": leased.target.approval_id,
        "of_key": leased.key,
        "state": _state(result).value if is_callback else None,
        "told": detail if is_callback else None,
        **rows.note_fields(note),
    }


def _state(result: Result) -> CallbackState:
    """Return the state of a callback. An attempt that will be repeated has a note only if it counts as failed."""
    return CallbackState.FAILED if isinstance(result, TryAgain) else callback_state(result)


def _note(leased: Leased, result: Result, now: datetime) -> Note | None:
    """Return the note for a final result; of attempts in between only the one since which a callback has failed."""
    match leased.message, result:
        case Callback(), Sent(receipt=receipt):
            return Note(event="callback.delivered", at=now, actor="delivery", facts={"requestId": receipt})
        case Callback(), GivenUp(reason=reason, closed=True):
            return Note(event="callback.tooLate", at=now, actor="delivery", facts={"reason": reason})
        case Callback(), GivenUp(reason=reason):
            return Note(event="callback.failed", at=now, actor="delivery", facts={"reason": reason})
        case Callback(), TryAgain(reason=reason) if becomes_failed(leased, result, now=now):
            facts = {"reason": reason, "attempts": leased.attempts}
            return Note(event="callback.failed", at=now, actor="delivery", facts=facts)
        case Callback(), Unconfirmed(reason=reason):
            return Note(event="callback.unconfirmed", at=now, actor="delivery", facts={"reason": reason})
        case Notice() as notice, Sent(instead_of=reason) if reason:
            facts = {"to": notice.to, "reason": reason}
            return Note(event="notice.sentOtherwise", at=now, actor="delivery", facts=facts)
        case Copy(receipt=receipt), GivenUp(reason=reason):
            return Note(event="copy.failed", at=now, actor="delivery", facts={"copy": receipt, "reason": reason})
        case Notice() as notice, GivenUp(reason=reason):
            return Note(event="notice.failed", at=now, actor="delivery", facts={"to": notice.to, "reason": reason})
    return None


_FREE = (
    tables.outbox.update()
    .where(_o.approval_id == sa.bindparam("of_id"), _o.key == CALLBACK_KEY, _o.lease.is_(None))
    .values(
        next_attempt_at=sa.bindparam("now"),
        closed_at=None,
        result=None,
        attempts=0,
        ambiguous=sa.or_(_o.ambiguous, _o.closed_at.is_not(None)),
        ambiguous_at=sa.func.coalesce(_o.closed_at, _o.ambiguous_at),
    )
)
_WAITING = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"), _a.callback.in_(UNDELIVERED), _a.sealed_token.is_not(None))
    .values(version=_a.version + 1, callback=CallbackState.WAITING.value)
)


def queue_callback(database: Database, approval_id: str, *, now: datetime, actor: str) -> bool:
    """Queue the callback again, and return whether that was possible."""
    note = rows.note_fields(Note(event="callback.requeued", at=now, actor=actor))
    try:
        with database.write() as connection:
            _one(connection.execute(_FREE, {"of_id": approval_id, "now": now}))
            _one(connection.execute(_WAITING, {"of_id": approval_id}))
            connection.execute(_NOTE, {"of_id": approval_id, **note})
    except _NothingToSend:
        return False
    return True


class _NothingToSend(Exception):
    """No callback can be queued: there is none, it is leased or delivered, or its token is deleted. Rolls back."""


def _one(changed: sa.CursorResult[Any]) -> None:
    if changed.rowcount != 1:
        raise _NothingToSend
