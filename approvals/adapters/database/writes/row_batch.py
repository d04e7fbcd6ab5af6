"""The rows of one write: those of approvals, new or changed, and of everything that is written with them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.messages.outgoing import Callback, Message
from approvals.domain.model.records import Arrival

PARTS = (tables.decisions, tables.notes, tables.outbox, tables.reviewers, tables.tags)


class Move(msgspec.Struct, kw_only=True):
    """The changes of one approval that are written together: the last state is stored, with the parts of all."""

    before: Approval
    """The approval as it was read."""
    changes: list[Change]
    directory: str | None
    """The fingerprint of the directory by which its reviewers were last evaluated."""
    copies: bool = False
    """Whether it has message copies, which the changes make due."""
    lease: str | None = None
    """The lease of the callbacks among the messages, which the writer sends itself."""
    until: datetime | None = None

    @property
    def after(self) -> Approval:
        return self.changes[-1].approval

    @property
    def from_version(self) -> int:
        """The version from which the first change was made."""
        return self.changes[0].approval.version - 1


class RowBatch(msgspec.Struct):
    """The rows to insert into each table, the rows of changed approvals, and the approvals whose heartbeats end."""

    new: list[rows.Row] = []
    moved: list[rows.Row] = []
    parts: dict[sa.Table, list[rows.Row]] = msgspec.field(default_factory=lambda: {table: [] for table in PARTS})
    settled: list[str] = []

    def only(self, approval_ids: set[str]) -> "RowBatch":
        """Return the batch without what belongs to other approvals."""
        return RowBatch(
            new=[row for row in self.new if row["id"] in approval_ids],
            moved=[row for row in self.moved if row["of_id"] in approval_ids],
            parts={
                table: [r for r in found if r["approval_id"] in approval_ids] for table, found in self.parts.items()
            },
            settled=[approval_id for approval_id in self.settled if approval_id in approval_ids],
        )


def arrival_rows(arrivals: Iterable[Arrival], *, window: timedelta) -> RowBatch:
    """Return the rows of arrivals, in the order of their tokens: two writers cannot wait for each other."""
    batch = RowBatch()
    for arrival in sorted(arrivals, key=lambda one: one.token_sha256):
        changes = [arrival.change, *([arrival.change.then] if arrival.change.then else [])]
        batch.new.append(
            rows.new_row(
                changes[-1].approval, token_sha256=arrival.token_sha256, sealed_token=arrival.sealed_token,
                directory=arrival.directory, trace=arrival.trace,
            )
        )  # fmt: skip
        for change in changes:
            _add_parts(batch, change, window=window)
        batch.parts[tables.tags] += rows.tag_rows(arrival.change)
    return batch


def moved_rows(moves: Iterable[Move], *, window: timedelta) -> RowBatch:
    """Return the rows of changed approvals, in the order of their ids."""
    batch = RowBatch()
    for move in sorted(moves, key=lambda one: one.before.id):
        row = rows.moved_row(move.after, of_version=move.from_version, of_copies=move.copies, directory=move.directory)
        batch.moved.append({**row, "reviewers": None} if move.after.reviewers == move.before.reviewers else row)
        for change in move.changes:
            _add_parts(batch, change, window=window, lease=move.lease, until=move.until)
        if not move.after.pending:
            batch.settled.append(move.after.id)
    return batch


def _add_parts(
    batch: RowBatch, change: Change, *, window: timedelta, lease: str | None = None, until: datetime | None = None
) -> None:
    parts, approval = batch.parts, change.approval
    if change.decision:
        parts[tables.decisions].append(rows.decision_row(change, change.decision))
    parts[tables.notes].append(rows.note_row(approval.id, approval.version, change.note))
    parts[tables.outbox] += [
        rows.message_row(change, message, window=window, **_leased(message, lease, until))
        for message in change.messages
    ]
    parts[tables.reviewers] += rows.reviewer_rows(change)


def _leased(message: Message, lease: str | None, until: datetime | None) -> dict[str, Any]:
    if lease is None or not isinstance(message, Callback):
        return {}
    return {"lease": lease, "next_attempt_at": until, "attempts": 1}
