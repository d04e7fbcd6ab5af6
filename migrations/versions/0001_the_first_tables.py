"""The first tables"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("reviewers", sa.Text(), nullable=False),
        sa.Column("execution_arn", sa.Text(), nullable=True),
        sa.Column("state_name", sa.Text(), nullable=True),
        sa.Column("map_item", sa.Integer(), nullable=True),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_action_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("callback_id", sa.String(length=40), nullable=False),
        sa.Column("callback", sa.String(length=16), nullable=False),
        sa.Column("callback_detail", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_approvals_due", "approvals", ["next_action_at"], **_where("next_action_at IS NOT NULL"))
    op.create_index("ix_approvals_execution", "approvals", ["execution_arn"], **_where("execution_arn IS NOT NULL"))
    op.create_index(
        "ix_approvals_settled_with_token",
        "approvals",
        ["settled_at"],
        **_where("sealed_token IS NOT NULL AND settled_at IS NOT NULL"),
    )
    op.create_index("ix_approvals_status", "approvals", ["status", "id"])
    op.create_index("uq_approvals_token_sha256", "approvals", ["token_sha256"], unique=True)

    op.create_table(
        "decisions",
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reviewer", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("option", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("assurance", sa.String(length=16), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", "number"),
    )
    op.create_table(
        "notes",
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", "number"),
    )
    op.create_table(
        "outbox",
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("approval_id", "key"),
    )
    op.create_index("ix_outbox_due", "outbox", ["lane", "next_attempt_at"], **_where("next_attempt_at IS NOT NULL"))

    op.create_table(
        "reviewers",
        sa.Column("reviewer", sa.String(length=320), nullable=False),
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reviewer", "approval_id"),
    )
    op.create_table(
        "tags",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("approval_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "approval_id"),
    )


def downgrade() -> None:
    for table in ("tags", "reviewers", "outbox", "notes", "decisions", "approvals"):
        op.drop_table(table)


def _where(condition: str) -> Any:
    """A partial index, alike in both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
