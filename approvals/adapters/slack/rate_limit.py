"""Rate limit of the calls to Slack: one message a second for each channel, and silence where Slack asked for it.

It never sleeps: it returns how long to wait, so that messages to other conversations are not held up.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

BETWEEN_POSTS = timedelta(seconds=1)
"""“chat.postMessage generally allows posting one message per second per channel” (Slack's page on rate limits)."""
SPREAD = BETWEEN_POSTS / 5
"""So far apart come those who wait for the end of a silence: all at once they would be refused again."""
NONE = timedelta(0)


class RateLimit:
    """The rate limit of one process. Several processes together may exceed it; Slack's refusals then slow them down."""

    def __init__(self, *, clock: Callable[[], datetime], between: timedelta = BETWEEN_POSTS) -> None:
        self._clock, self._between = clock, between
        self._free_at: dict[str, datetime] = {}
        self._waiting: dict[str, int] = {}
        self._lock = threading.Lock()

    def wait(self, key: str) -> timedelta:
        """Return how long a call has to wait, zero outside of a pause. Does not reserve a time."""
        with self._lock:
            now = self._clock()
            free = self._free_at.get(key, now)
            if free <= now:
                return NONE
            self._waiting[key] = self._waiting.get(key, 0) + 1
            return free - now + SPREAD * (self._waiting[key] - 1)

    def turn(self, key: str) -> timedelta:
        """Nothing where it is ours to post now, else how long to wait: each who waits a second longer than the last."""
        with self._lock:
            now = self._clock()
            free = self._free_at.get(key, now)
            if free <= now:
                self._free_at[key] = now + self._between
                self._waiting[key] = 0
                return NONE
            self._waiting[key] = self._waiting.get(key, 0) + 1
            return free - now + self._between * (self._waiting[key] - 1)

    def hold(self, key: str, *, wait: timedelta) -> None:
        """Record a pause that Slack asked for."""
        with self._lock:
            now = self._clock()
            if self._free_at.get(key, now) <= now:
                self._waiting[key] = 0
            self._free_at[key] = max(self._free_at.get(key, now), now + wait)
