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
    """Build the index beside the traffic. What an interrupted try has left is dropped first, since it is invalid."""
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, sqlite_where=sa.text(where))
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for old transactions, and nobody waits for it
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_where=sa.text(where), postgresql_concurrently=True)
        op.execute("SET lock_timeout = '500ms'")
