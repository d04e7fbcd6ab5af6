"""A problem with an input, the base of all errors, and the error that carries every problem."""

from collections.abc import Iterable, Sequence
from typing import Self

import msgspec

MOST, PATH_LENGTH, MESSAGE_LENGTH = 100, 200, 500
"""The limits of what is shown: problems, and the characters of their parts. The sender controls all three."""


class Problem(msgspec.Struct, frozen=True, order=True):
    """A problem with an input: its path (`stages[0].groups[1].from[0]`, empty for the whole input) and the fix."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def bounded(problems: Sequence[Problem], *, most: int = MOST) -> tuple[Problem, ...]:
    """Return the first problems with their text cut, and one last line that counts the others."""
    shown = tuple(Problem(_cut(p.path, PATH_LENGTH), _cut(p.message, MESSAGE_LENGTH)) for p in problems[:most])
    left = len(problems) - len(shown)
    return (*shown, Problem("", f"… and {left} more")) if left else shown


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


class ApprovalsError(Exception):
    """The base class of all errors that a caller acts on."""


class Invalid(ApprovalsError):
    """The input is invalid; `problems` holds every problem, not only the first. `shown` is what people get to see."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__()

    @property
    def shown(self) -> tuple[Problem, ...]:
        return bounded(self.problems)

    def __str__(self) -> str:
        return "; ".join(map(str, self.shown))

    @classmethod
    def at(cls, path: str, message: str) -> Self:
        return cls([Problem(path, message)])
