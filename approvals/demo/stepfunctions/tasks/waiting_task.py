"""A paused task is closed exactly once: by its first completion, by its own clocks, or by whoever stops it.

The stock interpreter lets a completion overwrite another, and lets one in while a time-out is on its way.
Here every change and every look at the clock happens under one condition variable.
"""

import math
import threading
import time
from typing import Any

from moto.stepfunctions.parser.asl.eval.callback.callback import (
    ActivityCallbackEndpoint,
    ActivityTaskStartEndpoint,
    ActivityTaskStartOutcome,
    CallbackOutcome,
    CallbackTimeoutError,
)


class WaitingTask(ActivityCallbackEndpoint):
    """Speaks the interpreter's protocol of callback, heartbeat and activity endpoints."""

    def __init__(self, token: str, *, frame: Any = None, activity_input: str = "") -> None:
        super().__init__(callback_id=token, activity_input=activity_input)
        self.frame = frame
        self._change = threading.Condition()
        self._open = True
        self._interrupted = False
        self._deadline = math.inf
        self._heartbeat_seconds = math.inf
        self._last_beat = math.inf
        self._worker: ActivityTaskStartOutcome | None = None

    def run_for(self, seconds: float) -> None:
        """Start the clock of TimeoutSeconds."""
        with self._change:
            self._deadline = time.monotonic() + seconds

    def complete(self, outcome: CallbackOutcome) -> bool:
        """Whether this call was the one that closed the task."""
        with self._change:
            if not self._is_open():
                return False
            self._outcome = outcome
            self._close()
            return True

    def beat(self) -> bool:
        """Restart the heartbeat clock, and only that one; False once the task is closed."""
        with self._change:
            if not self._is_open():
                return False
            self._last_beat = time.monotonic()
            self._change.notify_all()
            return True

    def start(self, worker_name: str | None) -> bool:
        """Hand an activity's task to a worker; False if it was closed before anybody asked for it."""
        with self._change:
            if not self._is_open():
                return False
            self._worker = ActivityTaskStartOutcome(worker_name=worker_name)
            self._change.notify_all()
            return True

    def interrupt_all(self) -> None:
        with self._change:
            self._interrupted = True
            self._close()

    def wait(self, timeout: float | None = None) -> CallbackOutcome | None:  # noqa: ARG002 - our own deadline is exact
        with self._change:
            while self._is_open():
                self._pause_until(min(self._deadline, self._beat_due()))
            self._close()
            return self._outcome

    def wait_for_worker(self, seconds_once_started: float) -> ActivityTaskStartOutcome | None:
        """TimeoutSeconds of an activity counts from the moment a worker has it, as the documentation says."""
        with self._change:
            while self._worker is None and self._is_open():
                self._change.wait()
            self._deadline = time.monotonic() + seconds_once_started
            return self._worker

    def setup_heartbeat_endpoint(self, heartbeat_seconds: int) -> Any:
        with self._change:
            self._heartbeat_seconds = heartbeat_seconds
            self._last_beat = time.monotonic()
        return self

    def clear_and_wait(self) -> bool:
        """The heartbeat endpoint's verb: True when there is an outcome, False when the heart stood still."""
        if self.wait() is not None:
            return True
        if self._interrupted or self._deadline < self._beat_due():
            raise CallbackTimeoutError
        return False

    def get_activity_task_start_endpoint(self) -> "ActivityStart":
        return ActivityStart(self)

    def _is_open(self) -> bool:
        return self._open and time.monotonic() < min(self._deadline, self._beat_due())

    def _beat_due(self) -> float:
        return self._last_beat + self._heartbeat_seconds

    def _close(self) -> None:
        self._open = False
        self._change.notify_all()

    def _pause_until(self, moment: float) -> None:
        self._change.wait(min(moment - time.monotonic(), threading.TIMEOUT_MAX))


class ActivityStart(ActivityTaskStartEndpoint):
    def __init__(self, task: WaitingTask) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._task = task

    def wait(self, timeout_seconds: float) -> ActivityTaskStartOutcome | None:
        return self._task.wait_for_worker(timeout_seconds)
