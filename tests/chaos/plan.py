"""The plan of one round: how long, how much, and how often something breaks."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One round. The same seed draws the same faults; when they happen depends on the machine."""

    seconds: float
    seed: int
    calm_seconds: float = 150.0
    """How long everything that is due may take once nothing breaks any more."""
    pause: float = 0.6
    """The mean time between two submissions, in seconds."""
    life: tuple[float, float] = (0.5, 9.0)
    """The least and the longest time from an answer of the gateway to the next kill, in seconds."""
    longest: int = 25
    """The longest time-out of an approval, in seconds."""
    deciders: int = 3

    def draws(self, name: str) -> random.Random:
        """Return the random numbers of one part of the round."""
        return random.Random(f"{self.seed}:{name}")
