"""Scan: find the rows that this release cannot read, for the doctor."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.loading import load
from approvals.adapters.database.outbox.stored_messages import read_message
from approvals.adapters.database.unreadable.set_aside import READ_ERRORS, SetAside, reason

PAGE = 200
_a, _o = tables.approvals.c, tables.outbox.c
_NEWEST = sa.select(tables.approvals).order_by(_a.id.desc()).limit(PAGE)
_OPEN = sa.select(_o.approval_id, _o.message).where(_o.next_attempt_at.is_not(None)).order_by(_o.next_attempt_at)


class Found(msgspec.Struct, frozen=True):
    """A row that cannot be read, and why."""

    table: str
    approval_id: str
    reason: str


def unreadable_rows(database: Database, *, most: int) -> Iterator[Found]:
    """Yield the unreadable rows among the newest approvals and the messages that wait, up to `most` of each."""
    collected = _Collected()
    with database.read() as connection:
        before, read = None, 0
        while read < most and (page := _page(connection, before)):
            load(connection, page, collected)
            before, read = page[-1]["id"], read + len(page)
        yield from collected.found
        for row in connection.execute(_OPEN.limit(most)):
            try:
                read_message(row.message)
            except READ_ERRORS as error:
                yield Found("outbox", row.approval_id, reason(error))


def _page(connection: sa.Connection, before: str | None) -> Sequence[sa.RowMapping]:
    query: sa.Select[Any] = _NEWEST if before is None else _NEWEST.where(_a.id < before)
    return connection.execute(query).mappings().all()


class _Collected(SetAside):
    """Collects what would be logged."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []

    def _tell(self, table: str, approval_id: str, error: Exception, **_more: object) -> None:
        self.found.append(Found(table, approval_id, reason(error)))
