"""Metrics in CloudWatch's embedded metric format (EMF): JSON lines in the log."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from approvals.telemetry.event import Event, Name, Observe

SERVICE = "approvals"
SECONDS = frozenset({"SweepLag", "OldestMessage"})
COUNTS = {
    Name.OPENED: "ApprovalsOpened",
    Name.SETTLED: "ApprovalsSettled",
    Name.CALLBACK_DELIVERED: "CallbacksDelivered",
    Name.CALLBACK_TOO_LATE: "CallbacksTooLate",
    Name.CALLBACK_FAILED: "CallbacksFailed",
    Name.CALLBACK_UNCONFIRMED: "CallbacksUnconfirmed",
    Name.NOTICE_FAILED: "NoticesFailed",
    Name.ROW_UNREADABLE: "RowsUnreadable",
}
"""The metric that counts an event."""


class Metrics(Protocol):
    """A sink for metrics."""

    def put(self, values: Mapping[str, float], **dimensions: str) -> None: ...


class Emf:
    """Writes EMF lines. Each metric has the dimension Service and those of `put`; alarms must name the same."""

    def __init__(self, write: Callable[[str], object], *, namespace: str, clock: Callable[[], datetime]) -> None:
        self._write, self._namespace, self._clock = write, namespace, clock

    def put(self, values: Mapping[str, float], **dimensions: str) -> None:
        if not values:
            return
        named = {"Service": SERVICE, **dimensions}
        metrics = [{"Name": name, "Unit": "Seconds" if name in SECONDS else "Count"} for name in values]
        about = {"Namespace": self._namespace, "Dimensions": [list(named)], "Metrics": metrics}
        moment = int(self._clock().timestamp() * 1000)
        line = {"_aws": {"Timestamp": moment, "CloudWatchMetrics": [about]}, **named, **values}
        self._write(msgspec.json.encode(line).decode() + "\n")


def counting(metrics: Metrics) -> Observe:
    """Return an observer that counts events. An outcome is a dimension of its metric."""

    def count(event: Event) -> None:
        if name := COUNTS.get(event.name):
            metrics.put({name: 1}, **({"Outcome": event.outcome} if event.outcome else {}))

    return count
