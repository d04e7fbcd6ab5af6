"""Interleaved rounds (floor, ours, floor, ours, …), so that a short load of the machine affects both alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Measurement = Callable[[], float]


@dataclass(frozen=True)
class Series:
    """The values of one measurement in several rounds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """Half the range of the values, as a fraction of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def ratio_to(self, floor: "Series") -> float:
        """Return the median of the ratios of each round."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.values, floor.values, strict=True))


def interleaved(measurements: Mapping[str, Measurement], *, rounds: int) -> dict[str, Series]:
    """Run every measurement once per round, in the order given."""
    values: dict[str, list[float]] = {name: [] for name in measurements}
    for _ in range(rounds):
        for name, measure in measurements.items():
            values[name].append(measure())
    return {name: Series(tuple(found)) for name, found in values.items()}


def milliseconds(function: Callable[[], object], *, times: int = 1) -> float:
    """Return the mean time of a call over `times` calls."""
    began = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - began) * 1000 / times


def per_second(function: Callable[[], int]) -> float:
    """Return the rate of a function that returns the number of items it processed."""
    began = time.perf_counter()
    done = function()
    return done / (time.perf_counter() - began)
