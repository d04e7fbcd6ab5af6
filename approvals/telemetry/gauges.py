"""The gauges that are read from the database: the backlog as values of instruments."""

from collections.abc import Iterator

from approvals.domain.model.records import Backlog
from approvals.telemetry.instruments import (
    OLDEST_MESSAGE,
    OVERDUE,
    PENDING,
    SWEEP_LAG,
    UNDELIVERED,
    Instrument,
)

Reading = tuple[Instrument, float, tuple[str, ...]]
READ = (PENDING, OVERDUE, SWEEP_LAG, UNDELIVERED, OLDEST_MESSAGE)


def readings(found: Backlog) -> Iterator[Reading]:
    """Yield the value of each gauge, with the values of its labels."""
    yield PENDING, found.pending, ()
    yield OVERDUE, found.overdue, ()
    yield SWEEP_LAG, found.sweep_lag, ()
    yield UNDELIVERED, found.failed, ("failed",)
    yield UNDELIVERED, found.unconfirmed, ("unconfirmed",)
    for lane, age in found.oldest.items():
        yield OLDEST_MESSAGE, age, (lane,)
