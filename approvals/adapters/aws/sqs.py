"""SQS: long polling, and deletion of handled messages. SQS itself redelivers, and fills the dead-letter queue."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from approvals.domain.model.payload_adapter import Source

WAIT_SECONDS = 20
M = TypeVar("M")


class SqsQueue:
    """One queue. `make` turns (message id, body, receipt handle) into a message for the intake."""

    def __init__(self, client: Callable[[], Any], *, url: str, make: Callable[[str, str, str], M]) -> None:
        self._client, self._url, self._make = client, url, make
        self.source = Source(door="sqs", name=url.rsplit("/", 1)[-1])

    def receive(self) -> Sequence[Any]:
        """Return up to ten messages, waiting up to 20 s for the first (SQS's maximum)."""
        answer = self._client().receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=WAIT_SECONDS
        )  # fmt: skip
        return [self._make(m["MessageId"], m["Body"], m["ReceiptHandle"]) for m in answer.get("Messages", ())]

    def delete(self, messages: Sequence[Any]) -> None:
        """Delete messages. A failure is harmless: the redelivered message is recognized as known."""
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(messages)]
            self._client().delete_message_batch(QueueUrl=self._url, Entries=entries)
