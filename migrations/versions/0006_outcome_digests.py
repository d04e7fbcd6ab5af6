"""Digests of outcomes"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("outcome_recipient", sa.Text(), nullable=True))
    known = sa.text("outcome_recipient IS NOT NULL AND next_attempt_at IS NOT NULL")
    op.create_index(
        "ix_outbox_outcome_recipient", "outbox", ["outcome_recipient"], postgresql_where=known, sqlite_where=known
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_outcome_recipient", "outbox")
    op.drop_column("outbox", "outcome_recipient")
