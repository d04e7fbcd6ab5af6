"""Metrics in CloudWatch's embedded metric format (EMF): JSON lines in the log."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from approvals.domain.model.records import Backlog
from approvals.telemetry.gauges import readings
from approvals.telemetry.instruments import Instrument

SERVICE = "approvals"


def dimension(label: str) -> str:
    """Return the name of a label as a dimension: lane is Lane."""
    return label[:1].upper() + label[1:]


class Emf:
    """Writes a line for each value. The dimension Service is in each set; alarms must name the same sets."""

    def __init__(self, write: Callable[[str], object], *, namespace: str, clock: Callable[[], datetime]) -> None:
        self._write, self._namespace, self._clock = write, namespace, clock

    def record(self, instrument: Instrument, value: float, labels: tuple[str, ...]) -> None:
        if not instrument.emf:
            return
        values = {dimension(label.name): given for label, given in zip(instrument.labels, labels, strict=True)}
        moment = int(self._clock().timestamp() * 1000)
        line = {
            "_aws": {"Timestamp": moment, "CloudWatchMetrics": [self._about(instrument)]},
            "Service": SERVICE, **values, instrument.emf: value,
        }  # fmt: skip
        self._write(msgspec.json.encode(line).decode() + "\n")

    def backlog(self, found: Backlog) -> None:
        """Write the gauges of the database."""
        for instrument, value, labels in readings(found):
            self.record(instrument, value, labels)

    def _about(self, instrument: Instrument) -> dict[str, object]:
        sets = [["Service", *map(dimension, labels)] for labels in instrument.emf_by]
        unit = "Seconds" if instrument.unit else "Count"
        metric = {"Name": instrument.emf, "Unit": unit}
        return {"Namespace": self._namespace, "Dimensions": sets, "Metrics": [metric]}
