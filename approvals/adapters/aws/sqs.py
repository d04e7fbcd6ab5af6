"""SQS: receives with long polling and deletes what is handled. Redelivery and the dead-letter queue are SQS's own."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from approvals.domain.model.payload_adapter import Source

WAIT_SECONDS = 20
M = TypeVar("M")


class SqsQueue:
    """One queue. `make` turns (message id, body, receipt handle) into what the intake takes."""

    def __init__(self, client: Callable[[], Any], *, url: str, make: Callable[[str, str, str], M]) -> None:
        self._client, self._url, self._make = client, url, make
        self.source = Source(door="sqs", name=url.rsplit("/", 1)[-1])

    def receive(self) -> Sequence[Any]:
        """Up to ten messages, waiting up to 20 s for the first (the most that SQS waits)."""
        answer = self._client().receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=WAIT_SECONDS
        )  # fmt: skip
        return [self._make(m["MessageId"], m["Body"], m["ReceiptHandle"]) for m in answer.get("Messages", ())]

    def delete(self, messages: Sequence[Any]) -> None:
        """What cannot be deleted comes again, and is then known already."""
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(messages)]
            self._client().delete_message_batch(QueueUrl=self._url, Entries=entries)
