"""The tables, for the store, the outbox and Alembic. Only heartbeats are deleted, and old approvals as a whole.

There are no foreign keys: each transaction writes all rows of an approval, or removes all of them (`retention/`).
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from approvals.adapters.database.unreadable.moments import UtcDateTime

metadata = sa.MetaData()
ACTIONS = "meanwhile"  # the state of actions; renaming the column would need a migration without any gain


def _moment(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcDateTime(), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _integer(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _approval_id(**more: Any) -> sa.Column[str]:
    return sa.Column("approval_id", sa.String(40), nullable=False, **more)


approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    _integer("version"),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("token_sha256", sa.String(64), nullable=False),
    sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
    _text("content"),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    _text("policy"),
    _text("policy_name"),
    _text("reviewers"),
    _text("execution_arn", null=True),
    _text("state_name", null=True),
    _integer("map_item", null=True),
    _integer("stage"),
    _moment("stage_since"),
    _integer("reminded"),
    _integer("escalated"),
    _moment("created_at"),
    _moment("deadline"),
    _moment("next_action_at", null=True),
    _text("caller"),
    sa.Column("callback_id", sa.String(40), nullable=False),
    sa.Column("callback", sa.String(16), nullable=False),
    _text("callback_detail"),
    _text("outcome", null=True),
    _moment("settled_at", null=True),
    _text("answers", null=True),
    # NULL in approvals older than these columns; their value is the deadline.
    _moment("ends_at", null=True),
    _moment("latest_end", null=True),
    _moment("recheck_at", null=True),
    _text(ACTIONS, null=True),
    # Who took those actions on behalf of reviewers, as JSON.
    _text("operators", null=True),
    # The fingerprint of the directory by which its reviewers were last evaluated; NULL if none is named in it.
    sa.Column("directory", sa.String(64), nullable=True),
    # The addresses of reviewers at which messages do not arrive; NULL where there are none.
    _text("undelivered", null=True),
    # The span of its submission, in whose trace the later ones are; NULL without a trace.
    _text("trace", null=True),
    # Whether it has message copies, which every change must make due.
    sa.Column("copies", sa.Boolean(), nullable=True),
)
sa.Index("uq_approvals_token_sha256", approvals.c.token_sha256, unique=True)
sa.Index("ix_approvals_status", approvals.c.status, approvals.c.id)


def _partial(name: str, *columns: sa.Column[Any], where: sa.ColumnElement[bool] | sa.TextClause) -> None:
    sa.Index(name, *columns, postgresql_where=where, sqlite_where=where)


_partial("ix_approvals_due", approvals.c.next_action_at, where=approvals.c.next_action_at.is_not(None))
_partial("ix_approvals_directory", approvals.c.directory, where=approvals.c.next_action_at.is_not(None))
_partial("ix_approvals_execution", approvals.c.execution_arn, where=approvals.c.execution_arn.is_not(None))
_partial(
    "ix_approvals_settled_with_token",
    approvals.c.settled_at,
    where=sa.and_(approvals.c.sealed_token.is_not(None), approvals.c.settled_at.is_not(None)),
)
UNDELIVERED = "callback IN ('failed', 'unconfirmed')"
_partial("ix_approvals_undelivered", approvals.c.callback, approvals.c.id, where=sa.text(UNDELIVERED))

reviewers = sa.Table(
    "reviewers",
    metadata,
    sa.Column("reviewer", sa.String(320), primary_key=True),
    _approval_id(primary_key=True),
    _integer("number"),
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("value", sa.String(256), primary_key=True),
    _approval_id(primary_key=True),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _approval_id(primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    _integer("reviewer"),
    _integer("stage"),
    sa.Column("option", sa.String(40), nullable=False),
    sa.Column("side", sa.String(16), nullable=False),
    _text("comment"),
    _text("form"),
    _moment("at"),
    sa.Column("via", sa.String(16), nullable=False),
    sa.Column("assurance", sa.String(16), nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    # Who gave it on behalf of the reviewer; NULL if they did, and in rows of earlier versions.
    _text("operator", null=True),
)

notes = sa.Table(
    "notes",
    metadata,
    _approval_id(primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("event", sa.String(40), nullable=False),
    _moment("at"),
    _text("actor"),
    _text("facts"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _approval_id(primary_key=True),
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("lane", sa.String(16), nullable=False),
    _text("message"),
    _integer("attempts"),
    sa.Column("ambiguous", sa.Boolean(), nullable=False),
    _moment("first_at"),
    # The time of the next attempt; while leased, the end of the lease; NULL once closed.
    _moment("next_attempt_at", null=True),
    sa.Column("lease", sa.String(40), nullable=True),
    _moment("closed_at", null=True),
    sa.Column("result", sa.String(16), nullable=True),
    _text("detail", null=True),
    # For a message copy: the version of the approval that it must show.
    _integer("wanted", null=True),
    # The recipient, if several notices for the same person can become one digest.
    _text("recipient", null=True),
    # The recipient of an outcome, if several become one message. Not in `recipient`: a former version would list these
    # settled approvals as some that wait for an answer.
    _text("outcome_recipient", null=True),
    # When the last attempt that may have arrived was over; NULL in rows that an earlier version made ambiguous.
    _moment("ambiguous_at", null=True),
    # Why the last attempt failed, as a class of reasons; `detail` has the words. NULL where none failed.
    sa.Column("failure", sa.String(16), nullable=True),
)
_partial(
    "ix_outbox_recipient",
    outbox.c.recipient,
    where=sa.and_(outbox.c.recipient.is_not(None), outbox.c.next_attempt_at.is_not(None)),
)
_partial(
    "ix_outbox_outcome_recipient",
    outbox.c.outcome_recipient,
    where=sa.and_(outbox.c.outcome_recipient.is_not(None), outbox.c.next_attempt_at.is_not(None)),
)
_partial("ix_outbox_receipt", outbox.c.detail, where=sa.and_(outbox.c.lane == "notice", outbox.c.result == "sent"))
FAILING = "next_attempt_at IS NOT NULL AND detail IS NOT NULL AND key <> 'heartbeat' AND substr(key, 1, 5) <> 'copy:'"
"""Messages that an attempt could not deliver, and another one will: only those have a detail while they are open."""
_partial("ix_outbox_failing", outbox.c.lane, outbox.c.first_at, where=sa.text(FAILING))
_partial("ix_outbox_due", outbox.c.lane, outbox.c.next_attempt_at, where=outbox.c.next_attempt_at.is_not(None))
