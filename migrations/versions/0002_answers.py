"""Replies of an adapter to its workflow"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("approvals", sa.Column("answers", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "answers")
