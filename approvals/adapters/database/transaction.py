"""One open transaction. Only `add` and `apply` write approvals; the `version` condition decides, locks only save work.

The statements are built once: building and compiling one costs more than running it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from approvals.adapters.database import rows, tables
from approvals.adapters.database.engine import pipelined
from approvals.adapters.database.loading import load, load_one, load_targets, target
from approvals.adapters.database.outbox.message_copies import make_copies_due
from approvals.adapters.database.unreadable.set_aside import SetAside
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.errors import NotFound, Stale
from approvals.domain.model.messages.outgoing import Callback, Message, Notice, dedup_key
from approvals.domain.model.records import Arrival, Leased, Target

_a, _o = tables.approvals.c, tables.outbox.c
BY_ID = sa.select(tables.approvals).where(_a.id == sa.bindparam("id"))
_BY_ID_LOCKED = BY_ID.with_for_update()
_BY_TOKEN = sa.select(_a.token_sha256, _a.id).where(_a.token_sha256.in_(sa.bindparam("hashes", expanding=True)))
SAME_WAIT = (
    sa.select(tables.approvals)
    .where(_a.execution_arn == sa.bindparam("arn"), _a.state_name == sa.bindparam("state"))
    # coalesce keeps PostgreSQL off the index of the status, of which it would read every pending approval.
    .where(sa.func.coalesce(_a.status, "") == "pending")
    .where(_a.map_item.is_not_distinct_from(sa.bindparam("item", type_=sa.Integer)))
    .where(_a.caller == sa.bindparam("sender"), _a.id != sa.bindparam("of_id"))
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_HEARTBEAT = (_o.approval_id.in_(sa.bindparam("ids", expanding=True)), _o.key == "heartbeat")
# A leased row is being sent; skipping locked ones rules out a deadlock with the process that closes several leases.
_FREE_HEARTBEATS = (
    sa.select(_o.approval_id)
    .where(*_HEARTBEAT, _o.lease.is_(None), _o.next_attempt_at > sa.bindparam("now"))
    .with_for_update(skip_locked=True)
)
_HASTEN = tables.outbox.update().where(*_HEARTBEAT).values(next_attempt_at=sa.bindparam("now"))
_DUE = (
    sa.select(tables.approvals)
    .where(_a.next_action_at <= sa.bindparam("now"))
    .order_by(_a.next_action_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_DUE_IDS = _DUE.with_only_columns(_a.id)
_DEFER = (
    tables.approvals.update().where(_a.id == sa.bindparam("of_id")).values(next_action_at=sa.bindparam("until"))
)  # fmt: skip
_OUTDATED = (
    sa.select(tables.approvals)
    .where(_a.next_action_at.is_not(None), _a.directory != sa.bindparam("fingerprint"))
    .order_by(_a.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_OUTDATED_IDS = _OUTDATED.with_only_columns(_a.id)
_THESE = (
    sa.select(tables.approvals).where(_a.id.in_(sa.bindparam("ids", expanding=True))).with_for_update(skip_locked=True)
)
_HELD = (
    tables.approvals.update().where(_a.id == sa.bindparam("of_id")).values(directory=sa.bindparam("fingerprint"))
)  # fmt: skip
_QUEUED = sa.select(_o.key).where(_o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"))
_MOVE = (
    tables.approvals.update()
    .where(_a.id == sa.bindparam("of_id"), _a.version == sa.bindparam("of_version"))
    .values(
        {name: sa.bindparam(name) for name in ("reviewers", "outcome", "undelivered", tables.ACTIONS, *rows.MOVING)}
    )
)
_STOP_HEARTBEAT = tables.outbox.delete().where(_o.approval_id == sa.bindparam("of_id"), _o.key == "heartbeat")
_PARTS = {
    table: table.insert()
    for table in (tables.decisions, tables.notes, tables.outbox, tables.reviewers, tables.tags)
}  # fmt: skip
NO_WINDOW = timedelta(0)
_COUNTED = {"preserve_rowcount": True}


class SqlTransaction:
    """Implements ports.Transaction."""

    def __init__(
        self, connection: sa.Connection, new_id: Callable[[], str], *, set_aside: SetAside,
        window: timedelta = NO_WINDOW,
    ) -> None:  # fmt: skip
        """`window` is how long a notice waits for others to the same recipient."""
        self._connection, self._new_id, self._window, self._set_aside = connection, new_id, window, set_aside
        self._targets: dict[str, Target] = {}
        self._with_copies: set[str] = set()

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        """Insert all arrivals, in one round trip if the driver can. A unique index finds known tokens."""
        wanted = [
            rows.new_row(
                arrival.change.approval,
                token_sha256=arrival.token_sha256,
                sealed_token=arrival.sealed_token,
                directory=arrival.directory,
            )
            for arrival in arrivals
        ]
        insert = _insert_unless_known(self._connection.dialect, tuple(wanted[0]))
        done = self._connection.execute(insert, one_or_all(wanted), execution_options=_COUNTED)
        ids = [arrival.change.approval.id for arrival in arrivals]
        if done.rowcount < len(ids):
            known = self._by_token([arrival.token_sha256 for arrival in arrivals])
            ids = [known[arrival.token_sha256] for arrival in arrivals]
        added = [a.change for a, approval_id in zip(arrivals, ids, strict=True) if a.change.approval.id == approval_id]
        self._write_parts(added)
        return ids

    def approval(self, approval_id: str) -> Approval:
        row = self._connection.execute(_BY_ID_LOCKED, {"id": approval_id}).mappings().first()
        if row is None:
            raise NotFound(approval_id)
        self._targets[approval_id] = target(row)
        self._remember_copies([row])
        return load_one(self._connection, row, self._set_aside)

    def same_wait(self, approval: Approval, *, limit: int) -> list[Approval]:
        content = approval.content
        if content.execution is None or content.state is None:
            return []
        same = {
            "arn": content.execution.id, "state": content.state.name, "item": rows.map_item_number(content.map_item),
            "sender": approval.caller, "of_id": approval.id, "most": limit,
        }  # fmt: skip
        rows_found = self._connection.execute(SAME_WAIT, same).mappings().all()
        found = load(self._connection, rows_found, self._set_aside)
        return [other for other in found if other.content.map_item == content.map_item]

    def hasten_heartbeats(self, approval_ids: Sequence[str], *, now: datetime) -> None:
        if not approval_ids:
            return
        free = self._connection.execute(_FREE_HEARTBEATS, {"ids": approval_ids, "now": now}).scalars().all()
        if free:
            self._connection.execute(_HASTEN, {"ids": free, "now": now})

    def due(self, *, now: datetime, limit: int) -> list[Approval]:
        return self._batch(_DUE, _DUE_IDS, now=now, limit=limit, wanted={"now": now})

    def defer(self, approval_id: str, *, until: datetime) -> None:
        self._connection.execute(_DEFER, {"of_id": approval_id, "until": until})

    def outdated(self, fingerprint: str, *, now: datetime, limit: int) -> list[Approval]:
        return self._batch(_OUTDATED, _OUTDATED_IDS, now=now, limit=limit, wanted={"fingerprint": fingerprint})

    def postpone(self, approval_id: str, *, now: datetime) -> None:
        self._set_aside.postpone(approval_id, now=now)

    def _batch(
        self, query: sa.Select[Any], ids: sa.Select[Any], *, now: datetime, limit: int, wanted: dict[str, Any]
    ) -> list[Approval]:
        """Read a batch of approvals, without those that are set aside; they need not be read to leave them out."""
        while True:
            if postponed := self._set_aside.postponed(now):
                found = self._connection.execute(ids, {**wanted, "most": limit + len(postponed)}).scalars()
                these = [approval_id for approval_id in found if approval_id not in postponed][:limit]
                batch = self._connection.execute(_THESE, {"ids": these}).mappings().all()
            else:
                batch = self._connection.execute(query, {**wanted, "most": limit}).mappings().all()
            loaded = self._loaded(batch, now=now)
            if loaded or not batch:
                return loaded

    def held_against(self, fingerprint: str | None, approval_ids: Sequence[str]) -> None:
        if approval_ids:
            held = [{"of_id": approval_id, "fingerprint": fingerprint} for approval_id in approval_ids]
            self._connection.execute(_HELD, one_or_all(held))

    def queued(self, approval_id: str, notice: Notice) -> bool:
        same = {"of_id": approval_id, "of_key": dedup_key(notice)}
        return self._connection.execute(_QUEUED, same).first() is not None

    def apply(self, changes: Sequence[Change], *, lease_until: datetime | None = None) -> list[Leased]:
        if not changes:
            return []
        moved = self._connection.execute(_MOVE, one_or_all([rows.moved_row(change.approval) for change in changes]))
        if moved.rowcount != len(changes):
            raise Stale("another transaction changed the approval")
        lease = self._new_id() if lease_until else None
        self._write_parts(changes, lease=lease, until=lease_until)
        moved_at = {change.approval.id: change.note.at for change in changes if change.approval.id in self._with_copies}
        for approval_id, at in moved_at.items():
            make_copies_due(self._connection, [approval_id], now=at)
        return self._taken(changes, lease, lease_until) if lease and lease_until else []

    def _loaded(self, found: Sequence[sa.RowMapping], *, now: datetime | None = None) -> list[Approval]:
        self._remember_copies(found)
        return load(self._connection, found, self._set_aside, now=now)

    def _remember_copies(self, found: Sequence[sa.RowMapping]) -> None:
        self._with_copies.update(row["id"] for row in found if row["copies"])

    def _write_parts(
        self, changes: Sequence[Change], *, lease: str | None = None, until: datetime | None = None
    ) -> None:
        """Write the rows of the changes, in one round trip if the driver can, and stop settled heartbeats."""
        settled = [{"of_id": change.approval.id} for change in changes if not change.approval.pending]
        with pipelined(self._connection):
            self._insert(tables.decisions, [rows.decision_row(c, c.decision) for c in changes if c.decision])
            self._insert(tables.notes, [rows.note_row(c.approval.id, c.approval.version, c.note) for c in changes])
            self._insert(tables.outbox, [
                rows.message_row(change, message, window=self._window, **_leased(message, lease, until))
                for change in changes for message in change.messages
            ])  # fmt: skip
            self._insert(tables.reviewers, [row for change in changes for row in rows.reviewer_rows(change)])
            self._insert(tables.tags, [row for change in changes if change.reviewers for row in rows.tag_rows(change)])
            if settled:
                self._connection.execute(_STOP_HEARTBEAT, one_or_all(settled))

    def _taken(self, changes: Sequence[Change], lease: str, until: datetime) -> list[Leased]:
        """Return the callbacks that this transaction queued and leased."""
        told = [(c, m) for c in changes for m in c.messages if isinstance(m, Callback)]
        unknown = [c.approval.id for c, _ in told if c.approval.id not in self._targets]
        self._targets.update(load_targets(self._connection, unknown))
        return [
            Leased(
                key=dedup_key(message), lease=lease, until=until, attempts=1, ambiguous=False, first_at=change.note.at,
                message=message, target=self._targets[change.approval.id],
            )
            for change, message in told
        ]  # fmt: skip

    def _insert(self, table: sa.Table, values: list[rows.Row]) -> None:
        if values:
            self._connection.execute(_PARTS[table], one_or_all(values))

    def _by_token(self, hashes: list[str]) -> dict[str, str]:
        found = self._connection.execute(_BY_TOKEN, {"hashes": hashes})
        return {row.token_sha256: row.id for row in found}


@lru_cache(maxsize=16)
def _insert_unless_known(dialect: sa.Dialect, columns: tuple[str, ...]) -> Any:
    """Compile the insert once; SQLAlchemy never caches an ON CONFLICT insert (its `inherit_cache` is False).

    It has no RETURNING, which would make several rows one statement with hundreds of parameters: psycopg parses it
    every time, which takes longer than the rest of a batch.
    """
    insert: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(tables.approvals)
    statement = insert.on_conflict_do_nothing(index_elements=["token_sha256"])
    return statement.compile(dialect=dialect, column_keys=columns)


def one_or_all(values: list[rows.Row]) -> Any:
    """Return a single row without its list, which SQLAlchemy executes faster."""
    return values[0] if len(values) == 1 else values


def _leased(message: Message, lease: str | None, until: datetime | None) -> rows.Row:
    if lease is None or not isinstance(message, Callback):
        return {}
    return {"lease": lease, "next_attempt_at": until, "attempts": 1}
