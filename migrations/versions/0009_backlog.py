"""Find what is undelivered without reading what is not"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_FAILING = "next_attempt_at IS NOT NULL AND detail IS NOT NULL AND key <> 'heartbeat' AND substr(key, 1, 5) <> 'copy:'"
_UNDELIVERED = "callback IN ('failed', 'unconfirmed')"


def upgrade() -> None:
    _index("ix_outbox_failing", "outbox", ["lane", "first_at"], _FAILING)
    _index("ix_approvals_undelivered", "approvals", ["callback", "id"], _UNDELIVERED)


def downgrade() -> None:
    op.drop_index("ix_approvals_undelivered", "approvals")
    op.drop_index("ix_outbox_failing", "outbox")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
