"""The threads of requests: one that fails goes on with the next."""

import logging
import threading

import pytest

from approvals.entrypoints.server.threads import Threads


def test_they_work_at_the_same_time() -> None:
    threads, together = Threads(2), threading.Barrier(3)
    for _ in range(2):
        threads.submit(lambda: together.wait(10))
    together.wait(10)


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_thread_goes_on_after_an_error(error: type[BaseException], caplog: pytest.LogCaptureFixture) -> None:
    threads, done = Threads(1), threading.Event()

    def fail() -> None:
        raise error

    threads.submit(fail)
    threads.submit(done.set)
    assert done.wait(10)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
