"""Threads: run calls at once, or within a time limit."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from approvals.flows.ports import Background, ParallelMap

T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger(__name__)


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
        # Log lines of a call have the request and the trace of its caller.
        calls = [partial(copy_context().run, function, item) for item in found]
        results: Iterator[R] = own.pool.map(lambda run: run(), calls)
        return results

    return each


def background(pool: Executor, *, waiting: int) -> Background:
    """Return a call with a time limit; slow calls continue in the pool, and are retried when their lease ends.

    At most `waiting` threads wait for a result at the same time; the calls of all others continue in the pool at once.
    """
    may_wait = threading.Semaphore(waiting)

    def call(function: Callable[[], T], within: timedelta, /) -> T | None:
        running = pool.submit(copy_context().run, function)
        if may_wait.acquire(blocking=False):
            try:
                return running.result(within.total_seconds())
            except TimeoutError:
                pass
            finally:
                may_wait.release()
        running.add_done_callback(_log_failure)
        return None

    return call


def _log_failure(done: Future[Any]) -> None:
    """Log an error that nobody waits for any more."""
    if error := done.exception():
        log.error("a call in the background failed", exc_info=error, extra={"event": "background.error"})
