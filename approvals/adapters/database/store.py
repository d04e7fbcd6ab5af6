"""The store: opens transactions, and reads approvals without one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from approvals.adapters.database import rows, tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.loading import load, load_one
from approvals.adapters.database.outbox.backlog import backlog
from approvals.adapters.database.outbox.stored_messages import readable_message
from approvals.adapters.database.readiness import Readiness
from approvals.adapters.database.transaction import BY_ID, SqlTransaction, hold
from approvals.adapters.database.unreadable.set_aside import READ_ERRORS
from approvals.adapters.database.writes.row_batch import Move
from approvals.adapters.database.writes.writer import NO_WINDOW, Writer
from approvals.domain.mail_addresses import reference_key
from approvals.domain.model.approval import Approval, Change, Note, Reviewer
from approvals.domain.model.errors import NotFound, Unreadable
from approvals.domain.model.messages.outgoing import CALLBACK_KEY, Notice
from approvals.domain.model.records import Arrival, Backlog, Filter
from approvals.telemetry.changes import events_of
from approvals.telemetry.event import Observe, ignore

_a, _n, _o = tables.approvals.c, tables.notes.c, tables.outbox.c
_BY_IDS = sa.select(tables.approvals).where(_a.id.in_(sa.bindparam("ids", expanding=True)))
_REVIEWERS = sa.select(_a.reviewers).where(_a.id == sa.bindparam("id"))
_NOTES = sa.select(tables.notes).where(_n.approval_id == sa.bindparam("id")).order_by(_n.number)
_UNDELIVERABLE = sa.select(_o.message, _o.detail).where(
    _o.approval_id == sa.bindparam("id"), _o.lane == "notice", _o.result == "givenUp"
)
_STILL_TRIED = sa.exists().where(_o.approval_id == _a.id, _o.key == CALLBACK_KEY, _o.next_attempt_at.is_not(None))
"""A callback that counts as failed may be tried again."""
_MOST = sa.bindparam("most", type_=sa.Integer)
_ANY_DUE = sa.select(_a.id).where(_a.next_action_at <= sa.bindparam("now")).limit(_MOST)

_FINGERPRINT = sa.bindparam("fingerprint", type_=sa.String)
_ANY_OUTDATED = (
    sa.select(_a.id)
    .where(_a.next_action_at.is_not(None), sa.or_(_a.directory < _FINGERPRINT, _a.directory > _FINGERPRINT))
    .limit(_MOST)
)


BEGINNING = datetime.fromtimestamp(0, UTC)
"""The time of a note whose own cannot be read."""


class SqlStore:
    """Implements ports.Store."""

    def __init__(
        self, database: Database, *, new_id: Callable[[], str], window: timedelta = NO_WINDOW, observe: Observe = ignore
    ) -> None:
        """`window` is how long a notice waits for others to the same recipient. `observe` takes committed changes."""
        self._database, self._new_id, self._observe = database, new_id, observe
        self.writer = Writer(database, window=window)
        self._readiness = Readiness(database)

    def add(self, arrivals: Sequence[Arrival]) -> list[str]:
        ids = self.writer.add(arrivals)
        for one, approval_id in zip(arrivals, ids, strict=True):
            if one.change.approval.id == approval_id:
                self._tell([one.change, one.change.then] if one.change.then else [one.change], pending=True)
        return ids

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        with self._database.write() as connection:
            tx = self._begun(lambda: nullcontext(connection), locked=True)
            yield tx
            self.writer.change_in(connection, tx.moves)
            hold(connection, tx.held)
        self._committed(tx.moves)

    @contextmanager
    def attempt(self) -> Iterator[SqlTransaction]:
        tx = self._begun(self._database.read, locked=False)
        yield tx
        for move in tx.moves:
            self.writer.change(move)
        if tx.held:
            with self._database.write() as connection:
                hold(connection, tx.held)
        self._committed(tx.moves)

    def _committed(self, moves: Sequence[Move]) -> None:
        for move in moves:
            self._tell(move.changes, pending=move.before.pending)

    def _tell(self, changes: Sequence[Change], *, pending: bool) -> None:
        for event in events_of(changes, pending=pending):
            self._observe(event)

    def _begun(self, connect: Callable[[], AbstractContextManager[sa.Connection]], *, locked: bool) -> SqlTransaction:
        return SqlTransaction(connect, self._new_id, set_aside=self._database.set_aside, locked=locked)

    def get(self, approval_id: str) -> Approval:
        with self._database.read() as connection:
            row = connection.execute(BY_ID, {"id": approval_id}).mappings().first()
            if row is None:
                raise NotFound(approval_id)
            return load_one(connection, row, self._database.set_aside)

    def several(self, approval_ids: Sequence[str]) -> list[Approval]:
        with self._database.read() as connection:
            found = connection.execute(_BY_IDS, {"ids": approval_ids}).mappings().all()
            return load(connection, found, self._database.set_aside)

    def reviewers(self, approval_id: str) -> tuple[Reviewer, ...]:
        with self._database.read() as connection:
            row = connection.execute(_REVIEWERS, {"id": approval_id}).mappings().first()
        if row is None:
            raise NotFound(approval_id)
        try:
            return rows.reviewers(row)
        except READ_ERRORS as error:
            self._database.set_aside.failed(approval_id, error)
            raise Unreadable(approval_id) from error

    def any_due(self, *, now: datetime) -> bool:
        """Return whether an approval is due, by an index look-up without a transaction or SQLite's write lock."""
        return self._any(_ANY_DUE, {"now": now}, now=now)

    def any_outdated(self, fingerprint: str, *, now: datetime) -> bool:
        """Return whether an approval has another fingerprint, by two range look-ups in an index."""
        return self._any(_ANY_OUTDATED, {"fingerprint": fingerprint}, now=now)

    def _any(self, ids: sa.Select[Any], wanted: dict[str, Any], *, now: datetime) -> bool:
        """Return whether an approval is due, not counting those that are set aside."""
        postponed = self._database.set_aside.postponed(now)
        with self._database.read() as connection:
            found = connection.execute(ids, {**wanted, "most": 1 + len(postponed)}).scalars()
            return any(approval_id not in postponed for approval_id in found)

    def find(self, wanted: Filter) -> list[Approval]:
        """Find approvals. As many rows are read as it takes to fill a page without those that cannot be read."""
        found: list[Approval] = []
        while True:
            with self._database.read() as connection:
                page = connection.execute(search(wanted)).mappings().all()
                loaded = load(connection, page, self._database.set_aside)
            found += loaded
            if len(page) < wanted.limit or len(loaded) == len(page):
                return found
            wanted = replace(wanted, before=page[-1]["id"], limit=len(page) - len(loaded))

    def notes(self, approval_id: str) -> list[Note]:
        with self._database.read() as connection:
            return [self._note(row) for row in connection.execute(_NOTES, {"id": approval_id}).mappings()]

    def _note(self, row: sa.RowMapping) -> Note:
        """Return the note, or one in its place that says that it cannot be read: a trail must not hide a line."""
        try:
            return rows.note(row)
        except READ_ERRORS as error:
            self._database.set_aside.failed_note(row["approval_id"], row["number"], error)
            at = row["at"] if isinstance(row["at"], datetime) else BEGINNING
            return Note(event="unreadable", at=at, actor="database", facts={"number": row["number"]})

    def backlog(self, *, now: datetime) -> Backlog:
        return backlog(self._database, now=now)

    def unreadable(self) -> int:
        return len(self._database.set_aside)

    def undeliverable(self, approval_id: str) -> list[tuple[Notice, str]]:
        with self._database.read() as connection:
            rows_found = connection.execute(_UNDELIVERABLE, {"id": approval_id})
            found = [(readable_message(row.message), row.detail or "") for row in rows_found]
        return [(message, reason) for message, reason in found if isinstance(message, Notice)]

    def forget_tokens(self, *, before: datetime) -> int:
        drop = tables.approvals.update().where(
            _a.sealed_token.is_not(None), _a.settled_at < before, _a.callback != "waiting", ~_STILL_TRIED
        )
        with self._database.write() as connection:
            return connection.execute(drop.values(sealed_token=None)).rowcount

    def check(self) -> None:
        self._readiness.check()

    def check_schema(self) -> None:
        self._readiness.check_schema()


def stored_names(names: Iterable[str]) -> list[str]:
    """Return names as rows may hold them: as given, as a key, and in the lower case of earlier versions."""
    return sorted({form for name in names for form in (name, reference_key(name), name.casefold())})


def search(wanted: Filter) -> sa.Select[Any]:
    """Select newest first by id, which begins with the time; keyset paging gives every page the same cost."""
    query = sa.select(tables.approvals).order_by(_a.id.desc()).limit(wanted.limit)
    if wanted.reviewers:
        r = tables.reviewers.c
        query = query.where(_a.id.in_(sa.select(r.approval_id).where(r.reviewer.in_(stored_names(wanted.reviewers)))))
    if wanted.tag:
        t = tables.tags.c
        query = query.join(tables.tags, t.approval_id == _a.id).where(t.name == wanted.tag[0], t.value == wanted.tag[1])
    # As in SAME_WAIT: the few approvals of an execution are found by its own index, not by that of the status.
    status = sa.func.coalesce(_a.status, "") if wanted.execution else _a.status
    conditions = [
        (status, wanted.status), (_a.execution_arn, wanted.execution), (_a.policy_name, wanted.policy)
    ]  # fmt: skip
    query = query.where(*(column == value for column, value in conditions if value is not None))
    if wanted.created_from:
        query = query.where(_a.created_at >= wanted.created_from)
    if wanted.created_to:
        query = query.where(_a.created_at < wanted.created_to)
    return query.where(_a.id < wanted.before) if wanted.before else query
