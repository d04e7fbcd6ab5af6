"""Copies: messages that show an approval and are written anew when it moves, each by one row of the outbox.

A change asks for a version (`wanted`); the row is closed only by a writing that showed it. So the last state is written
last, whatever fails in between and however many changes come while one is being written.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.adapters.database.outbox.stored_messages import read_message
from approvals.domain.model.messages.outgoing import COPY_KEYS, Copy, Notice, dedup_key
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.records import Leased

_a, _o = tables.approvals.c, tables.outbox.c
_MOMENT = tables.UtcDateTime()
_AFTER_COPIES = COPY_KEYS[:-1] + chr(ord(COPY_KEYS[-1]) + 1)
"""The first key that sorts after those of copies."""


def _of(approval_id: Any) -> sa.ColumnElement[bool]:
    return sa.and_(_o.approval_id == approval_id, _o.key >= COPY_KEYS, _o.key < _AFTER_COPIES)


_ARM = (
    tables.outbox.update()
    .where(_of(sa.bindparam("of_id")))
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
        next_attempt_at=sa.case((_o.wanted > sa.bindparam("shown"), sa.bindparam("now", type_=_MOMENT))),
        closed_at=sa.case((_o.wanted <= sa.bindparam("shown"), sa.bindparam("now", type_=_MOMENT))),
        result=sa.case((_o.wanted <= sa.bindparam("shown"), sa.literal("sent"))),
    )
)
_HAS_COPIES = tables.approvals.update().where(_a.id == sa.bindparam("of_id")).values(copies=True)
_VERSION = sa.select(_a.version).where(_a.id == sa.bindparam("of_id"))
_KNOWN = sa.select(_o.key).where(_o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"))
_COPIES = sa.select(_o.message).where(_of(sa.bindparam("of_id"))).order_by(_o.first_at, _o.key)


def arm(connection: sa.Connection, approval_ids: Iterable[str], *, now: datetime) -> None:
    """The approvals have moved: their copies are to be written anew."""
    for approval_id in approval_ids:
        connection.execute(_ARM, {"of_id": approval_id, "now": now})


def written(connection: sa.Connection, leased: Leased, sent: Sent, *, now: datetime) -> bool:
    """Closes the row, or makes it due again where the approval has moved meanwhile. False: the lease was lost."""
    closing = {"of_id": leased.target.approval_id, "of_key": leased.key, "of_lease": leased.lease}
    return connection.execute(_WRITTEN, {**closing, "shown": sent.shown, "now": now}).rowcount == 1


def keep(connection: sa.Connection, results: Sequence[tuple[Leased, Result]], *, now: datetime) -> None:
    """Keeps the receipts of what was sent and shows the approval. Where it has moved since, it is written anew."""
    for leased, result in results:
        if isinstance(leased.message, Notice) and isinstance(result, Sent) and result.copy:
            _kept(connection, leased.target.approval_id, leased.message, result, now)


def copies_of(connection: sa.Connection, approval_id: str) -> list[Copy]:
    """The oldest first."""
    found = [read_message(text) for text in connection.execute(_COPIES, {"of_id": approval_id}).scalars()]
    return [message for message in found if isinstance(message, Copy)]


def _kept(connection: sa.Connection, approval_id: str, notice: Notice, sent: Sent, now: datetime) -> None:
    """The approval's row is locked first: a change that does not know of the copy yet is over by then."""
    copy = Copy(channel=notice.channel, to=notice.to, receipt=sent.receipt, reviewer=notice.reviewer)
    of_id = {"of_id": approval_id}
    connection.execute(_HAS_COPIES, of_id)
    version = connection.execute(_VERSION, of_id).scalar_one()
    if connection.execute(_KNOWN, {**of_id, "of_key": dedup_key(copy)}).first():
        return
    stale = version > sent.shown
    row = rows.message_row_of(approval_id, copy, at=now)
    state = {} if stale else {"next_attempt_at": None, "closed_at": now, "result": "sent"}
    connection.execute(tables.outbox.insert(), {**row, "wanted": version, **state})
