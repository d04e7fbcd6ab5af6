"""Digest leases: lease all pending notices for a recipient together, so that they are sent as one digest.

Only one worker at a time leases a recipient's notices: on PostgreSQL by an advisory lock without waiting, on SQLite
because there is one writer. When a notice has waited for the whole window, all notices for its recipient are leased,
except those held back by quiet hours (`first_at` in the future), leased by others, or waiting for a retry. A notice of
high risk has a window of seconds: with it go those that would be due within as many seconds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.unreadable.moments import UtcDateTime
from approvals.domain.lifecycle.digest import HIGH_RISK_WINDOW

MOST = 5000
LOCKS = 0x41505056
"""The key space of these advisory locks in the database."""

_o = tables.outbox.c
_due = sa.and_(_o.lane == sa.bindparam("of_lane"), _o.next_attempt_at <= sa.bindparam("now"))
_most = sa.bindparam("most", type_=sa.Integer)
_recipient = sa.func.coalesce(_o.recipient, _o.outcome_recipient)
_soonest = sa.select(_recipient.label("recipient")).where(_due).order_by(_o.next_attempt_at).limit(_most).subquery()
_people = sa.select(_soonest.c.recipient).where(_soonest.c.recipient.is_not(None)).distinct().subquery()
_TAKE_TURNS = sa.select(
    _people.c.recipient,
    sa.func.pg_try_advisory_xact_lock(sa.cast(LOCKS, sa.Integer), sa.func.hashtext(_people.c.recipient)).label("ours"),
)
_LEASING: dict[str, Any] = {
    "lease": sa.bindparam("new_lease"),
    "next_attempt_at": sa.bindparam("until"),
    "attempts": _o.attempts + 1,
    "ambiguous": sa.or_(_o.ambiguous, _o.lease.is_not(None)),
    # The process that held the old lease may have sent the message at any time until now.
    "ambiguous_at": sa.case((_o.lease.is_not(None), sa.bindparam("now", type_=UtcDateTime())), else_=_o.ambiguous_at),
}


def lease_statement(*more: sa.ColumnElement[bool]) -> sa.UpdateBase:
    """Lease the due messages, soonest first."""
    free = (
        sa.select(_o.approval_id, _o.key)
        .where(_due, *more)
        .order_by(_o.next_attempt_at)
        .limit(_most)
        .with_for_update(skip_locked=True)
    )
    return _leased(free)


def _leased(free: sa.Select[Any]) -> sa.UpdateBase:
    chosen = sa.tuple_(_o.approval_id, _o.key).in_(free)
    return tables.outbox.update().where(chosen).values(_LEASING).returning(tables.outbox)


_OURS = lease_statement(sa.or_(_recipient.is_(None), _recipient.in_(sa.bindparam("people", expanding=True))))
_ALL = lease_statement()


def _leased_with(column: sa.Column[Any]) -> sa.UpdateBase:
    """Lease what can be sent together with leased notices to these recipients."""
    waits = sa.and_(_o.lease.is_(None), _o.attempts == 0)
    ripe = column.in_(sa.bindparam("ripe", expanding=True))
    soon = sa.and_(column.in_(sa.bindparam("soon", expanding=True)), _o.next_attempt_at <= sa.bindparam("soon_due"))
    return _leased(
        sa.select(_o.approval_id, _o.key)
        .where(
            column.in_(sa.bindparam("people", expanding=True)),
            _o.next_attempt_at.is_not(None),
            _o.first_at <= sa.bindparam("now"),
            sa.or_(_o.next_attempt_at <= sa.bindparam("now"), sa.and_(waits, sa.or_(ripe, soon))),
        )
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )


_WITH_THEM = {name: _leased_with(_o[name]) for name in ("recipient", "outcome_recipient")}


def lease_digests(connection: sa.Connection, claim: dict[str, Any], *, window: timedelta) -> list[sa.RowMapping]:
    """Return the due messages, and the notices that can be sent with them to the same recipients."""
    if connection.dialect.name == "sqlite":
        taken = list(connection.execute(_ALL, claim).mappings())
    else:
        turns = connection.execute(_TAKE_TURNS, {name: claim[name] for name in ("of_lane", "now", "most")})
        ours = [row.recipient for row in turns if row.ours]
        taken = list(connection.execute(_OURS, {**claim, "people": ours}).mappings())
    more = list[sa.RowMapping]()
    for column, statement in _WITH_THEM.items():
        if people := {row[column] for row in taken if row[column]}:
            waited = _waited(taken, column, window=window, now=claim["now"])
            theirs = {name: claim[name] for name in ("now", "until", "new_lease")}
            more += connection.execute(statement, {**theirs, "people": sorted(people), **waited}).mappings()
    return taken + more


def _waited(taken: Iterable[sa.RowMapping], column: str, *, window: timedelta, now: datetime) -> dict[str, Any]:
    """Return who has a notice that has waited for the whole window (`ripe`), or for that of high risk (`soon`)."""
    seconds = min(window, HIGH_RISK_WINDOW)
    known = [(row[column], now - row["first_at"]) for row in taken if row[column]]
    return {
        "ripe": sorted({person for person, waited in known if waited >= window}),
        "soon": sorted({person for person, waited in known if waited >= seconds}),
        "soon_due": now + seconds,
    }  # fmt: skip
