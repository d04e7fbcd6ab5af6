"""A waiting task, closed exactly once: by its first completion, by a timeout or by a stop.

Moto lets one completion overwrite another, and accepts one while a timeout is being raised. Here every change and every
reading of the clock happens under one condition variable.
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
    """A task with the interfaces of moto's callback, heartbeat and activity endpoints."""

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
        """Start the TimeoutSeconds clock."""
        with self._change:
            self._deadline = time.monotonic() + seconds

    def complete(self, outcome: CallbackOutcome) -> bool:
        """Complete the task. Return False if it was already closed."""
        with self._change:
            if not self._is_open():
                return False
            self._outcome = outcome
            self._close()
            return True

    def beat(self) -> bool:
        """Restart the heartbeat clock. Return False if the task is closed."""
        with self._change:
            if not self._is_open():
                return False
            self._last_beat = time.monotonic()
            self._change.notify_all()
            return True

    def start(self, worker_name: str | None) -> bool:
        """Assign an activity task to a worker. Return False if it was already closed."""
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
        """Wait for a worker, then start TimeoutSeconds, which counts from that moment as documented."""
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
        """Wait for the end. Return True for an outcome, False for a missed heartbeat; raise on timeout or stop."""
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
