"""Operators who acted on behalf of reviewers"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("operator", sa.Text(), nullable=True))
    op.add_column("approvals", sa.Column("operators", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "operators")
    op.drop_column("decisions", "operator")
