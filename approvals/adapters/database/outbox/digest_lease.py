"""Gathering: who leases a notice to a person leases with it all that wait for the same one, to become one digest.

Of several workers one at a time leases what is for a person: on PostgreSQL by a lock that nobody waits for, on SQLite
because there is one writer. Once a notice has waited for the whole window, all that came within it leave with it: but
neither what quiet hours hold back (its `first_at` is still to come), nor what somebody else has leased, nor what is to
be tried again later. What waits for no window (high risk) takes along only what is due as well.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database import tables

MOST = 5000
LOCKS = 0x41505056
"""The space of our advisory locks in the database."""

_o = tables.outbox.c
_due = sa.and_(_o.lane == sa.bindparam("of_lane"), _o.next_attempt_at <= sa.bindparam("now"))
_most = sa.bindparam("most", type_=sa.Integer)
_soonest = sa.select(_o.recipient).where(_due).order_by(_o.next_attempt_at).limit(_most).subquery()
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
}


def leasing(*more: sa.ColumnElement[bool]) -> sa.UpdateBase:
    """Leases what is due, soonest first."""
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


_OURS = leasing(sa.or_(_o.recipient.is_(None), _o.recipient.in_(sa.bindparam("people", expanding=True))))
_ALL = leasing()
_HELD = sa.and_(_o.recipient.in_(sa.bindparam("ripe", expanding=True)), _o.lease.is_(None), _o.attempts == 0)
_WITH_THEM = _leased(
    sa.select(_o.approval_id, _o.key)
    .where(
        _o.recipient.in_(sa.bindparam("people", expanding=True)),
        _o.next_attempt_at.is_not(None),
        _o.first_at <= sa.bindparam("now"),
        sa.or_(_o.next_attempt_at <= sa.bindparam("now"), _HELD),
    )
    .limit(MOST)
    .with_for_update(skip_locked=True)
)


def gather(connection: sa.Connection, claim: dict[str, Any], *, window: timedelta) -> list[sa.RowMapping]:
    """What is due and, of the people that some of it is for, all that may go with it."""
    if connection.dialect.name == "sqlite":
        taken = list(connection.execute(_ALL, claim).mappings())
    else:
        turns = connection.execute(_TAKE_TURNS, {name: claim[name] for name in ("of_lane", "now", "most")})
        ours = [row.recipient for row in turns if row.ours]
        taken = list(connection.execute(_OURS, {**claim, "people": ours}).mappings())
    people = {row["recipient"] for row in taken if row["recipient"]}
    if people:
        ripe = {row["recipient"] for row in taken if row["recipient"] and row["first_at"] + window <= claim["now"]}
        theirs = {name: claim[name] for name in ("now", "until", "new_lease")}
        taken += connection.execute(_WITH_THEM, {**theirs, "people": sorted(people), "ripe": sorted(ripe)}).mappings()
    return taken
