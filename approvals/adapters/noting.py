"""The audit line of what moves an approval without loading it: it takes the version that the same transaction made."""

import sqlalchemy as sa

from approvals.adapters.database import tables

_a = tables.approvals.c
NOTE = tables.notes.insert().from_select(
    ["approval_id", "number", "event", "at", "actor", "facts"],
    sa.select(
        _a.id, _a.version, sa.bindparam("event", type_=sa.String), sa.bindparam("at", type_=tables.UtcDateTime()),
        sa.bindparam("actor", type_=sa.Text), sa.bindparam("facts", type_=sa.Text),
    ).where(_a.id == sa.bindparam("of_id")),
)  # fmt: skip
