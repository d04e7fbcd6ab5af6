"""Rounds: floor, ours, floor, ours, … so that a machine that is busy for a moment is so for both."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Measurement = Callable[[], float]


@dataclass(frozen=True)
class Series:
    """What several rounds gave for one thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the best and the worst round, as a share of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def ratio_to(self, floor: "Series") -> float:
        """The median of the rounds' own ratios: each round is compared with its neighbour alone."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.values, floor.values, strict=True))


def interleaved(measurements: Mapping[str, Measurement], *, rounds: int) -> dict[str, Series]:
    """Every measurement once in each round, in the order given."""
    values: dict[str, list[float]] = {name: [] for name in measurements}
    for _ in range(rounds):
        for name, measure in measurements.items():
            values[name].append(measure())
    return {name: Series(tuple(found)) for name, found in values.items()}


def milliseconds(function: Callable[[], object], *, times: int = 1) -> float:
    """How long one call takes, on average over `times`."""
    began = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - began) * 1000 / times


def per_second(function: Callable[[], int]) -> float:
    """`function` says how many it did."""
    began = time.perf_counter()
    done = function()
    return done / (time.perf_counter() - began)
