"""Why the last attempt to deliver a message failed, as a class of reasons"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("failure", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "failure")
