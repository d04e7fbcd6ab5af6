"""Activity: polls one Activity of Step Functions. A task is handed out once, so what is not handled is held here.

If this process dies in between, nobody has the task, and the state ends by its own TimeoutSeconds or HeartbeatSeconds.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from approvals.domain.model.payload_adapter import Source

READ_SECONDS = 70.0
"""Step Functions holds a poll open for 60 s and asks for a socket time-out of at least 65."""
WORKER_NAME_LENGTH = 80
HELD_TRIES, HELD_PAUSE_SECONDS = 60, 1.0

log = logging.getLogger(__name__)


T = TypeVar("T")


class ActivityQueue:
    """One Activity. `make` turns (id, input, no receipt, task token) into what the intake takes."""

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
        """The task that is held, or else the next one, waiting up to a minute for it."""
        if self._held is not None:
            return self._again()
        answer = self._client().get_activity_task(activityArn=self._arn, workerName=self._worker_name)
        if answer.get("taskToken"):
            self._held, self._tries = self._make(self.source.name, answer["input"], "", answer["taskToken"]), 1
        return [self._held] if self._held is not None else []

    def delete(self, messages: Sequence[Any]) -> None:
        """Handled: it need not be held any longer."""
        if messages:
            self._held = None

    def _again(self) -> Sequence[Any]:
        if self._tries >= HELD_TRIES:
            log.error("a task of an activity is given up", extra={"event": "activity.lost", "arn": self._arn})
            self._held = None
            return []
        self._tries += 1
        self._wait(HELD_PAUSE_SECONDS)
        return [self._held]


def region_of(arn: str) -> str:
    """Of `arn:aws:states:REGION:ACCOUNT:activity:NAME`."""
    return arn.split(":")[3]
