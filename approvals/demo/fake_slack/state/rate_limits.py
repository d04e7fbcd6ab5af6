"""Rate limits: calls per minute by the tier of a method, and one message per second and channel.

Slack allows “short bursts” without naming a number; the burst sizes here are our own.
"""

import math
import threading
from dataclasses import dataclass, field
from typing import Any

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
POSTS_IN_A_BURST = 5
POSTS_A_MINUTE = 300
"""The limit of a workspace, documented as "several hundred messages per minute"."""


@dataclass
class TokenBucket:
    """A token bucket that holds `size` calls and refills by `per_second`."""

    size: float
    per_second: float
    left: float
    at: float

    def take(self, now: float) -> int:
        """Take one call. Return 0, or the seconds to wait."""
        self.left = min(self.size, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0
        return max(1, math.ceil((1 - self.left) / self.per_second))


@dataclass
class RateLimits:
    enabled: bool = True
    posts_in_a_burst: int = POSTS_IN_A_BURST
    _buckets: dict[Any, TokenBucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, *, team: str, method: str, tier: int, now: float) -> int:
        return self._take((team, method), size=TIERS[tier], per_second=TIERS[tier] / 60, now=now)

    def post(self, *, team: str, channel: str, now: float) -> int:
        wait = self._take((team, "#", channel), size=self.posts_in_a_burst, per_second=1, now=now)
        return wait or self._take((team, "#"), size=POSTS_A_MINUTE, per_second=POSTS_A_MINUTE / 60, now=now)

    def reset(self) -> None:
        with self._lock:
            self._buckets.clear()

    def _take(self, key: Any, *, size: float, per_second: float, now: float) -> int:
        if not self.enabled:
            return 0
        with self._lock:
            bucket = self._buckets.setdefault(key, TokenBucket(size, per_second, size, now))
            return bucket.take(now)
