"""Several calls at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from approvals.wiring import background, pooled


def test_results_come_in_order_and_one_alone_stays_in_its_thread() -> None:
    each = pooled(4)
    assert list(each(str, range(20))) == [str(n) for n in range(20)]
    assert list(each(lambda _: threading.current_thread(), [1])) == [threading.current_thread()]


def test_a_loop_that_waits_for_slow_mails_does_not_hold_up_another_loops_callbacks() -> None:
    each, slow, done = pooled(2), threading.Event(), threading.Event()
    mails = threading.Thread(target=lambda: list(each(lambda _: slow.wait(10), range(6))))
    callbacks = threading.Thread(target=lambda: (list(each(str, range(6))), done.set()))
    mails.start()
    callbacks.start()
    assert done.wait(5)
    slow.set()
    mails.join()
    callbacks.join()


def test_only_so_many_threads_wait_for_slow_calls_and_the_others_go_on_at_once() -> None:
    slow, waiting = threading.Event(), threading.Semaphore(0)

    def call() -> str:
        waiting.release()
        slow.wait(10)
        return "done"

    with ThreadPoolExecutor(8) as pool, ThreadPoolExecutor(2) as people:
        soon = background(pool, waiting=2)
        patient = [people.submit(soon, call, timedelta(seconds=10)) for _ in range(2)]
        assert waiting.acquire(timeout=5)
        assert waiting.acquire(timeout=5)
        assert soon(call, timedelta(seconds=10)) is None, "it would wait for ten seconds"
        slow.set()
        assert [one.result(5) for one in patient] == ["done", "done"]
        assert soon(call, timedelta(seconds=10)) == "done"


def test_a_call_that_takes_longer_goes_on_and_its_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    slow = threading.Event()

    def fail() -> None:
        slow.wait(10)
        raise RuntimeError("the database is away")

    with ThreadPoolExecutor(1) as pool:
        assert background(pool, waiting=1)(fail, timedelta(0)) is None
        slow.set()
    [record] = caplog.records
    assert vars(record)["event"] == "background.error"
    assert record.exc_info
