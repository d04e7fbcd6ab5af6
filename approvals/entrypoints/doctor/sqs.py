"""Queue checks: existence, permissions, encryption, visibility time-out and dead-letter queue.

No message is received: a receive counts towards the dead-letter queue's maxReceiveCount.
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.sqs import FAST_RECEIVES, is_fifo
from approvals.entrypoints.doctor.aws import NOBODYS
from approvals.entrypoints.doctor.result import CheckLine, aws_failure, code_of, fail, is_denied, ok, warn
from approvals.settings.environment import Settings

LEAST_VISIBILITY = 180
_ABSENT = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"}


def check(settings: Settings, clients: Clients) -> Iterator[CheckLine]:
    url = settings.queue_url
    try:
        client = clients.get("sqs", region=settings.aws_region or None)
    except BotoCoreError as error:
        yield aws_failure("queue", error)
        return
    try:
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except (ClientError, BotoCoreError) as error:
        if code_of(error) in _ABSENT:
            yield fail("queue: no queue has this URL", "fix APPROVALS_QUEUE_URL, or the Region")
            return
        if not is_denied(error):
            yield aws_failure("queue", error)
            return
        found = {}
        yield warn("queue: its attributes cannot be read", "allow sqs:GetQueueAttributes to check them")
    else:
        yield from _attributes(found)
    if is_fifo(url):
        yield from _fifo(client, url, found)
    yield from _usable(client, url, found)
    if name := json.loads(found.get("RedrivePolicy") or "{}").get("deadLetterTargetArn", ""):
        yield _dead_letters(client, url, str(name))


def _dead_letters(client: Any, url: str, arn: str) -> CheckLine:
    """Check that the dead-letter queue is empty. It is in the Region and account of the queue."""
    name, wanted = arn.rpartition(":")[2], "ApproximateNumberOfMessages"
    try:
        dead = f"{url.rpartition('/')[0]}/{name}"
        count = int(client.get_queue_attributes(QueueUrl=dead, AttributeNames=[wanted])["Attributes"][wanted])
    except (ClientError, BotoCoreError) as error:
        if is_denied(error):
            return warn(f"queue: {name} cannot be looked at", f"allow sqs:GetQueueAttributes on {name}")
        return aws_failure(f"queue: {name}", error)
    if not count:
        return ok(f"queue: {name} is empty")
    fix = f"read one, correct its sender, then: aws sqs start-message-move-task --source-arn {arn}"
    return fail(f"queue: submissions that could not be taken in: {count} in {name}", fix)


def _attributes(found: dict[str, str]) -> Iterator[CheckLine]:
    visible = int(found.get("VisibilityTimeout", 0))
    if visible < LEAST_VISIBILITY:
        yield warn(
            f"queue: visibility time-out of {visible} s",
            f"make it {LEAST_VISIBILITY} s, or SQS redelivers messages while they are being handled",
        )
    else:
        yield ok(f"queue: visibility time-out of {visible} s")
    if found.get("RedrivePolicy"):
        yield ok("queue: has a dead-letter queue")
    else:
        yield warn(
            "queue: has no dead-letter queue",
            "add one (maxReceiveCount 5), or unreadable messages are redelivered for ever",
        )
    if found.get("SqsManagedSseEnabled") == "true" or found.get("KmsMasterKeyId"):
        yield ok("queue: encrypted at rest")
    else:
        yield warn("queue: not encrypted at rest", "set SqsManagedSseEnabled or a KMS key: it contains task tokens")


def _fifo(client: Any, url: str, found: dict[str, str]) -> Iterator[CheckLine]:
    """Check what a FIFO queue needs so that an unreadable message does not hold up the others of its group."""
    policy = json.loads(found.get("RedrivePolicy") or "{}")
    receives = int(policy.get("maxReceiveCount", 0))
    fix = f"use a standard queue, or a dead-letter queue with a maxReceiveCount of at most {FAST_RECEIVES}"
    if found and not receives:
        yield warn("queue: FIFO, where an unreadable message holds its group until it expires", fix)
    elif receives > FAST_RECEIVES:
        slow = receives - FAST_RECEIVES
        yield warn(f"queue: FIFO, where an unreadable message holds its group for {slow} visibility time-outs", fix)
    yield _tried(
        "change the visibility",
        lambda: client.change_message_visibility(QueueUrl=url, ReceiptHandle=NOBODYS, VisibilityTimeout=0),
        "sqs:ChangeMessageVisibility",
    )


def _usable(client: Any, url: str, found: dict[str, str]) -> Iterator[CheckLine]:
    if found.get("ApproximateNumberOfMessages") == "0":
        yield _tried("receive", lambda: client.receive_message(QueueUrl=url, WaitTimeSeconds=0), "sqs:ReceiveMessage")
    yield _tried("delete", lambda: client.delete_message(QueueUrl=url, ReceiptHandle=NOBODYS), "sqs:DeleteMessage")


def _tried(verb: str, call: Any, permission: str) -> CheckLine:
    try:
        call()
    except (ClientError, BotoCoreError) as error:
        if code_of(error) in {"ReceiptHandleIsInvalid", "InvalidParameterValue"}:
            return ok(f"queue: may {verb}")
        return aws_failure(f"queue: may not {verb}", error, permission=permission)
    return ok(f"queue: may {verb}")
