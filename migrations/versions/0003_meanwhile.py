"""Re-evaluation of reviewers, actions, and digests"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "ends_at": MOMENT,
    "latest_end": MOMENT,
    "recheck_at": MOMENT,
    "meanwhile": sa.Text(),
    "directory": sa.String(64),
    "copies": sa.Boolean(),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("approvals", sa.Column(name, kind, nullable=True))
    op.add_column("outbox", sa.Column("wanted", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("recipient", sa.Text(), nullable=True))
    pending = sa.text("next_action_at IS NOT NULL")
    known = sa.text("recipient IS NOT NULL AND next_attempt_at IS NOT NULL")
    op.create_index(
        "ix_approvals_directory", "approvals", ["directory"], postgresql_where=pending, sqlite_where=pending
    )
    op.create_index("ix_outbox_recipient", "outbox", ["recipient"], postgresql_where=known, sqlite_where=known)


def downgrade() -> None:
    op.drop_index("ix_outbox_recipient", "outbox")
    op.drop_index("ix_approvals_directory", "approvals")
    op.drop_column("outbox", "recipient")
    op.drop_column("outbox", "wanted")
    for name in reversed(COLUMNS):
        op.drop_column("approvals", name)
