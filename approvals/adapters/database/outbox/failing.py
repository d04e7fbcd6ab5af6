"""Failing messages: open rows whose last attempt has failed. Each look-up returns a limited number of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.outbox.stored_messages import readable_message
from approvals.domain.model.messages.failing import Failing, FailingGroup, FailingMessage, MessageKind, kind_of
from approvals.domain.model.messages.outgoing import CALLBACK_KEY, COPY_KEYS, LANES, Copy, Message, Notice
from approvals.domain.model.messages.results import ReasonClass

MOST_COUNTED = 10_000
"""More than so many messages of one lane fail for the same reasons as these."""
_REASONS = frozenset(get_args(ReasonClass))
_o = tables.outbox.c
_FACTS = (_o.lane, _o.failure, _o.detail, _o.attempts, _o.first_at, _o.next_attempt_at)
_FAILING = sa.text(tables.FAILING)
_place = sa.func.row_number().over(partition_by=(_o.approval_id, _o.lane), order_by=(_o.first_at, _o.key))
_ordered = (
    sa.select(
        _o.approval_id, _o.key, _o.message, *_FACTS,
        _place.label("place"),
        sa.func.count().over(partition_by=_o.approval_id).label("count"),
    )
    .where(
        _o.approval_id.in_(sa.bindparam("ids", expanding=True)), _o.next_attempt_at.is_not(None),
        _o.failure.is_not(None),
    )
    .subquery()
)  # fmt: skip
_OF_APPROVALS = (
    sa.select(_ordered)
    .where(_ordered.c.place <= sa.bindparam("each", type_=sa.Integer))
    .order_by(_ordered.c.approval_id, _ordered.c.lane, _ordered.c.place)
)
_first = (
    sa.select(_o.approval_id, *_FACTS)
    .where(_o.lane == sa.bindparam("of_lane"), _FAILING, _o.failure.is_not(None))
    .order_by(_o.first_at)
    .limit(MOST_COUNTED)
    .subquery()
)
_grouped = sa.select(
    _first,
    sa.func.row_number().over(partition_by=_first.c.failure, order_by=_first.c.first_at).label("place"),
    sa.func.count().over(partition_by=_first.c.failure).label("count"),
).subquery()
_GROUPS = sa.select(_grouped).where(_grouped.c.place == 1).order_by(_grouped.c.first_at)


def failing_of(connection: sa.Connection, approval_ids: Sequence[str], *, each: int) -> dict[str, Failing]:
    """Return what fails of these approvals, by id: at most `each` messages of a lane. Others are left out."""
    found: dict[str, list[FailingMessage]] = {}
    counts: dict[str, int] = {}
    for row in connection.execute(_OF_APPROVALS, {"ids": list(approval_ids), "each": each}).mappings():
        found.setdefault(row["approval_id"], []).append(_message(row))
        counts[row["approval_id"]] = row["count"]
    return {id_: Failing(count=counts[id_], messages=tuple(messages)) for id_, messages in found.items()}


def failing_groups(connection: sa.Connection) -> list[FailingGroup]:
    """Return the callbacks and notices that fail now, by lane and class of reasons, the oldest first."""
    rows = (row for lane in LANES for row in connection.execute(_GROUPS, {"of_lane": lane}).mappings())
    return [FailingGroup(approval_id=row["approval_id"], count=row["count"], **_facts(row)) for row in rows]


def _message(row: sa.RowMapping) -> FailingMessage:
    message = readable_message(row["message"])
    what = kind_of(message) if message else _kind_by(row["key"])
    return FailingMessage(what=what, **_addressee(message), **_facts(row))


def _addressee(message: Message | None) -> dict[str, Any]:
    match message:
        case Notice():
            more = {"topic": message.event}
        case Copy():
            more = {}
        case _:
            return {}
    return {"channel": message.channel, "to": message.to, "audience": message.audience, **more}


def _facts(row: sa.RowMapping) -> dict[str, Any]:
    """Return the facts of a row. A class of a later release counts as any other reason."""
    return {
        "lane": row["lane"], "kind": row["failure"] if row["failure"] in _REASONS else "other",
        "reason": row["detail"] or "", "attempts": row["attempts"],
        "since": msgspec.convert(row["first_at"], datetime),
        "next_attempt": msgspec.convert(row["next_attempt_at"], datetime),
    }  # fmt: skip


def _kind_by(key: str) -> MessageKind:
    """Return the kind of a message that this release cannot read."""
    if key in (CALLBACK_KEY, "heartbeat"):
        return "callback" if key == CALLBACK_KEY else "heartbeat"
    return "copy" if key.startswith(COPY_KEYS) else "notice"
