"""A problem with an input, the base of all errors, and the error that carries every problem."""

from collections.abc import Iterable
from typing import Self

import msgspec


class Problem(msgspec.Struct, frozen=True, order=True):
    """A problem with an input: its path (`stages[0].groups[1].from[0]`, empty for the whole input) and the fix."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ApprovalsError(Exception):
    """The base class of all errors that a caller acts on."""


class Invalid(ApprovalsError):
    """The input is invalid; `problems` holds every problem, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))

    @classmethod
    def at(cls, path: str, message: str) -> Self:
        return cls([Problem(path, message)])
