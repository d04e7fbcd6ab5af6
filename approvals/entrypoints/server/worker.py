"""The worker: sweeps, delivers and polls the queue until it stops. Any number of workers can run."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from approvals.domain.model.errors import NotArchived, NotMigrated, Unavailable
from approvals.entrypoints.intake.batch import Queue, take_from
from approvals.flows.gateway import Gateway

FORGET_EVERY_SECONDS = 3600
BATCH = 100
SLOW = timedelta(seconds=2)
"""An account of Step Functions that takes longer does not hold up the callbacks of others."""

log = logging.getLogger(__name__)


class Bell:
    """A signal that wakes the loops of this process when something becomes due."""

    def __init__(self) -> None:
        self._rings = 0
        self._condition = threading.Condition()

    def ring(self) -> None:
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, heard: int, *, seconds: float) -> int:
        """Wait for a ring after the first `heard` rings, or for the timeout. Return the number of rings."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != heard, timeout=seconds)
            return self._rings


class Listener(Protocol):
    """A component with its own threads that starts and stops with the worker, such as a websocket."""

    def start(self) -> None: ...
    def stop(self, *, seconds: float) -> None: ...


class Worker:
    """One thread for each kind of work, so that a slow mail server delays no callback."""

    def __init__(
        self, gateway: Gateway, *, bell: Bell, pause_seconds: float, retention: timedelta, queues: Sequence[Queue] = (),
        listeners: Sequence[Listener] = (), swept: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """`swept` is called after each sweep that ended without an error."""
        self._gateway, self._bell, self._pause, self._retention = gateway, bell, pause_seconds, retention
        self._stopping, self._listeners = threading.Event(), listeners
        self._unmigrated, self._telling = False, threading.Lock()
        steps: dict[str, Callable[[], int]] = {
            "sweep": gateway.sweep if swept is None else lambda: _then(gateway.sweep(), swept),
            "callbacks": lambda: gateway.deliver(lane="callback", limit=BATCH, within=SLOW),
            "notices": lambda: gateway.deliver(lane="notice", limit=BATCH),
        }
        self._threads = [threading.Thread(target=self._loop, args=item, name=item[0]) for item in steps.items()]
        self._threads.append(threading.Thread(target=self._forget, name="forget"))
        self._polls = [threading.Thread(target=self._poll, args=(queue,), name="queue") for queue in queues]

    def start(self) -> None:
        for thread in (*self._threads, *self._polls):
            thread.daemon = True
            thread.start()
        for listener in self._listeners:
            listener.start()

    def stop(self, *, seconds: float = 25) -> None:
        """Let running work finish. Unfinished messages are sent by other workers when their leases end.

        Polls are not awaited: a poll can last 20 s, and SQS redelivers messages that were not deleted.
        """
        self._stopping.set()
        self._bell.ring()
        give_up = time.monotonic() + seconds
        for listener in self._listeners:
            listener.stop(seconds=max(0, give_up - time.monotonic()))
        for thread in self._threads:
            thread.join(max(0, give_up - time.monotonic()))
        for thread in self._polls:
            thread.join(1)

    def wait(self) -> None:
        """Wait until the worker stops."""
        self._stopping.wait()

    def _loop(self, name: str, step: Callable[[], int]) -> None:
        """Repeat the step at once while it finds work; pause when it finds none or fails."""
        heard = 0
        while not self._stopping.is_set():
            if not self._attempt(name, step):
                heard = self._bell.wait(heard, seconds=self._pause)

    def _poll(self, queue: Queue) -> None:
        while not self._stopping.is_set():
            if self._attempt("queue", lambda: take_from(queue, self._gateway)) is None:
                self._stopping.wait(self._pause)

    def _forget(self) -> None:
        """Delete sealed task tokens and settled approvals after their retention times."""
        while not self._stopping.is_set():
            self._attempt("forget", self._forget_once)
            self._attempt("purge", lambda: self._gateway.purge(proceed=self._may_go_on))
            self._stopping.wait(self._pause if self._unmigrated else FORGET_EVERY_SECONDS)

    def _may_go_on(self) -> bool:
        return not self._stopping.is_set()

    def _forget_once(self) -> int:
        return self._gateway.forget_tokens(kept_for=self._retention)

    def _attempt(self, name: str, step: Callable[[], int]) -> int | None:
        """Return the amount of work done, or None after an error, because a loop must survive every error."""
        try:
            self._gateway.check_schema()
            self._unmigrated = False
            return step()
        except NotMigrated as error:
            self._tell_once(error)
        except Unavailable as error:
            more = {"event": "worker.error", "loop": name}
            words = "the worker's %s failed; it goes on: the database cannot be used: %s"
            log.error(words, name, error.reason, extra=more)  # noqa: TRY400 - the reason needs no traceback
        except NotArchived as error:
            more = {"event": "retention.error", "loop": name}
            words = "approvals are not purged until they can be archived: %s"
            log.error(words, error.reason, extra=more)  # noqa: TRY400 - as above
        except Exception:
            log.exception("the worker's %s failed; it goes on", name, extra={"event": "worker.error", "loop": name})
        return None

    def _tell_once(self, error: NotMigrated) -> None:
        """Log that the worker waits, once and not by each loop at each check."""
        with self._telling:
            if not self._unmigrated:
                words = "the worker waits until the database is migrated: %s"
                log.error(words, error.reason, extra={"event": "worker.waits"})
            self._unmigrated = True


def _then(done: int, tell: Callable[[], None]) -> int:
    tell()
    return done
