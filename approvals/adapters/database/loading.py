"""Loading approvals and callback targets from rows, with few queries. A row that cannot be read harms only itself."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.adapters.database.unreadable.set_aside import READ_ERRORS, SetAside
from approvals.domain.model.approval import Approval, CallbackState
from approvals.domain.model.errors import Unreadable
from approvals.domain.model.records import Target

_a, _d = tables.approvals.c, tables.decisions.c
_DECISIONS = (
    sa.select(tables.decisions)
    .where(_d.approval_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_d.approval_id, _d.number)
)
_TARGETS = sa.select(_a.id, _a.sealed_token, _a.execution_arn, _a.created_at, _a.copies, _a.callback, _a.trace).where(
    _a.id.in_(sa.bindparam("ids", expanding=True))
)
Decided = dict[str, list[sa.RowMapping]]


def load(
    connection: sa.Connection, found: Sequence[sa.RowMapping], set_aside: SetAside, *, now: datetime | None = None
) -> list[Approval]:
    """Load the approvals that can be read, and set the others aside: with `now`, until their next attempt is due."""
    decided, loaded = _decisions(connection, found), []
    for row in found:
        try:
            loaded.append(_approval(row, decided))
        except READ_ERRORS as error:
            set_aside.failed(row["id"], error, now=now)
        else:
            set_aside.was_read(row["id"])
    return loaded


def load_one(connection: sa.Connection, row: sa.RowMapping, set_aside: SetAside) -> Approval:
    """Load one approval. Raises Unreadable."""
    loaded = load(connection, [row], set_aside)
    if not loaded:
        raise Unreadable(row["id"])
    return loaded[0]


def _decisions(connection: sa.Connection, found: Sequence[sa.RowMapping]) -> Decided:
    """Read the decisions in at most one more query; a first version has none."""
    decided: Decided = {}
    if ids := [row["id"] for row in found if row["version"] != 1]:
        for row in connection.execute(_DECISIONS, {"ids": ids}).mappings():
            decided.setdefault(row["approval_id"], []).append(row)
    return decided


def _approval(row: sa.RowMapping, decided: Decided) -> Approval:
    return rows.approval(row, tuple(rows.decision(one) for one in decided.get(row["id"], ())))


def load_targets(connection: sa.Connection, approval_ids: Sequence[str]) -> dict[str, Target]:
    """Load the callback targets of these approvals."""
    if not approval_ids:
        return {}
    return {row["id"]: target(row) for row in connection.execute(_TARGETS, {"ids": approval_ids}).mappings()}


def target(row: sa.RowMapping) -> Target:
    return Target(
        approval_id=row["id"],
        sealed_token=row["sealed_token"],
        execution_arn=row["execution_arn"],
        created_at=row["created_at"],
        copies=bool(row["copies"]),
        trace=row["trace"],
        failed=row["callback"] == CallbackState.FAILED,
    )
