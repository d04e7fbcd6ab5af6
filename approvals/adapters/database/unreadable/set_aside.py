"""Rows that this process cannot read: written by a later release, or damaged. Each harms only itself.

They stay in the database as they are, so that a later release or a repair can read them at any time. This process logs
and counts them, and leaves those approvals out of its batches for a time that grows with each attempt.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

READ_ERRORS = (
    msgspec.MsgspecError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
"""Whatever reading a row of another shape raises."""
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)

log = logging.getLogger(__name__)


class _Entry(msgspec.Struct, frozen=True):
    attempts: int = 0
    until: datetime | None = None
    unreadable: bool = True


class SetAside:
    """The approvals that this process could not read, each with the time until which batches leave it out."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._count: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return sum(entry.unreadable for entry in list(self._entries.values()))

    def counted_by(self, count: Callable[[], None]) -> None:
        """Call this each time when a row is logged."""
        self._count = count

    def postponed(self, now: datetime) -> frozenset[str]:
        """Return the ids of the approvals that batches leave out now."""
        if not self._entries:
            return frozenset()
        with self._lock:
            return frozenset(id_ for id_, entry in self._entries.items() if entry.until and now < entry.until)

    def failed(self, approval_id: str, error: Exception, *, now: datetime | None = None) -> None:
        """Note that an approval could not be read. A batch gives `now`, from which it is left out for a while.

        A list that shows it again and again logs it once.
        """
        with self._lock:
            known = self._entries.get(approval_id)
            before = known or _Entry()
            self._entries[approval_id] = (
                before if now is None else _Entry(before.attempts + 1, now + distance(before.attempts))
            )
        if known is None or now is not None:
            self._tell("approvals", approval_id, error)

    def postpone(self, approval_id: str, *, now: datetime) -> None:
        """Leave an approval out of batches for a while that can be read, and not be handled."""
        with self._lock:
            before = self._entries.get(approval_id) or _Entry()
            until = now + distance(before.attempts)
            self._entries[approval_id] = _Entry(before.attempts + 1, until, unreadable=False)

    def was_read(self, approval_id: str) -> None:
        """Note that an approval can be read again, after a repair or an update."""
        entry = self._entries.get(approval_id)
        if entry is None or not entry.unreadable:
            return
        with self._lock:
            self._entries.pop(approval_id, None)
        log.info(
            "approval %s can be read again", approval_id, extra={"event": "row.readable", "approval_id": approval_id}
        )

    def failed_message(self, approval_id: str, key: str, error: Exception) -> None:
        """Note that a message could not be read. Its key is logged without the address."""
        self._tell("outbox", approval_id, error, key=":".join(key.split(":")[:2]))

    def failed_note(self, approval_id: str, number: object, error: Exception) -> None:
        """Note that a line of an audit trail could not be read."""
        self._tell("notes", approval_id, error, number=number)

    def _tell(self, table: str, approval_id: str, error: Exception, **more: object) -> None:
        facts = {"event": "row.unreadable", "table": table, "approval_id": approval_id, **more}
        log.error(
            "a row of %s cannot be read by this release and is left out: approval %s: %s",
            table, approval_id, reason(error), extra=facts,
        )  # fmt: skip
        self._count()


def distance(attempts: int) -> timedelta:
    """Return the time until a row is tried again that could not be read so often before."""
    return min(FIRST * 2.0 ** min(attempts, 10), LONGEST)


def reason(error: Exception) -> str:
    """Return why a row could not be read, on one line; what it holds is not part of that."""
    return f"{type(error).__name__}: {error}".partition("\n")[0][:200]
