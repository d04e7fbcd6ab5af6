"""SQS: long polling, and deletion of handled messages. SQS itself redelivers, and fills the dead-letter queue."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from approvals.domain.model.payload_adapter import Source

WAIT_SECONDS = 20
FAST_RECEIVES = 10
"""So often an unreadable message of a FIFO queue is received without a pause. Without a dead-letter queue it would be
received for ever: after that the queue's visibility time-out applies."""
M = TypeVar("M")

log = logging.getLogger(__name__)


class SqsQueue:
    """One queue. `make` turns (message id, body, receipt handle, no token, trace) into a message for the intake."""

    def __init__(self, client: Callable[[], Any], *, url: str, make: Callable[[str, str, str, str, str], M]) -> None:
        self._client, self._url, self._make = client, url, make
        self._receives: dict[str, int] = {}
        self.source = Source(door="sqs", name=url.rsplit("/", 1)[-1])

    def receive(self) -> Sequence[Any]:
        """Return up to ten messages, waiting up to 20 s for the first (SQS's maximum)."""
        answer = self._client().receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["ApproximateReceiveCount", "AWSTraceHeader"],
        )  # fmt: skip
        found = answer.get("Messages", ())
        self._receives = {
            m["ReceiptHandle"]: int(m.get("Attributes", {}).get("ApproximateReceiveCount", 1)) for m in found
        }
        return [self._make(m["MessageId"], m["Body"], m["ReceiptHandle"], "", _trace(m)) for m in found]

    def delete(self, messages: Sequence[Any]) -> None:
        """Delete messages. A failure is harmless: the redelivered message is recognized as known."""
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(messages)]
            self._client().delete_message_batch(QueueUrl=self._url, Entries=entries)

    def give_back(self, messages: Sequence[Any]) -> None:
        """Make messages of a FIFO queue visible at once, so that the dead-letter queue soon frees their group.

        SQS hands out no other message of the group until then. A standard queue hands out the others all the same.
        """
        soon = [m for m in messages if self._receives.get(m.receipt, 1) <= FAST_RECEIVES]
        if soon and is_fifo(self._url):
            entries = [{"Id": str(n), "ReceiptHandle": m.receipt, "VisibilityTimeout": 0} for n, m in enumerate(soon)]
            self._make_visible(entries)

    def _make_visible(self, entries: list[dict[str, Any]]) -> None:
        try:
            self._client().change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            fix = "allow sqs:ChangeMessageVisibility to the gateway's role"
            log.warning(
                "an unreadable message holds its group until its visibility time-out (%s): %s",
                type(error).__name__, fix, extra={"event": "intake.held"},
            )  # fmt: skip


def _trace(message: dict[str, Any]) -> str:
    return str(message.get("Attributes", {}).get("AWSTraceHeader", ""))


def is_fifo(url: str) -> bool:
    """Return whether it is a FIFO queue: AWS requires this suffix of its name."""
    return url.endswith(".fifo")
