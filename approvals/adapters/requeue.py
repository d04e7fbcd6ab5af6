"""Opening a closed callback again, at an operator's word. What is being sent at this moment is left to its sender.

A callback that was closed may have arrived after all: it comes back as ambiguous, so that a closed task token leads to
the execution's history. Where the task token is forgotten there is nothing left to send.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.adapters.database.engine import Database
from approvals.adapters.noting import NOTE
from approvals.domain.model.approval import CallbackState, Note
from approvals.domain.model.messages import CALLBACK_KEY

_o, _a = tables.outbox.c, tables.approvals.c
_FREE = (
    tables.outbox.update()
    .where(_o.approval_id == sa.bindparam("of_id"), _o.key == CALLBACK_KEY, _o.lease.is_(None))
    .values(
        next_attempt_at=sa.bindparam("now"),
        closed_at=None,
        result=None,
        attempts=0,
        ambiguous=sa.or_(_o.ambiguous, _o.closed_at.is_not(None)),
    )
)
_WORTH = (CallbackState.WAITING, CallbackState.FAILED, CallbackState.UNCONFIRMED)
_WAITING = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"), _a.callback.in_(_WORTH), _a.sealed_token.is_not(None))
    .values(version=_a.version + 1, callback=CallbackState.WAITING.value)
)


def requeue(database: Database, approval_id: str, *, now: datetime, actor: str) -> bool:
    """Whether it is due again. Otherwise nothing is changed."""
    note = rows.note_fields(Note(event="callback.requeued", at=now, actor=actor))
    try:
        with database.write() as connection:
            _one(connection.execute(_FREE, {"of_id": approval_id, "now": now}))
            _one(connection.execute(_WAITING, {"of_id": approval_id}))
            connection.execute(NOTE, {"of_id": approval_id, **note})
    except _NothingToSend:
        return False
    return True


class _NothingToSend(Exception):
    """There is no such callback, it is on its way or delivered, or its token is forgotten. Rolls back."""


def _one(changed: sa.CursorResult[Any]) -> None:
    if changed.rowcount != 1:
        raise _NothingToSend
