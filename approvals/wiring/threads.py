"""Threads: run calls at once, or within a time limit."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from approvals.flows.ports import Background, ParallelMap

T = TypeVar("T")
R = TypeVar("R")


def pooled(threads: int) -> ParallelMap:
    """Return a map that runs several calls at once, because a callback mostly waits for AWS.

    Each calling thread has its own pool, so that slow mails in one loop delay no callbacks in another.
    """
    own = threading.local()

    def each(function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        found = list(items)
        if len(found) < 2 or threads < 2:
            return map(function, found)
        if not hasattr(own, "pool"):
            own.pool = ThreadPoolExecutor(threads, thread_name_prefix="delivery")
        results: Iterator[R] = own.pool.map(function, found)
        return results

    return each


def background(pool: Executor) -> Background:
    """Return a call with a time limit; slow calls continue in the pool, and are retried when their lease ends."""

    def call(function: Callable[[], T], within: timedelta, /) -> T | None:
        with suppress(TimeoutError):
            return pool.submit(function).result(within.total_seconds())
        return None

    return call
