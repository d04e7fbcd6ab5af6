"""The store. `add` and `apply` alone write approvals; the `version` condition is the truth, locks only save work."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from approvals.adapters import rows, tables
from approvals.adapters.engine import Database
from approvals.domain.approval import Approval, Arrival, Change, Decision, Filter, Note
from approvals.domain.errors import NotFound, Stale
from approvals.domain.messages import Callback, Leased, Notice, Target, dedup_key
from approvals.domain.submission import Content

_a = tables.approvals.c
_BY_ID = sa.select(tables.approvals).where(_a.id == sa.bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_MOVE = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"), _a.version == sa.bindparam("of_version"))
    .values({name: sa.bindparam(name) for name in ("reviewers", "outcome", *rows.MOVING)})
)
_DECISIONS = (
    sa.select(tables.decisions)
    .where(tables.decisions.c.approval_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(tables.decisions.c.approval_id, tables.decisions.c.number)
)


class SqlTransaction:
    """One open transaction; implements ports.Transaction."""

    def __init__(self, connection: sa.Connection, new_id: Any) -> None:
        self._connection, self._new_id = connection, new_id

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        """One statement for all approvals; the unique index on the token's hash decides who was first."""
        wanted = [
            rows.new_row(arrival.change.approval, token_sha256=arrival.token_sha256, sealed_token=arrival.sealed_token)
            for arrival in arrivals
        ]
        insert = self._insert(tables.approvals).on_conflict_do_nothing(index_elements=["token_sha256"])
        added = set(self._connection.scalars(insert.returning(_a.id), wanted))
        self._write_parts([arrival.change for arrival in arrivals if arrival.change.approval.id in added])
        known = self._by_token([a.token_sha256 for a in arrivals if a.change.approval.id not in added])
        return [
            a.change.approval.id if a.change.approval.id in added else known[a.token_sha256] for a in arrivals
        ]  # fmt: skip

    def approval(self, approval_id: str) -> Approval:
        row = self._connection.execute(_BY_ID_LOCKED, {"id": approval_id}).mappings().first()
        if row is None:
            raise NotFound(approval_id)
        return load(self._connection, [row])[0]

    def waiting(self, content: Content) -> list[Approval]:
        if content.execution is None or content.state is None:
            return []
        query = (
            sa.select(tables.approvals)
            .where(_a.execution_arn == content.execution.id, _a.state_name == content.state.name)
            .where(_a.status == "pending", _a.map_item.is_not_distinct_from(content.map_item))
            .with_for_update()
        )
        return load(self._connection, self._connection.execute(query).mappings().all())

    def due(self, *, now: datetime, limit: int) -> list[Approval]:
        query = (
            sa.select(tables.approvals)
            .where(_a.next_action_at <= now)
            .order_by(_a.next_action_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return load(self._connection, self._connection.execute(query).mappings().all())

    def defer(self, approval_id: str, *, until: datetime) -> None:
        self._connection.execute(tables.approvals.update().where(_a.id == approval_id).values(next_action_at=until))

    def queued(self, approval_id: str, notice: Notice) -> bool:
        o = tables.outbox.c
        query = sa.select(o.key).where(o.approval_id == approval_id, o.key == dedup_key(notice))
        return self._connection.execute(query).first() is not None

    def apply(self, changes: Sequence[Change], *, lease_until: datetime | None = None) -> list[Leased]:
        if not changes:
            return []
        moved = self._connection.execute(_MOVE, [rows.moved_row(change.approval) for change in changes])
        if moved.rowcount != len(changes):
            raise Stale("the approval was changed by somebody else")
        return self._write_parts(changes, lease_until=lease_until)

    def _write_parts(self, changes: Sequence[Change], *, lease_until: datetime | None = None) -> list[Leased]:
        """What comes with the changes: decisions, notes, messages, indexes; settled ones stop their heartbeat."""
        lease = self._new_id() if lease_until else None
        decided = [rows.decision_row(change, change.decision) for change in changes if change.decision]
        noted = [rows.note_row(change.approval.id, change.approval.version, change.note) for change in changes]
        messages = [
            rows.message_row(change, message, **_leased(message, lease, lease_until))
            for change in changes
            for message in change.messages
        ]
        self._insert_all(tables.decisions, decided)
        self._insert_all(tables.notes, noted)
        self._insert_all(tables.outbox, messages)
        self._index([change for change in changes if change.reviewers])
        self._stop_heartbeats([change.approval.id for change in changes if not change.approval.pending])
        if lease is None or lease_until is None:
            return []
        return self._taken(changes, lease, lease_until)

    def _taken(self, changes: Sequence[Change], lease: str, until: datetime) -> list[Leased]:
        """The callbacks that this transaction queued as leased already."""
        ids = [c.approval.id for c in changes if any(isinstance(m, Callback) for m in c.messages)]
        targets = load_targets(self._connection, ids)
        return [
            Leased(
                key=dedup_key(message), lease=lease, until=until, attempts=1, ambiguous=False, first_at=change.note.at,
                message=message, target=targets[change.approval.id],
            )
            for change in changes
            for message in change.messages
            if isinstance(message, Callback)
        ]  # fmt: skip

    def _index(self, changes: Sequence[Change]) -> None:
        """By whom and by what approvals can be found."""
        self._insert_all(tables.reviewers, [
            {"reviewer": reviewer.id, "approval_id": change.approval.id, "number": reviewer.number}
            for change in changes for reviewer in change.reviewers
        ])  # fmt: skip
        self._insert_all(tables.tags, [
            {"name": name, "value": value, "approval_id": change.approval.id}
            for change in changes for name, value in change.approval.content.tags.items()
        ])  # fmt: skip

    def _stop_heartbeats(self, approval_ids: list[str]) -> None:
        if approval_ids:
            o = tables.outbox.c
            self._connection.execute(
                tables.outbox.delete().where(o.approval_id.in_(approval_ids), o.key == "heartbeat")
            )

    def _insert_all(self, table: sa.Table, values: list[rows.Row]) -> None:
        if values:
            self._connection.execute(table.insert(), values)

    def _insert(self, table: sa.Table) -> Any:
        """ON CONFLICT is the same in both databases, but not in SQLAlchemy's common language."""
        dialect = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        return dialect.insert(table)

    def _by_token(self, hashes: list[str]) -> dict[str, str]:
        if not hashes:
            return {}
        query = sa.select(_a.token_sha256, _a.id).where(_a.token_sha256.in_(hashes))
        return {row.token_sha256: row.id for row in self._connection.execute(query)}


class SqlStore:
    """Implements ports.Store."""

    def __init__(self, database: Database, *, new_id: Any) -> None:
        self._database, self._new_id = database, new_id

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        with self._database.write() as connection:
            yield SqlTransaction(connection, self._new_id)

    def get(self, approval_id: str) -> Approval:
        with self._database.read() as connection:
            row = connection.execute(_BY_ID, {"id": approval_id}).mappings().first()
            if row is None:
                raise NotFound(approval_id)
            return load(connection, [row])[0]

    def find(self, wanted: Filter) -> list[Approval]:
        with self._database.read() as connection:
            return load(connection, connection.execute(_search(wanted)).mappings().all())

    def notes(self, approval_id: str) -> list[Note]:
        n = tables.notes
        query = sa.select(n).where(n.c.approval_id == approval_id).order_by(n.c.number)
        with self._database.read() as connection:
            return [rows.note(row) for row in connection.execute(query).mappings()]

    def undeliverable(self, approval_id: str) -> list[tuple[Notice, str]]:
        o = tables.outbox.c
        query = sa.select(o.message, o.detail).where(
            o.approval_id == approval_id, o.lane == "notice", o.result == "givenUp"
        )
        with self._database.read() as connection:
            found = [(rows.message(row.message), row.detail or "") for row in connection.execute(query)]
        return [(message, reason) for message, reason in found if isinstance(message, Notice)]

    def forget_tokens(self, *, before: datetime) -> int:
        drop = tables.approvals.update().where(
            _a.sealed_token.is_not(None), _a.settled_at < before, _a.callback != "waiting"
        )
        with self._database.write() as connection:
            return connection.execute(drop.values(sealed_token=None)).rowcount

    def check(self) -> None:
        with self._database.read() as connection:
            connection.execute(sa.select(_a.id).limit(1)).first()


def load(connection: sa.Connection, found: Sequence[sa.RowMapping]) -> list[Approval]:
    """Approvals with their decisions: one more query, however many there are."""
    decided: dict[str, list[Decision]] = {}
    if found:
        for row in connection.execute(_DECISIONS, {"ids": [row["id"] for row in found]}).mappings():
            decided.setdefault(row["approval_id"], []).append(rows.decision(row))
    return [rows.approval(row, tuple(decided.get(row["id"], ()))) for row in found]


def load_targets(connection: sa.Connection, approval_ids: Sequence[str]) -> dict[str, Target]:
    query = sa.select(_a.id, _a.sealed_token, _a.execution_arn, _a.created_at).where(_a.id.in_(approval_ids))
    return {
        row.id: Target(
            approval_id=row.id,
            sealed_token=row.sealed_token,
            execution_arn=row.execution_arn,
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    }


def _leased(message: Any, lease: str | None, until: datetime | None) -> rows.Row:
    if lease is None or not isinstance(message, Callback):
        return {}
    return {"lease": lease, "next_attempt_at": until, "attempts": 1}


def _search(wanted: Filter) -> sa.Select[Any]:
    """Newest first by id, which begins with the time; a page begins where the last ended, so that it costs the same."""
    query = sa.select(tables.approvals).order_by(_a.id.desc()).limit(wanted.limit)
    if wanted.reviewer:
        r = tables.reviewers.c
        query = query.join(tables.reviewers, r.approval_id == _a.id).where(r.reviewer == wanted.reviewer.casefold())
    if wanted.tag:
        t = tables.tags.c
        query = query.join(tables.tags, t.approval_id == _a.id).where(t.name == wanted.tag[0], t.value == wanted.tag[1])
    conditions = [
        (_a.status, wanted.status), (_a.execution_arn, wanted.execution), (_a.policy_name, wanted.policy)
    ]  # fmt: skip
    query = query.where(*(column == value for column, value in conditions if value is not None))
    if wanted.created_from:
        query = query.where(_a.created_at >= wanted.created_from)
    if wanted.created_to:
        query = query.where(_a.created_at < wanted.created_to)
    return query.where(_a.id < wanted.before) if wanted.before else query
