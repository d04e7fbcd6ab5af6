"""Closing leases, each with its result and what that changes in the approval; those of concurrent threads together.

A row is closed only by the process that holds its lease. Approvals are changed in the order of their ids, so that two
processes cannot wait for each other.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from approvals.adapters.database import tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.closed_rows import CLOSED, closed_row
from approvals.adapters.database.outbox.delivery_results import TOLD, told_row, write_told
from approvals.adapters.database.outbox.message_copies import lock_approvals, make_copies_due, store_copies
from approvals.adapters.database.rows import Row
from approvals.adapters.database.writes.group_commit import GroupCommit
from approvals.adapters.database.writes.json_rows import NOT_NEGATIVE, json_of, records
from approvals.adapters.database.writes.sqlite import one_or_all
from approvals.domain.model.errors import Stale
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.records import Leased

_o = tables.outbox.c
_CLOSE = (
    tables.outbox.update()
    .where(
        _o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"), _o.lease == sa.bindparam("of_lease")
    )
    .values({name: sa.bindparam(name) for name in CLOSED})
    .values(lease=None)
)  # fmt: skip
_CLOSED = (
    f"UPDATE outbox o SET lease = NULL, {', '.join(f'{name} = r.{name}' for name in CLOSED)}"
    f" FROM {records('closed', 'outbox', ('of_id', 'of_key', 'of_lease', *CLOSED))}"
    f" WHERE o.approval_id = r.of_id AND o.key BETWEEN r.of_key AND r.of_key AND o.lease = r.of_lease"
    f" AND r.attempts {NOT_NEGATIVE} RETURNING o.approval_id, o.key"
)
_GIVEN = f"SELECT * FROM {records('told', 'notes', (*TOLD, 'event', 'at', 'actor', 'facts'))}"
_TOLD = (
    "UPDATE approvals a SET version = a.version + 1, callback = coalesce(g.state, a.callback),"
    " callback_detail = coalesce(g.told, a.callback_detail)"
    " FROM given g JOIN closed c ON c.approval_id = g.of_id AND c.key = g.of_key WHERE a.id = g.of_id"
    " RETURNING a.id, a.version"
)
_NOTED = (
    "INSERT INTO notes (approval_id, number, event, at, actor, facts)"
    " SELECT t.id, t.version, g.event, g.at, g.actor, g.facts FROM told t JOIN given g ON g.of_id = t.id"
)
_CLOSE_ONLY = f"WITH closed AS ({_CLOSED}) SELECT approval_id, key FROM closed"
_CLOSE_AND_TELL = (
    f"WITH closed AS ({_CLOSED}), given AS ({_GIVEN}), told AS ({_TOLD}), noted AS ({_NOTED})"
    " SELECT approval_id, key FROM closed"
)
"""The same for PostgreSQL as one statement. The number of a note is the version that the update gave."""

log = logging.getLogger(__name__)


class _Sending(NamedTuple):
    """A leased message with the result of sending it, and what that writes: its row, and maybe one for its approval."""

    leased: Leased
    result: Result
    now: datetime
    row: Row
    told: Row | None

    @property
    def place(self) -> tuple[str, str]:
        return self.leased.target.approval_id, self.leased.key

    @property
    def shows(self) -> bool:
        """Whether message copies of the approval have to follow, or there is a new one."""
        follows = isinstance(self.leased.message, Callback) and self.leased.target.copies
        return follows or (isinstance(self.result, Sent) and self.result.copy)


class Closing:
    """Closes leases with their results."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = GroupCommit(self._close_all, keys=lambda call: [one.place[0] for one in call if one.told])

    def close(
        self, results: Sequence[tuple[Leased, Result]], *, now: datetime, jitter: Callable[[], float]
    ) -> list[tuple[Leased, Result]]:
        """Close the leases that are still ours, and return them with their results."""
        sent = [
            _Sending(leased, result, now, closed_row(leased, result, now, jitter()), told_row(leased, result, now))
            for leased, result in results
        ]
        return [(one.leased, one.result) for part in _parts(sent) for one in self._close(part)]

    def _close(self, part: Sequence[_Sending]) -> Sequence[_Sending]:
        """Close all at once; if that cannot be written, one by one."""
        try:
            return self._together(part)
        except (_LeaseLost, Stale, DBAPIError) as error:
            if len(part) > 1:
                return [closed for one in part for closed in self._close([one])]
            if not isinstance(error, _LeaseLost):
                _log_unwritten(part[0].leased)
            return []

    def _close_all(self, calls: Sequence[Sequence[_Sending]]) -> list[list[_Sending]]:
        sent = [one for call in calls for one in call]
        shown = [one for one in sent if one.shows]
        with self._database.write() if shown else self._database.write_once() as connection:
            if shown:
                lock_approvals(connection, sorted({approval_id for approval_id, _ in (one.place for one in sent)}))
            closed = self._written(connection, sent)
            for one in shown:
                if one.place in closed:
                    _show(connection, one)
        return [[one for one in call if one.place in closed] for call in calls]

    def _written(self, connection: sa.Connection, sent: Sequence[_Sending]) -> set[tuple[str, str]]:
        """Write the rows, and return the places of those whose lease was still ours."""
        closed = [one.row for one in sent]
        told = sorted((one.told for one in sent if one.told), key=lambda row: str(row["of_id"]))
        if not self._database.is_sqlite:
            given = {"closed": json_of(closed), **({"told": json_of(told)} if told else {})}
            return {
                (row[0], row[1]) for row in connection.exec_driver_sql(_CLOSE_AND_TELL if told else _CLOSE_ONLY, given)
            }
        if connection.execute(_CLOSE, one_or_all(closed)).rowcount != len(closed):
            raise _LeaseLost
        write_told(connection, told)
        return {one.place for one in sent}


def _parts(sent: Sequence[_Sending]) -> Iterator[list[_Sending]]:
    """Yield parts in which each approval is changed once at most."""
    while sent:
        part, later, changed = list[_Sending](), list[_Sending](), set[str]()
        for one in sent:
            again = one.told is not None and one.place[0] in changed
            (later if again else part).append(one)
            if one.told:
                changed.add(one.place[0])
        yield part
        sent = later


def _show(connection: sa.Connection, one: _Sending) -> None:
    """Make copies due, and store a new one."""
    if isinstance(one.leased.message, Callback):
        make_copies_due(connection, [one.place[0]], now=one.now)
    store_copies(connection, [(one.leased, one.result)], now=one.now)


class _LeaseLost(Exception):
    """Another process has taken over one of the leases."""


def _log_unwritten(leased: Leased) -> None:
    """Log a result that cannot be written; the message is due again when its lease ends."""
    facts = {"event": "delivery.error", "approval_id": leased.target.approval_id}
    log.exception("the result of a message could not be written", extra=facts)
