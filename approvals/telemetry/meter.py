"""The meter: an observer that turns events into values of instruments, with labels that take few values."""

import re
from collections.abc import Callable

from approvals.telemetry.event import Event
from approvals.telemetry.instruments import BY_EVENT, OTHER, Instrument, Label

MOST_POLICIES = 100
_POLICY = re.compile(r"[\w .:-]{1,64}")

Record = Callable[[Instrument, float, tuple[str, ...]], None]
"""Record a value of an instrument with the values of its labels, in their order. It raises nothing."""


class Meter:
    """Records what events say, and what is no event of an approval."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._policies: set[str] = set()

    def __call__(self, event: Event) -> None:
        for instrument in BY_EVENT[event.name]:
            value = instrument.value(event)
            if value is not None:
                self.record(instrument, value, *(getattr(event, label.name) for label in instrument.labels))

    def record(self, instrument: Instrument, value: float, *labels: str) -> None:
        """Record a value; a label that is not among those of the instrument becomes `other`."""
        bounded = zip(instrument.labels, labels, strict=True)
        self._record(instrument, value, tuple(self._bounded(label, given) for label, given in bounded))

    def count(self, instrument: Instrument, *labels: str) -> None:
        self.record(instrument, 1.0, *labels)

    def _bounded(self, label: Label, given: str) -> str:
        if label.values:
            return given if given in label.values else OTHER
        if given not in self._policies:
            if len(self._policies) >= MOST_POLICIES or not _POLICY.fullmatch(given):
                return OTHER
            self._policies.add(given)
        return given
