"""A fault: one thing that is wrong with what was sent. All of them are found before any is told."""

from collections.abc import Iterable
from typing import Self

import msgspec


class Fault(msgspec.Struct, frozen=True, order=True):
    """Where (`stages[0].groups[1].from[0]`, or empty for the whole) and what, with the mend."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ApprovalsError(Exception):
    """Whatever can go wrong that some caller acts on."""


class Invalid(ApprovalsError):
    """What was sent is wrong; `faults` says where, all of it at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))

    @classmethod
    def at(cls, path: str, message: str) -> Self:
        return cls([Fault(path, message)])
