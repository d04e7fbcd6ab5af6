"""Records: the rows of settled approvals, read as they are and deleted in small batches.

Ids begin with the time, so the oldest approvals are found by the primary key, and no index is needed for this.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.retention.record_lines import LISTS, record_line
from approvals.adapters.database.store import stored_names
from approvals.adapters.database.unreadable.set_aside import READ_ERRORS
from approvals.domain.model.approval import UNDELIVERED
from approvals.domain.model.records import Record, RecordPage

_a, _o = tables.approvals.c, tables.outbox.c
_LEFT_TO_DO = sa.exists().where(_o.approval_id == _a.id, _o.next_attempt_at.is_not(None))
_DONE = (_a.settled_at < sa.bindparam("before"), _a.callback.not_in(UNDELIVERED), ~_LEFT_TO_DO)
_SETTLED = (
    sa.select(tables.approvals)
    .where(_a.id > sa.bindparam("after"), _a.id < sa.bindparam("first_later"), *_DONE)
    .order_by(_a.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_FREE = (
    sa.select(_a.id, _a.version, _a.reviewers, _a.content)
    .where(_a.id.in_(sa.bindparam("ids", expanding=True)), *_DONE)
    .with_for_update(skip_locked=True)
)
_BY_APPROVAL = {
    key: sa.select(table)
    .where(table.c.approval_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(*table.primary_key)
    for key, table in LISTS.items()
}
_DELETE_LISTS = [
    table.delete().where(table.c.approval_id.in_(sa.bindparam("ids", expanding=True))) for table in LISTS.values()
]
_DELETE = tables.approvals.delete().where(_a.id.in_(sa.bindparam("ids", expanding=True)))


def _deleted_by_key(table: sa.Table) -> sa.Delete:
    """Delete single rows by the primary key, which begins with something else than the approval's id."""
    return table.delete().where(*(column == sa.bindparam(f"of_{column.name}") for column in table.primary_key))


_DELETE_REVIEWERS, _DELETE_TAGS = _deleted_by_key(tables.reviewers), _deleted_by_key(tables.tags)


class SqlRecords:
    """Implements storage.Records."""

    def __init__(self, database: Database, *, first_id: Callable[[datetime], str]) -> None:
        """`first_id` returns a text that sorts before all ids that were made later."""
        self._database, self._first_id = database, first_id

    def settled(self, *, before: datetime, after: str, limit: int) -> RecordPage:
        wanted = {"before": before, "after": after, "first_later": self._first_id(before), "most": limit}
        with self._database.read() as connection:
            found = connection.execute(_SETTLED, wanted).mappings().all()
            others = _others(connection, [row["id"] for row in found])
        records = [record for row in found if (record := self._record(row, others[row["id"]]))]
        return RecordPage(records, found[-1]["id"] if found else None)

    def purge(self, records: Sequence[Record], *, before: datetime) -> int:
        read = {record.approval_id: record.version for record in records}
        with self._database.write() as connection:
            free = connection.execute(_FREE, {"ids": sorted(read), "before": before}).mappings().all()
            gone = [row for row in free if row["version"] == read[row["id"]]]
            if gone:
                _delete(connection, gone)
        return len(gone)

    def _record(self, row: sa.RowMapping, others: dict[str, list[sa.RowMapping]]) -> Record | None:
        """Return the record, or None where a row cannot be read: what cannot be archived is kept."""
        try:
            return Record(row["id"], row["version"], record_line(row, others))
        except READ_ERRORS as error:
            self._database.set_aside.failed(row["id"], error)
            return None


def _others(connection: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, list[sa.RowMapping]]]:
    """Return the rows of these approvals in the other tables, by approval and key."""
    found: dict[str, dict[str, list[sa.RowMapping]]] = {approval_id: {} for approval_id in ids}
    for key, query in _BY_APPROVAL.items() if ids else ():
        for row in connection.execute(query, {"ids": ids}).mappings():
            found[row["approval_id"]].setdefault(key, []).append(row)
    return found


def _delete(connection: sa.Connection, gone: Sequence[sa.RowMapping]) -> None:
    ids = [row["id"] for row in gone]
    for statement, keys in ((_DELETE_REVIEWERS, _reviewer_keys(gone)), (_DELETE_TAGS, _tag_keys(gone))):
        if keys:
            connection.execute(statement, keys)
    for statement in (*_DELETE_LISTS, _DELETE):
        connection.execute(statement, {"ids": ids})


def _reviewer_keys(gone: Sequence[sa.RowMapping]) -> list[dict[str, Any]]:
    return [
        {"of_reviewer": name, "of_approval_id": row["id"]}
        for row in gone for name in stored_names(one["id"] for one in msgspec.json.decode(row["reviewers"]))
    ]  # fmt: skip


def _tag_keys(gone: Sequence[sa.RowMapping]) -> list[dict[str, Any]]:
    return [
        {"of_name": name, "of_value": value, "of_approval_id": row["id"]}
        for row in gone for name, value in msgspec.json.decode(row["content"]).get("tags", {}).items()
    ]  # fmt: skip
