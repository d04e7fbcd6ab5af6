"""Log lines: one for each event, at the level of what it means. Failures that repeat are counted, not repeated."""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import asdict

from approvals.telemetry.event import Event, Name

WINDOW = timedelta(minutes=1)
_ERROR = frozenset({Name.CALLBACK_FAILED, Name.CALLBACK_UNCONFIRMED})
_FAILED_ATTEMPT = frozenset(
    {Name.CALLBACK_RETRYING, Name.NOTICE_RETRYING, Name.COPY_RETRYING, Name.HEARTBEAT_RETRYING}
)  # fmt: skip
_WARNING = _FAILED_ATTEMPT | {
    Name.NOTICE_FAILED, Name.COPY_FAILED, Name.ADDRESS_FAILED, Name.REVIEWER_UNREACHABLE, Name.SUBMISSION_REFUSED
}  # fmt: skip
_DEBUG = frozenset({Name.HEARTBEAT_SENT})
LOGGED_WITH_DETAILS = frozenset(
    {Name.ROW_UNREADABLE, Name.DATABASE_FAILED, Name.KMS_FAILED, Name.ADDRESS_FAILED, Name.REVIEWER_UNREACHABLE}
)  # fmt: skip
"""Where they happen, or where the failure is handled: with the key of the row, the reason, or the reviewer."""
LEVELS = {
    **dict.fromkeys(Name, logging.INFO), **dict.fromkeys(_WARNING, logging.WARNING),
    **dict.fromkeys(_ERROR, logging.ERROR), **dict.fromkeys(_DEBUG, logging.DEBUG),
}  # fmt: skip

log = logging.getLogger("approvals.events")


class Limiter:
    """Lets one of equal things through in each window, with the number of those that were held back before it."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window
        self._lock = threading.Lock()
        self._open: dict[tuple[str, ...], tuple[datetime, int]] = {}

    def __call__(self, key: tuple[str, ...], *, at: datetime) -> int | None:
        """Return how many were held back since the last one that was let through; None if this one is held back."""
        with self._lock:
            until, held = self._open.get(key, (at, 0))
            if at < until:
                self._open[key] = until, held + 1
                return None
            self._open[key] = at + self._window, 0
            return held


class LogLines:
    """Writes one line for each event. Names and classes are few, so the limiter keeps few keys."""

    def __init__(self, limit: Limiter | None = None) -> None:
        self._limit = limit or Limiter()

    def __call__(self, event: Event) -> None:
        if event.name in LOGGED_WITH_DETAILS:
            return
        level, suppressed = LEVELS[event.name], 0
        if event.name in _FAILED_ATTEMPT:
            held = self._limit((event.name, event.reason, event.channel), at=event.at)
            level, suppressed = (logging.DEBUG, 0) if held is None else (level, held)
        if log.isEnabledFor(level):
            more = {"suppressed": suppressed} if suppressed else {}
            _write(level, event, more)


def _write(level: int, event: Event, more: Mapping[str, int]) -> None:
    """Write the line without looking for the calling function, which costs as much as the rest."""
    extra = {"event": str(event.name), **fields(event), **more}
    record = log.makeRecord(log.name, level, "", 0, event.name.message, (), None, extra=extra)
    record.created = event.at.timestamp()  # the time of the audit trail
    log.handle(record)


def fields(event: Event) -> dict[str, object]:
    """Return the fields of the event that have a value, with its facts among them."""
    found = {name: value for name, value in asdict(event).items() if value or name == "seconds"}
    for name in ("name", "at", "facts"):
        found.pop(name, None)
    if event.seconds is None:
        del found["seconds"]
    else:
        found["seconds"] = round(event.seconds, 3)
    return {**found, **event.facts}
