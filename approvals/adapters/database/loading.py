"""Loading approvals and callback targets from rows, with few queries."""

from collections.abc import Sequence

import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.domain.model.approval import Approval, Decision
from approvals.domain.model.records import Target

_a, _d = tables.approvals.c, tables.decisions.c
_DECISIONS = (
    sa.select(tables.decisions)
    .where(_d.approval_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_d.approval_id, _d.number)
)
_TARGETS = sa.select(_a.id, _a.sealed_token, _a.execution_arn, _a.created_at, _a.copies).where(
    _a.id.in_(sa.bindparam("ids", expanding=True))
)


def load(connection: sa.Connection, found: Sequence[sa.RowMapping]) -> list[Approval]:
    """Load approvals with their decisions in at most one more query; a first version has no decisions."""
    decided: dict[str, list[Decision]] = {}
    ids = [row["id"] for row in found if row["version"] > 1]
    if ids:
        for row in connection.execute(_DECISIONS, {"ids": ids}).mappings():
            decided.setdefault(row["approval_id"], []).append(rows.decision(row))
    return [rows.approval(row, tuple(decided.get(row["id"], ()))) for row in found]


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
    )
