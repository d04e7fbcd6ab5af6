"""One transaction: it reads at once, collects the changes, and lets the store write all of them at its end.

The condition on the version decides who may write; locks only save work. The statements are built once: building and
compiling one costs more than running it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from approvals.adapters.database import rows, tables
from approvals.adapters.database.loading import load, load_one, target
from approvals.adapters.database.unreadable.set_aside import SetAside
from approvals.adapters.database.writes.row_batch import Move
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.errors import NotFound
from approvals.domain.model.messages.outgoing import Callback, Notice, dedup_key
from approvals.domain.model.records import Leased, Target

_a, _o = tables.approvals.c, tables.outbox.c
BY_ID = sa.select(tables.approvals).where(_a.id == sa.bindparam("id"))
_BY_ID_LOCKED = BY_ID.with_for_update()
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


class SqlTransaction:
    """Implements storage.Transaction."""

    def __init__(
        self, connect: Callable[[], AbstractContextManager[sa.Connection]], new_id: Callable[[], str], *,
        set_aside: SetAside, locked: bool,
    ) -> None:  # fmt: skip
        """`connect` gives the connection to read with; `locked` if approvals are locked when they are read."""
        self._connect, self._new_id, self._set_aside, self._locked = connect, new_id, set_aside, locked
        self._read: dict[str, _Read] = {}
        self._moves: dict[str, Move] = {}
        self._held: dict[str, str | None] = {}

    def approval(self, approval_id: str) -> Approval:
        query = _BY_ID_LOCKED if self._locked else BY_ID
        with self._connect() as connection:
            row = connection.execute(query, {"id": approval_id}).mappings().first()
            if row is None:
                raise NotFound(approval_id)
            found = load_one(connection, row, self._set_aside)
        self._read[approval_id] = _Read(found, target(row))
        return found

    def same_wait(self, approval: Approval, *, limit: int) -> list[Approval]:
        content = approval.content
        if content.execution is None or content.state is None:
            return []
        same = {
            "arn": content.execution.id, "state": content.state.name, "item": rows.map_item_number(content.map_item),
            "sender": approval.caller, "of_id": approval.id, "most": limit,
        }  # fmt: skip
        with self._connect() as connection:
            rows_found = connection.execute(SAME_WAIT, same).mappings().all()
            found = load(connection, rows_found, self._set_aside)
        return [other for other in found if other.content.map_item == content.map_item]

    def hasten_heartbeats(self, approval_ids: Sequence[str], *, now: datetime) -> None:
        if not approval_ids:
            return
        with self._connect() as connection:
            free = connection.execute(_FREE_HEARTBEATS, {"ids": approval_ids, "now": now}).scalars().all()
            if free:
                connection.execute(_HASTEN, {"ids": free, "now": now})

    def due(self, *, now: datetime, limit: int) -> list[Approval]:
        return self._batch(_DUE, _DUE_IDS, now=now, limit=limit, wanted={"now": now})

    def defer(self, approval_id: str, *, until: datetime) -> None:
        with self._connect() as connection:
            connection.execute(_DEFER, {"of_id": approval_id, "until": until})

    def outdated(self, fingerprint: str, *, now: datetime, limit: int) -> list[Approval]:
        return self._batch(_OUTDATED, _OUTDATED_IDS, now=now, limit=limit, wanted={"fingerprint": fingerprint})

    def postpone(self, approval_id: str, *, now: datetime) -> None:
        self._set_aside.postpone(approval_id, now=now)

    def _batch(
        self, query: sa.Select[Any], ids: sa.Select[Any], *, now: datetime, limit: int, wanted: dict[str, Any]
    ) -> list[Approval]:
        """Read a batch of approvals, without those that are set aside; they need not be read to leave them out."""
        with self._connect() as connection:
            while True:
                if postponed := self._set_aside.postponed(now):
                    found = connection.execute(ids, {**wanted, "most": limit + len(postponed)}).scalars()
                    these = [approval_id for approval_id in found if approval_id not in postponed][:limit]
                    batch = connection.execute(_THESE, {"ids": these}).mappings().all()
                else:
                    batch = connection.execute(query, {**wanted, "most": limit}).mappings().all()
                loaded = load(connection, batch, self._set_aside, now=now)
                if loaded or not batch:
                    targets = {row["id"]: target(row) for row in batch}
                    self._read.update({found.id: _Read(found, targets[found.id]) for found in loaded})
                    return loaded

    def held_against(self, fingerprint: str | None, approval_ids: Sequence[str]) -> None:
        self._held.update(dict.fromkeys(approval_ids, fingerprint))

    def queued(self, approval_id: str, notice: Notice) -> bool:
        same = {"of_id": approval_id, "of_key": dedup_key(notice)}
        with self._connect() as connection:
            return connection.execute(_QUEUED, same).first() is not None

    def apply(self, changes: Sequence[Change], *, lease_until: datetime | None = None) -> list[Leased]:
        lease = self._new_id() if lease_until else None
        for change in changes:
            move = self._move(change.approval.id)
            move.changes.append(change)
            move.lease, move.until = lease, lease_until
        return self._taken(changes, lease, lease_until) if lease and lease_until else []

    @property
    def moves(self) -> list[Move]:
        """The changes to write, by approval."""
        return [replace(move, directory=self._held.get(id_, move.directory)) for id_, move in self._moves.items()]

    @property
    def held(self) -> dict[str, str | None]:
        """The approvals of which nothing else changed than the directory against which they were checked."""
        return {id_: fingerprint for id_, fingerprint in self._held.items() if id_ not in self._moves}

    def _move(self, approval_id: str) -> Move:
        if approval_id not in self._moves:
            if approval_id not in self._read:
                self.approval(approval_id)
            before, its_target = self._read[approval_id]
            self._moves[approval_id] = Move(
                before=before, changes=[], directory=before.people_fingerprint, copies=its_target.copies
            )
        return self._moves[approval_id]

    def _taken(self, changes: Sequence[Change], lease: str, until: datetime) -> list[Leased]:
        """Return the callbacks that this transaction queues and leases."""
        return [
            Leased(
                key=dedup_key(message), lease=lease, until=until, attempts=1, ambiguous=False, first_at=change.note.at,
                message=message, target=self._read[change.approval.id].target,
            )
            for change in changes for message in change.messages if isinstance(message, Callback)
        ]  # fmt: skip


class _Read(NamedTuple):
    """An approval as it was read, and the target of its callback."""

    approval: Approval
    target: Target


def hold(connection: sa.Connection, held: Mapping[str, str | None]) -> None:
    """Record against which directory these approvals were checked, where nothing else of them changed."""
    if held:
        found = [{"of_id": approval_id, "fingerprint": fingerprint} for approval_id, fingerprint in held.items()]
        connection.execute(_HELD, found)
