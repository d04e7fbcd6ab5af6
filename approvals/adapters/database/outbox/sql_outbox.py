"""The outbox: messages to be sent. A row is due when its time has come; a lease moves this time ahead.

Every closing write names its lease, so a slow sender whose lease was taken over changes nothing. A row with an expired
lease belonged to a process that died: its message may have arrived, so it is `ambiguous`.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import rows, tables
from approvals.adapters.database.engine import Database
from approvals.adapters.database.loading import load_targets
from approvals.adapters.database.outbox.closing import Closing
from approvals.adapters.database.outbox.delivery_results import queue_callback
from approvals.adapters.database.outbox.digest_lease import lease_digests, lease_statement
from approvals.adapters.database.outbox.failing import failing_groups, failing_of
from approvals.adapters.database.outbox.message_copies import close_copy, copies_of
from approvals.adapters.database.outbox.stored_messages import read_message, readable_message
from approvals.adapters.database.unreadable.set_aside import LONGEST, READ_ERRORS
from approvals.adapters.database.writes.sqlite import one_or_all
from approvals.adapters.database.writes.writer import NO_WINDOW
from approvals.domain.model.messages.failing import Failing, FailingGroup
from approvals.domain.model.messages.outgoing import Copy, Heartbeat, Lane, Notice
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.records import Leased, Target
from approvals.telemetry.event import Event, Name, Observe, ignore
from approvals.telemetry.results import event_of

_o, _a = tables.outbox.c, tables.approvals.c
_ANY_DUE = (
    sa.select(_o.key).where(_o.lane == sa.bindparam("of_lane"), _o.next_attempt_at <= sa.bindparam("now")).limit(1)
)
_CLAIM = lease_statement()
UNREADABLE = "this release cannot read the message"
_POSTPONE = (
    tables.outbox.update()
    .where(
        _o.approval_id == sa.bindparam("of_id"), _o.key == sa.bindparam("of_key"), _o.lease == sa.bindparam("of_lease")
    )
    .values(lease=None, next_attempt_at=sa.bindparam("until"), failure="unreadable", detail=UNREADABLE)
)
_ASKED = (
    sa.select(_o.approval_id, _o.detail)
    .where(
        _o.approval_id.in_(sa.bindparam("ids", expanding=True)),
        _o.recipient == sa.bindparam("recipient"),
        _o.result == "sent",
    )
    .order_by(_o.first_at.desc(), _o.key.desc())
)
"""The first mail comes last, and so replaces the later ones in a dict."""
# Literal values, so that SQLite uses the partial index.
_SENT_WITH = sa.select(_o.approval_id, _o.message).where(
    _o.lane == sa.literal_column("'notice'"), _o.result == sa.literal_column("'sent'"),
    _o.detail == sa.bindparam("receipt"),
)  # fmt: skip


FIRST_WAIT = timedelta(seconds=2)


log = logging.getLogger(__name__)


class SqlOutbox:
    """Implements ports.Outbox."""

    def __init__(
        self, database: Database, *, new_id: Callable[[], str], window: timedelta = NO_WINDOW, observe: Observe = ignore
    ) -> None:
        """With a `window`, notices for the same recipient are leased together. `observe` takes results of sending."""
        self._database, self._new_id, self._window, self._observe = database, new_id, window, observe
        self._closing = Closing(database)

    def lease(self, *, lane: Lane, now: datetime, until: datetime, limit: int) -> list[Leased]:
        """Lease due messages. An idle poll is one index look-up, without a write.

        A message that cannot be read is put back at once, for a time that grows with each attempt.
        """
        leased, unreadable = list[Leased](), True
        while unreadable and not leased and self._any_due(lane, now):
            claim = {"of_lane": lane, "now": now, "most": limit, "until": until, "new_lease": self._new_id()}
            leased, unreadable = self._lease(claim)
        return sorted(leased, key=lambda one: one.first_at)

    def _any_due(self, lane: Lane, now: datetime) -> bool:
        with self._database.read() as connection:
            return connection.execute(_ANY_DUE, {"of_lane": lane, "now": now}).first() is not None

    def _lease(self, claim: dict[str, Any]) -> tuple[list[Leased], bool]:
        """Lease what is due now. Return what can be read, and whether there was something that cannot."""
        lane, until = claim["of_lane"], claim["until"]
        with self._database.write() as connection:
            together = lane == "notice" and self._window > NO_WINDOW
            taken = lease_digests(connection, claim, window=self._window) if together else _claimed(connection, claim)
            targets = load_targets(connection, [row["approval_id"] for row in taken]) if lane == "callback" else {}
            leased, failed = list[Leased](), list[rows.Row]()
            for row in taken:
                try:
                    leased.append(_leased(row, until, targets, together=together))
                except READ_ERRORS as error:
                    self._database.set_aside.failed_message(row["approval_id"], row["key"], error)
                    failed.append(_put_back(row, claim["now"]))
            if failed:
                connection.execute(_POSTPONE, one_or_all(failed))
        return leased, bool(failed)

    def settle(self, results: Sequence[tuple[Leased, Result]], *, now: datetime, jitter: Callable[[], float]) -> int:
        """Close leases. Heartbeats have their own statement, which locks no approvals, to avoid deadlocks."""
        beats = [pair for pair in results if isinstance(pair[0].message, Heartbeat)]
        shown = [(leased, sent) for leased, sent in results if _is_written_copy(leased, sent)]
        others = [pair for pair in results if not (isinstance(pair[0].message, Heartbeat) or _is_written_copy(*pair))]
        closed = [pair for part in (beats, others) for pair in self._closing.close(part, now=now, jitter=jitter)]
        for leased, result in closed:
            if event := event_of(leased, result, at=now):
                self._observe(event)
        return len(closed) + self._written(shown, now)

    def copies(self, approval_id: str) -> list[Copy]:
        with self._database.read() as connection:
            return copies_of(connection, approval_id)

    def failing(self, approval_ids: Sequence[str], *, each: int) -> dict[str, Failing]:
        with self._database.read() as connection:
            return failing_of(connection, approval_ids, each=each)

    def failing_groups(self) -> list[FailingGroup]:
        with self._database.read() as connection:
            return failing_groups(connection)

    def asked_by(self, approval_ids: Sequence[str], *, recipient: str) -> dict[str, str]:
        with self._database.read() as connection:
            found = connection.execute(_ASKED, {"ids": list(approval_ids), "recipient": recipient})
            return {row.approval_id: row.detail for row in found if row.detail}

    def _written(self, shown: Sequence[tuple[Leased, Result]], now: datetime) -> int:
        if not shown:
            return 0
        with self._database.write() as connection:
            return sum(
                close_copy(connection, leased, sent, now=now) for leased, sent in shown if isinstance(sent, Sent)
            )

    def sent_with(self, receipt: str) -> list[tuple[str, Notice]]:
        with self._database.read() as connection:
            found = connection.execute(_SENT_WITH, {"receipt": receipt}).all()
        messages = [(row.approval_id, readable_message(row.message)) for row in found]
        return [(approval_id, message) for approval_id, message in messages if isinstance(message, Notice)]

    def requeue(self, approval_id: str, *, now: datetime, actor: str) -> bool:
        queued = queue_callback(self._database, approval_id, now=now, actor=actor)
        if queued:
            self._observe(Event(name=Name.CALLBACK_REQUEUED, at=now, approval_id=approval_id, lane="callback"))
        return queued


def _is_written_copy(leased: Leased, result: Result) -> bool:
    return isinstance(leased.message, Copy) and isinstance(result, Sent)


def _claimed(connection: sa.Connection, claim: dict[str, Any]) -> Sequence[sa.RowMapping]:
    return connection.execute(_CLAIM, claim).mappings().all()


def _put_back(row: sa.RowMapping, now: datetime) -> rows.Row:
    """Free a message that cannot be read. The first times are short: a process of its release may be there already."""
    wait = min(FIRST_WAIT * 2.0 ** min(row["attempts"] - 1, 20), LONGEST)
    return {"of_id": row["approval_id"], "of_key": row["key"], "of_lease": row["lease"], "until": now + wait}


def _leased(row: Any, until: datetime, targets: dict[str, Target], *, together: bool) -> Leased:
    nowhere = Target(approval_id=row["approval_id"], sealed_token=None, execution_arn=None, created_at=row["first_at"])
    plain = {name: row[name] for name in ("key", "lease", "attempts", "ambiguous", "ambiguous_at", "first_at")}
    more = {
        "until": until, "message": read_message(row["message"]), "target": targets.get(row["approval_id"], nowhere),
        "recipient": (row["recipient"] or row["outcome_recipient"]) if together else None,
    }  # fmt: skip
    return msgspec.convert({**plain, **more}, Leased)  # checks the types of the columns
