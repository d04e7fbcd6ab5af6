"""Find a notice by the receipt of its mail"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SENT = "lane = 'notice' AND result = 'sent'"


def upgrade() -> None:
    op.create_index(
        "ix_outbox_receipt", "outbox", ["detail"], postgresql_where=sa.text(_SENT), sqlite_where=sa.text(_SENT)
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_receipt", "outbox")
