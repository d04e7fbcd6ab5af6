"""One kind of request to one server, sent in rounds: its rate and times, and what a request costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.load import Tally
from benchmarks.rounds import Measurement, Series
from benchmarks.servers import CLIENTS, Web
from benchmarks.statements import Statements

Requests = Callable[[int], Sequence[bytes]]
WARM_UP, COUNTED = 200, 100


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One round; the processor times are those of one request."""

    per_second: float
    p50_ms: float
    p99_ms: float
    server_ms: float
    database_ms: float


class Traffic:
    """`requests` makes so many requests, each of which is answered with the status `expect`."""

    def __init__(
        self, web: Web, requests: Requests, *, expect: int, clients: int = CLIENTS, times: int = 1
    ) -> None:  # fmt: skip
        self._web, self._requests, self._expect, self._clients, self._times = web, requests, expect, clients, times
        self._samples: list[Sample] = []
        self._statements = ""

    def warm_up(self) -> None:
        self._send(self._requests(WARM_UP))

    def measurement(self, count: int) -> Measurement:
        """Return the measurement of a round: it gives the rate."""
        return partial(self._once, count * self._times)

    def count_statements(self, statements: Statements) -> None:
        """Count them in requests of their own, because counting takes time."""
        if statements.counts:
            requests = self._requests(COUNTED)
            found = statements.executed(lambda: self._send(requests), database_url=self._web.database_url)
            self._statements = f", {found / COUNTED:.1f} statements"

    def series(self, quantity: str) -> Series:
        """Return one quantity of all rounds, by its name in Sample."""
        return Series(tuple(getattr(sample, quantity) for sample in self._samples))

    @property
    def note(self) -> str:
        """The times, the processor time of a request in the server and in the database, and its statements."""
        middle = {name: self.series(name).median for name in ("p50_ms", "p99_ms", "server_ms", "database_ms")}
        times = f"p50 {middle['p50_ms']:.1f}, p99 {middle['p99_ms']:.1f} ms"
        return f"{times}, CPU {middle['server_ms']:.2f} + {middle['database_ms']:.2f} ms{self._statements}"

    def _once(self, count: int) -> float:
        requests = self._requests(count)
        before = self._web.cpu()
        tally = self._send(requests)
        server, database = (
            (after - earlier) * 1000 / count for after, earlier in zip(self._web.cpu(), before, strict=True)
        )
        sample = Sample(
            per_second=tally.per_second, p50_ms=tally.p50_ms, p99_ms=tally.p99_ms, server_ms=server,
            database_ms=database,
        )  # fmt: skip
        self._samples.append(sample)
        return sample.per_second

    def _send(self, requests: Sequence[bytes]) -> Tally:
        return self._web.send(requests, expect=self._expect, clients=self._clients)


def rounds_of(traffic: dict[str, Traffic], *, count: int) -> dict[str, Measurement]:
    """Warm up all, and return their measurements for interleaved rounds."""
    for one in traffic.values():
        one.warm_up()
    return {name: one.measurement(count) for name, one in traffic.items()}
