"""Metrics in CloudWatch's embedded metric format (EMF): JSON lines in the log."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

SERVICE = "approvals"
SECONDS = frozenset({"SweepLag", "OldestMessage"})


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
