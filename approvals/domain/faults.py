"""A fault: one thing that is wrong with what was sent. All of them are found before any is told."""

import msgspec


class Fault(msgspec.Struct, frozen=True, order=True):
    """Where (`stages[0].groups[1].from[0]`, or empty for the whole) and what, with the mend."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message
