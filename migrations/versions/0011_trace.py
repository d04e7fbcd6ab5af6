"""The trace of a submission, in which its later spans are"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("approvals", sa.Column("trace", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "trace")
