"""Contestants: each creates requests that wait for a decision, and then decides them, in batches of the same size.

A batch is over when the last of it waits durably, or its waiter has seen the decision: some peers answer earlier.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.data.samples import approve_requests, insert_requests, submit_many, submit_requests
from benchmarks.servers import Web
from benchmarks.world import World

SECONDS_TO_FINISH = 60
SECONDS_BETWEEN_LOOKS = 0.02


@dataclass(frozen=True)
class Result:
    """What a batch took: the rate until the last of it was over, and the times until each request was answered."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """The processor time of each, of the server, its service and its database together."""


class Contestant(Protocol):
    def create(self, count: int) -> Result: ...
    def decide(self, count: int) -> Result:
        """Decide as many as `create` has just created."""
        ...


def batch(
    web: Web, requests: Sequence[bytes], *, expect: int, cpu: Callable[[], float], is_over: Callable[[], bool]
) -> Result:
    """Send the requests, and wait until the batch is over."""
    before = cpu()
    tally = web.send(requests, expect=expect)
    seconds = tally.seconds + _seconds_until(is_over)
    return Result(
        per_second=len(requests) / seconds, p50_ms=tally.p50_ms, p99_ms=tally.p99_ms,
        cpu_ms=(cpu() - before) * 1000 / len(requests),
    )  # fmt: skip


def _seconds_until(is_over: Callable[[], bool]) -> float:
    began = time.perf_counter()
    if is_over():
        return 0.0
    while not is_over():
        if time.perf_counter() - began > SECONDS_TO_FINISH:
            raise TimeoutError(f"not over after {SECONDS_TO_FINISH} s")
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return time.perf_counter() - began


def always() -> bool:
    """For those whose answer means that it is done."""
    return True


@dataclass(frozen=True)
class Floor:
    """Flask with one insert, which nobody decides."""

    web: Web

    def create(self, count: int) -> Result:
        return batch(self.web, insert_requests(count), expect=201, cpu=lambda: sum(self.web.cpu()), is_over=always)

    def decide(self, count: int) -> Result:
        raise NotImplementedError


@dataclass(frozen=True)
class Ours:
    """The gateway: an intake is answered when it is committed, a decision when Step Functions has accepted it."""

    web: Web
    world: World

    def create(self, count: int) -> Result:
        return self._batch(submit_requests(self.world.api_key, count), expect=201, is_over=always)

    def decide(self, count: int) -> Result:
        """Decide approvals of its own, whose links are needed."""
        gateway, accepted = self.world.gateway, self.world.accepted()
        requests = approve_requests(gateway, submit_many(gateway, count))
        return self._batch(requests, expect=303, is_over=lambda: self.world.accepted() == accepted + count)

    def _batch(self, requests: Sequence[bytes], *, expect: int, is_over: Callable[[], bool]) -> Result:
        return batch(self.web, requests, expect=expect, cpu=lambda: sum(self.web.cpu()), is_over=is_over)
