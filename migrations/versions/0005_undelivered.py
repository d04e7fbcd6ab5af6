"""The addresses of reviewers at which messages do not arrive"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("approvals", sa.Column("undelivered", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "undelivered")
