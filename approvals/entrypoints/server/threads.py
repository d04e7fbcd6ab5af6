"""The threads that handle requests. A Future for each request, as concurrent.futures makes, costs more than a queue."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)


class Threads:
    """Threads that take work from one queue. They end with the process."""

    def __init__(self, count: int) -> None:
        self._work: SimpleQueue[Callable[[], object]] = SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._run, name=f"request-{number}", daemon=True).start()

    def submit(self, work: Callable[[], object]) -> None:
        self._work.put(work)

    def shutdown(self, *, wait: bool) -> None:
        """Change nothing: work that the server no longer waits for ends with the process."""

    def _run(self) -> None:
        while True:
            work = self._work.get()
            try:
                work()
            except BaseException:
                log.exception("a request failed in the server; its thread goes on")
