"""The queue as SQS hands it out: an unreadable message of a FIFO group holds up the others no longer than needed."""

import json
from collections.abc import Generator, Sequence

import pytest

from approvals.adapters.aws.sqs import FAST_RECEIVES, SqsQueue
from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.intake.batch import QueueMessage


@pytest.fixture(scope="module")
def local_aws() -> Generator[LocalAws]:
    with LocalAws(region="eu-central-1") as running:
        yield running


@pytest.fixture
def aws(local_aws: LocalAws) -> Generator[LocalAws]:
    yield local_aws
    local_aws.reset()


def a_queue(aws: LocalAws, *, fifo: bool, receives: int | None) -> SqsQueue:
    sqs, kind, suffix = aws.client("sqs"), {"FifoQueue": "true"} if fifo else {}, ".fifo" if fifo else ""
    dead = sqs.create_queue(QueueName=f"dead{suffix}", Attributes=kind)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = (
        {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})} if receives else {}
    )
    attributes = {**kind, **policy, "VisibilityTimeout": "180"}
    url = sqs.create_queue(QueueName=f"approvals{suffix}", Attributes=attributes)["QueueUrl"]
    for number, body in enumerate(["bad", "good"]):
        group = {"MessageGroupId": "refunds", "MessageDeduplicationId": str(number)} if fifo else {}
        sqs.send_message(QueueUrl=url, MessageBody=body, **group)
    return SqsQueue(lambda: sqs, url=url, make=QueueMessage)


def polled(queue: SqsQueue) -> list[str]:
    """Polls once: the good message is handled, the bad one is unreadable."""
    messages: Sequence[QueueMessage] = queue.receive()
    queue.delete([message for message in messages if message.body == "good"])
    queue.give_back([message for message in messages if message.body == "bad"])
    return [message.body for message in messages]


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("approvals.adapters.aws.sqs.WAIT_SECONDS", 0)


def test_an_unreadable_message_of_a_fifo_queue_is_received_again_at_once_until_it_is_dead(aws: LocalAws) -> None:
    queue = a_queue(aws, fifo=True, receives=5)
    seen = [body for _ in range(8) for body in polled(queue)]
    assert (seen.count("bad"), seen.count("good")) == (5, 1)
    [dead] = aws.client("sqs").receive_message(QueueUrl=f"{aws.endpoint}/123456789012/dead.fifo")["Messages"]
    assert dead["Body"] == "bad"


def test_without_a_dead_letter_queue_an_unreadable_message_is_not_received_without_end(aws: LocalAws) -> None:
    queue = a_queue(aws, fifo=True, receives=None)
    seen = [body for _ in range(FAST_RECEIVES + 5) for body in polled(queue)]
    assert seen.count("bad") == FAST_RECEIVES + 1


def test_a_standard_queue_keeps_its_visibility_time_out(aws: LocalAws) -> None:
    queue = a_queue(aws, fifo=False, receives=5)
    assert sorted(body for _ in range(4) for body in polled(queue)) == ["bad", "good"]
    assert aws.calls["ChangeMessageVisibilityBatch"] == 0


def test_a_visibility_that_may_not_be_changed_is_logged_with_the_permission(
    aws: LocalAws, caplog: pytest.LogCaptureFixture
) -> None:
    queue = a_queue(aws, fifo=True, receives=5)
    aws.faults.next("ChangeMessageVisibilityBatch", AccessDenied())
    polled(queue)
    [record] = [record for record in caplog.records if getattr(record, "event", "") == "intake.held"]
    assert "sqs:ChangeMessageVisibility" in record.getMessage()


def test_the_trace_of_the_sender_comes_with_the_message(aws: LocalAws) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="traced")["QueueUrl"]
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageSystemAttributes=header)
    [message] = SqsQueue(lambda: sqs, url=url, make=QueueMessage).receive()
    assert message.trace == header["AWSTraceHeader"]["StringValue"]
