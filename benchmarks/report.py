"""The report: a table of measurements, floors and goals."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.goals import GOALS
from benchmarks.rounds import Series

HEADINGS = ("what", "figure", "floor", "ratio", "goal", "verdict")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line: the goal, the measurement and its floor, or the reason it was not measured."""

    goal: str
    series: Series | None = None
    floor: Series | None = None
    note: str = ""
    not_measured: str = ""

    def cells(self) -> tuple[str, ...]:
        goal = GOALS[self.goal]
        if self.series is None:
            return goal.what, "not measured", "", "", goal.text, self.not_measured
        unit = f"{goal.gap}{goal.unit}"
        ratio = self.series.ratio_to(self.floor) if self.floor else None
        met = goal.met(value=self.series.median, ratio=ratio)
        return (
            goal.what,
            f"{_number(self.series.median)}{unit} ±{self.series.spread:.0%}" + (f", {self.note}" if self.note else ""),
            f"{_number(self.floor.median)}{unit} {goal.floor}" if self.floor else "",
            f"{ratio:.2f} ×" if ratio is not None else "",
            goal.text,
            ("met" if met else "not met") if goal.text else "",
        )


def table(rows: Iterable[Row]) -> str:
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
