"""Message copies: editable messages, updated whenever the approval's version changes, each with one row in the outbox.

A change sets the wanted version (`wanted`); only an update that showed this version closes the row. So the last state
is shown in the end, despite failures, and despite changes during an update.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.adapters.database.outbox.stored_messages import readable_message
from approvals.adapters.database.unreadable.moments import UtcDateTime
from approvals.domain.model.messages.outgoing import COPY_KEYS, Copy, Notice, dedup_key
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.records import Leased

_a, _o = tables.approvals.c, tables.outbox.c
_MOMENT = UtcDateTime()
_AFTER_COPIES = COPY_KEYS[:-1] + chr(ord(COPY_KEYS[-1]) + 1)
"""The first key after the keys of copies."""


def _is_copy_of(approval_id: Any) -> sa.ColumnElement[bool]:
    return sa.and_(_o.approval_id == approval_id, _o.key >= COPY_KEYS, _o.key < _AFTER_COPIES)


_ARM = (
    tables.outbox.update()
    .where(_is_copy_of(sa.bindparam("of_id")))
    .values(
        wanted=sa.select(_a.version).where(_a.id == sa.bindparam("of_id")).scalar_subquery(),
        next_attempt_at=sa.case((_o.lease.is_(None), sa.bindparam("now", type_=_MOMENT)), else_=_o.next_attempt_at),
        closed_at=None,
        result=None,
    )
)
_WRITTEN = (
    tables.outbox.update()
    .where(
        _o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"), _o.lease == sa.bindparam("of_lease")
    )
    .values(
        lease=None,
        attempts=0,
        ambiguous=False,
        detail=None,
        failure=None,
        next_attempt_at=sa.case((_o.wanted > sa.bindparam("shown"), sa.bindparam("now", type_=_MOMENT))),
        closed_at=sa.case((_o.wanted <= sa.bindparam("shown"), sa.bindparam("now", type_=_MOMENT))),
        result=sa.case((_o.wanted <= sa.bindparam("shown"), sa.literal("sent"))),
    )
)
_LOCK = sa.select(_a.id).where(_a.id.in_(sa.bindparam("ids", expanding=True))).order_by(_a.id).with_for_update()
_HAS_COPIES = tables.approvals.update().where(_a.id == sa.bindparam("of_id")).values(copies=True)
_VERSION = sa.select(_a.version).where(_a.id == sa.bindparam("of_id"))
_KNOWN = sa.select(_o.key).where(_o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"))
_COPIES = sa.select(_o.message).where(_is_copy_of(sa.bindparam("of_id"))).order_by(_o.first_at, _o.key)


def lock_approvals(connection: sa.Connection, approval_ids: Sequence[str]) -> None:
    """Lock approvals in the order of their ids, in which all others change them."""
    connection.execute(_LOCK, {"ids": approval_ids})


def make_copies_due(connection: sa.Connection, approval_ids: Iterable[str], *, now: datetime) -> None:
    """Make the copies of changed approvals due."""
    for approval_id in approval_ids:
        connection.execute(_ARM, {"of_id": approval_id, "now": now})


def close_copy(connection: sa.Connection, leased: Leased, sent: Sent, *, now: datetime) -> bool:
    """Close the row, or make it due again if the approval has changed since. Return False if the lease was lost."""
    closing = {"of_id": leased.target.approval_id, "of_key": leased.key, "of_lease": leased.lease}
    return connection.execute(_WRITTEN, {**closing, "shown": sent.shown, "now": now}).rowcount == 1


def store_copies(connection: sa.Connection, results: Sequence[tuple[Leased, Result]], *, now: datetime) -> None:
    """Store new copies with their receipts; they are due at once if the approval has changed since."""
    for leased, result in results:
        if isinstance(leased.message, Notice) and isinstance(result, Sent) and result.copy:
            _store_copy(connection, leased.target.approval_id, leased.message, result, now)


def copies_of(connection: sa.Connection, approval_id: str) -> list[Copy]:
    """Return the copies of an approval, oldest first."""
    found = [readable_message(text) for text in connection.execute(_COPIES, {"of_id": approval_id}).scalars()]
    return [message for message in found if isinstance(message, Copy)]


def _store_copy(connection: sa.Connection, approval_id: str, notice: Notice, sent: Sent, now: datetime) -> None:
    """Store a copy, with the approval's row locked, so that no concurrent change misses the copy."""
    copy = Copy(channel=notice.channel, to=notice.to, receipt=sent.receipt, audience=notice.audience)
    of_id = {"of_id": approval_id}
    connection.execute(_HAS_COPIES, of_id)
    version = connection.execute(_VERSION, of_id).scalar_one()
    if connection.execute(_KNOWN, {**of_id, "of_key": dedup_key(copy)}).first():
        return
    stale = version > sent.shown
    row = rows.message_row_of(approval_id, copy, at=now)
    state = {} if stale else {"next_attempt_at": None, "closed_at": now, "result": "sent"}
    connection.execute(tables.outbox.insert(), {**row, "wanted": version, **state})
