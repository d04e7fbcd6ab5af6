"""Prometheus: the instruments of all processes of one gateway, which share a private folder of files.

Each process writes its own values into files in memory (prometheus_client's multi-process mode); whichever process is
asked adds up those of all. The files of a process that has ended are added to those of the dead, so that counters do
not fall and the folder does not grow. Import this module only where metrics are on: the library takes time to load.
"""

import fcntl
import itertools
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    mmap_dict,
    multiprocess,
    values,
)
from prometheus_client.core import GaugeMetricFamily

from approvals.telemetry.gauges import READ, Reading
from approvals.telemetry.instruments import BUILD_INFO, DATABASE_UP, INSTRUMENTS, OTHER, Instrument

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable from which the library takes the path of the folder."""
_Values: Any = mmap_dict.MmapedDict  # these parts of the library have no types
_Collector: Any = multiprocess.MultiProcessCollector
_shared_values: Any = values.MultiProcessValue
ROOM = 1 << 20
"""The bytes of each file, reserved at start: a write into memory that no disk backs would end the process."""
FILES = ("counter", "histogram", "gauge_max")
DEAD = "dead"
_COLLECTED = frozenset({*READ, DATABASE_UP, BUILD_INFO})
"""What is read when somebody asks, and so belongs to no process."""


class Folder:
    """The private folder of one gateway's processes. Make it before they fork, and remove it after they ended."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(tempfile.mkdtemp(prefix="approvals-metrics-"))

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def retire(self, pid: int) -> None:
        """Add the values of a process that has ended to those of the dead, and remove its files. Raises OSError."""
        with self.locked(fcntl.LOCK_EX):
            for kind in FILES:
                if (ended := self.path / f"{kind}_{pid}.db").exists():
                    self._bury(kind, ended)

    def _bury(self, kind: str, ended: Path) -> None:
        _reserve(self.path / f"{kind}_{DEAD}.db")
        dead = _Values(str(self.path / f"{kind}_{DEAD}.db"))
        for key, value, timestamp, _ in _Values.read_all_values_from_file(str(ended)):
            known, _ = dead.read_value(key)
            dead.write_value(key, max(known, value) if kind == "gauge_max" else known + value, timestamp)
        dead.close()
        ended.unlink()

    @contextmanager
    def locked(self, how: int) -> Iterator[None]:
        """Hold the lock of the folder: nobody may add up values while some are moved to the dead."""
        with (self.path / "lock").open("a") as lock:
            fcntl.flock(lock, how)
            yield

    def reserve(self) -> None:
        """Reserve the space of this process's files. Raises OSError if there is none."""
        for kind in FILES:
            _reserve(self.path / f"{kind}_{os.getpid()}.db")


class Prometheus:
    """The instruments of this process. Make it after the fork, once in a process, with FOLDER_VARIABLE set."""

    def __init__(self, folder: Folder) -> None:
        values.ValueClass = _shared_values()
        folder.reserve()
        self._folder = folder
        made = [one for one in INSTRUMENTS if one not in _COLLECTED]
        metrics = {one.name: _metric(one) for one in made}
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._metrics = metrics
        for one in made:
            for labels in _all_labels(one):
                self._child(one, labels)

    def record(self, instrument: Instrument, value: float, labels: tuple[str, ...]) -> None:
        child = self._children.get((instrument.name, labels)) or self._child(instrument, labels)
        match instrument.kind:
            case "counter":
                child.inc(value)
            case "histogram":
                child.observe(value)
            case "gauge":
                child.set(value)

    def text(self, gauges: Callable[[], Iterable[Reading]]) -> bytes:
        """Return the metrics of all processes, and the gauges, in the text format."""
        registry = CollectorRegistry()
        registry.register(_Gauges(gauges))
        _Collector(registry, path=str(self._folder.path))
        with self._folder.locked(fcntl.LOCK_SH):
            return generate_latest(registry)

    def _child(self, instrument: Instrument, labels: tuple[str, ...]) -> Any:
        metric = self._metrics[instrument.name]
        child = self._children[instrument.name, labels] = metric.labels(*labels) if labels else metric
        return child


class _Gauges:
    """Collects values that are read when somebody asks."""

    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for instrument, value, labels in self._read():
            family = families.get(instrument.name) or GaugeMetricFamily(
                instrument.name, instrument.help, labels=[label.name for label in instrument.labels]
            )
            family.add_metric(labels, value)
            families[instrument.name] = family
        yield from families.values()


def _reserve(path: Path) -> None:
    with path.open("ab") as file:
        os.posix_fallocate(file.fileno(), 0, ROOM)


def build_info(version: str) -> Reading:
    return BUILD_INFO, 1.0, (version, platform.python_version())


def _metric(instrument: Instrument) -> Counter | Histogram | Gauge:
    about = (instrument.name, instrument.help, [label.name for label in instrument.labels])
    match instrument.kind:
        case "counter":
            return Counter(*about, registry=None)
        case "histogram":
            return Histogram(*about, buckets=instrument.buckets, registry=None)
        case "gauge":
            return Gauge(*about, multiprocess_mode="max", registry=None)


def _all_labels(instrument: Instrument) -> Iterator[tuple[str, ...]]:
    """Yield all values of the labels, so that each counter is there, as 0, before it counts; none for policies."""
    if all(label.values for label in instrument.labels):
        yield from itertools.product(*((*label.values, OTHER) for label in instrument.labels))
