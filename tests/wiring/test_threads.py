"""Several calls at once."""

import threading

from approvals.wiring import pooled


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
