"""Group commit: threads that write at the same time share one write, so that they share its round trip and its commit.

The first in line leads: it writes its item and those that wait, then makes the next in line the leader. So nobody
waits for company, and no thread writes for others again and again.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from approvals.domain.model.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

MOST = 32
"""A longer batch would make the first of its members wait for the last, and gain little."""


class _Member(Generic[T, R]):
    """One thread's item, and what became of it. `turn` is held until the thread has a result or leads."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.result: R
        self.error: BaseException | None = None
        self.done = False
        self.turn = threading.Lock()
        self.turn.acquire()


class GroupCommit(Generic[T, R]):
    """Writes items, those of concurrent callers together. Call it with an item to get the item's result."""

    def __init__(
        self, write: Callable[[Sequence[T]], Sequence[R]], *, keys: Callable[[T], Iterable[Hashable]] = lambda _: ()
    ) -> None:
        """`write` writes all items or none, and returns each result. Items that share a key are never together."""
        self._write, self._keys = write, keys
        self._line: list[_Member[T, R]] = []
        self._led = False
        self._lock = threading.Lock()

    def __call__(self, item: T) -> R:
        """Write the item and return its result. Raises what `write` raises for it."""
        member = _Member[T, R](item)
        with self._lock:
            self._line.append(member)
            leads, self._led = not self._led, True
        if not leads:
            member.turn.acquire()
        if not member.done:
            self._lead()
        if member.error:
            raise member.error
        return member.result

    @property
    def waiting(self) -> Sequence[T]:
        """The items in line for the next write."""
        with self._lock:
            return [member.item for member in self._line]

    def _lead(self) -> None:
        """Write a batch, make the next in line the leader, and wake the batch's members."""
        batch = self._next_batch()
        try:
            self._write_batch(batch)
        finally:
            with self._lock:
                heir = self._line[0] if self._line else None
                self._led = heir is not None
            for member in batch:
                member.done = True
                member.turn.release()
            if heir:
                heir.turn.release()

    def _next_batch(self) -> list[_Member[T, R]]:
        """Take the first members of the line; one that shares a key with them waits for the next batch."""
        batch, rest, taken = list[_Member[T, R]](), list[_Member[T, R]](), set[Hashable]()
        with self._lock:
            for member in self._line:
                keys = set(self._keys(member.item))
                if len(batch) < MOST and taken.isdisjoint(keys):
                    taken |= keys
                    batch.append(member)
                else:
                    rest.append(member)
            self._line = rest
        return batch

    def _write_batch(self, batch: Sequence[_Member[T, R]]) -> None:
        """Write all together; if that fails, one by one, so that each gets its own verdict."""
        try:
            results = self._write([member.item for member in batch])
        except Exception as error:  # noqa: BLE001  the member raises it
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for member in batch:
                    self._write_batch([member])
                return
            _fail(batch, error)
        except BaseException as error:  # noqa: BLE001  the leader is stopped, and nobody may wait for it
            _fail(batch, error)
        else:
            for member, result in zip(batch, results, strict=True):
                member.result = result


def _fail(batch: Sequence[_Member[T, R]], error: BaseException) -> None:
    for member in batch:
        member.error = error
