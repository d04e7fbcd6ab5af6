"""Polling an Activity of Step Functions. Each task is delivered only once, so an unhandled task is kept in memory.

If this process dies, the task is lost, and the state ends by its own TimeoutSeconds or HeartbeatSeconds.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from approvals.domain.model.payload_adapter import Source

READ_SECONDS = 70.0
"""Step Functions keeps a poll open for 60 s and requires a socket time-out of at least 65 s."""
WORKER_NAME_LENGTH = 80
HELD_TRIES, HELD_PAUSE_SECONDS = 60, 1.0

log = logging.getLogger(__name__)


T = TypeVar("T")


class ActivityQueue:
    """One Activity. `make` turns (id, input, no receipt, task token) into a message for the intake."""

    def __init__(
        self, client: Callable[[], Any], *, arn: str, worker_name: str, make: Callable[[str, str, str, str], T],
        wait: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._client, self._arn, self._worker_name = client, arn, worker_name[:WORKER_NAME_LENGTH]
        self._make, self._wait = make, wait
        self._held: Any = None
        self._tries = 0
        self.source = Source(door="activity", name=arn.rpartition(":")[2])

    def receive(self) -> Sequence[Any]:
        """Return the kept task, or else the next one, waiting up to a minute for it."""
        if self._held is not None:
            return self._again()
        answer = self._client().get_activity_task(activityArn=self._arn, workerName=self._worker_name)
        if answer.get("taskToken"):
            self._held, self._tries = self._make(self.source.name, answer["input"], "", answer["taskToken"]), 1
        return [self._held] if self._held is not None else []

    def delete(self, messages: Sequence[Any]) -> None:
        """Drop the kept task, which has been handled."""
        if messages:
            self._held = None

    def give_back(self, messages: Sequence[Any]) -> None:
        """Do nothing: a kept task holds up the next ones until it is handled or given up."""

    def _again(self) -> Sequence[Any]:
        if self._tries >= HELD_TRIES:
            log.error("gave up on a task of an activity", extra={"event": "activity.lost", "arn": self._arn})
            self._held = None
            return []
        self._tries += 1
        self._wait(HELD_PAUSE_SECONDS)
        return [self._held]


def region_of(arn: str) -> str:
    """Return the Region of `arn:aws:states:REGION:ACCOUNT:activity:NAME`."""
    return arn.split(":")[3]
