"""Circuit breaker: after several calls without a response make none for a while, then a single one as a probe.

A breaker guards one service in one Region and account, so that an outage there delays nothing elsewhere. A call that
has no response after `SLOW` counts as failed already: a service that hangs is noticed before its time-outs.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

FAILURES = 5
"""The number of calls in a row without a response that opens the circuit."""
SLOW = timedelta(seconds=1.5)
PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(seconds=60)
"""The circuit stays open for the first, and twice as long after each probe without a response."""

log = logging.getLogger(__name__)


class CircuitOpen(Exception):
    """The call was not made. `after` is the time until the next one may be."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"no call for {after.total_seconds():.0f} s")
        self.after = after


class CircuitBreaker:
    """One circuit, for all threads. Its lock is never held during a call."""

    def __init__(self, name: str, *, clock: Callable[[], datetime], failed: Callable[[BaseException], bool]) -> None:
        """`failed` tells the errors of a service that did not respond from its responses, which close the circuit."""
        self._name, self._clock, self._failed = name, clock, failed
        self._lock = Lock()
        self._running: dict[object, datetime] = {}
        self._failures = 0
        self._pause = PAUSE
        self._open_until: datetime | None = None
        self._probe: object | None = None

    @contextmanager
    def call(self) -> Iterator[None]:
        """Guard the call in the block. Raises CircuitOpen instead of entering it."""
        ticket = object()
        with self._lock:
            self._admit(ticket, self._clock())
        failed = False
        try:
            yield
        except BaseException as error:
            failed = self._failed(error)
            raise
        finally:
            with self._lock:
                self._end(ticket, failed=failed)

    def _admit(self, ticket: object, now: datetime) -> None:
        if self._open_until is None and self._failures + self._overdue(now) >= FAILURES:
            self._open(now)
        if self._open_until is not None:
            if now < self._open_until:
                raise CircuitOpen(self._open_until - now)
            if self._probe is not None:
                raise CircuitOpen(PAUSE)
            self._probe = ticket
        self._running[ticket] = now

    def _end(self, ticket: object, *, failed: bool) -> None:
        del self._running[ticket]
        probed = self._probe is ticket
        if probed:
            self._probe = None
        if not failed:
            self._close()
            return
        self._failures += 1
        if probed:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if probed or (self._open_until is None and self._failures >= FAILURES):
            self._open(self._clock())

    def _overdue(self, now: datetime) -> int:
        return sum(now - began > SLOW for began in self._running.values())

    def _open(self, now: datetime) -> None:
        self._open_until = now + self._pause
        log.warning(
            "%s does not respond: no calls for %d s", self._name, self._pause.total_seconds(),
            extra={"event": "circuit.opened", "service": self._name},
        )  # fmt: skip

    def _close(self) -> None:
        if self._open_until is not None:
            log.info("%s responds again", self._name, extra={"event": "circuit.closed", "service": self._name})
        self._failures, self._open_until, self._pause = 0, None, PAUSE
