"""The doctor on the queue: what it lacks, and what we may not do with it; no message is received for it."""

import json

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.doctor import sqs
from approvals.entrypoints.doctor.result import CheckLine
from tests.entrypoints.doctor.examining import GOOD_QUEUE, found, queue, said, settings


def looked_into(url: str) -> list[CheckLine]:
    return list(sqs.check(settings(queue_url=url), Clients()))


def test_a_queue_as_it_should_be_is_well(aws: LocalAws) -> None:
    queue(aws, "dead")
    lines = looked_into(queue(aws, **GOOD_QUEUE))
    assert said(iter(lines)) == [
        ("ok", "queue: visibility time-out of 180 s"),
        ("ok", "queue: has a dead-letter queue"),
        ("ok", "queue: encrypted at rest"),
        ("ok", "queue: may receive"),
        ("ok", "queue: may delete"),
        ("ok", "queue: dead is empty"),
    ]


@pytest.mark.parametrize(
    ("attribute", "value", "what", "fix"),
    [
        ("VisibilityTimeout", "30", "queue: visibility time-out of 30 s", "180 s"),
        ("RedrivePolicy", "", "queue: has no dead-letter queue", "maxReceiveCount 5"),
        ("SqsManagedSseEnabled", "false", "queue: not encrypted at rest", "SqsManagedSseEnabled"),
    ],
)
def test_what_a_queue_lacks_is_a_warning_with_its_fix(
    aws: LocalAws, attribute: str, value: str, what: str, fix: str
) -> None:
    queue(aws, "dead")
    attributes = {name: given for name, given in {**GOOD_QUEUE, attribute: value}.items() if given}
    line = found(iter(looked_into(queue(aws, **attributes))), what)
    assert (line.state, fix in line.fix) == ("warn", True)


FIFO = {"name": "approvals.fifo", "FifoQueue": "true"}
DEAD = "arn:aws:sqs:eu-central-1:123456789012:dead.fifo"


@pytest.mark.parametrize(
    ("receives", "what"),
    [
        (None, "queue: FIFO, where an unreadable message holds its group until it expires"),
        (11, "queue: FIFO, where an unreadable message holds its group for 1 visibility time-outs"),
    ],
)
def test_a_fifo_queue_whose_groups_can_be_held_is_a_warning(aws: LocalAws, receives: int | None, what: str) -> None:
    queue(aws, "dead.fifo", FifoQueue="true")
    policy = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": receives}) if receives else ""
    attributes = {**GOOD_QUEUE, **FIFO, "RedrivePolicy": policy}
    line = found(iter(looked_into(queue(aws, **{k: v for k, v in attributes.items() if v}))), "queue: FIFO")
    assert (line.state, line.what) == ("warn", what)
    assert "maxReceiveCount of at most 10" in line.fix


def test_a_fifo_queue_that_soon_gives_up_a_message_is_well_if_its_visibility_may_be_changed(aws: LocalAws) -> None:
    queue(aws, "dead.fifo", FifoQueue="true")
    policy = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 5})
    url = queue(aws, **{**GOOD_QUEUE, **FIFO, "RedrivePolicy": policy})
    assert {line.state for line in looked_into(url)} == {"ok"}
    aws.faults.next("ChangeMessageVisibility", AccessDenied())
    line = found(iter(looked_into(url)), "queue: may not change the visibility")
    assert (line.state, line.fix) == ("fail", "allow sqs:ChangeMessageVisibility to the gateway's role")


def test_a_queue_that_is_not_there_is_a_failure_that_names_its_setting(aws: LocalAws) -> None:
    [line] = looked_into(f"{aws.endpoint}/123456789012/nothing")
    assert (line.state, "APPROVALS_QUEUE_URL" in line.fix) == ("fail", True)


@pytest.mark.parametrize(("operation", "verb"), [("ReceiveMessage", "receive"), ("DeleteMessage", "delete")])
def test_a_queue_that_may_not_be_used_is_told_the_permission(aws: LocalAws, operation: str, verb: str) -> None:
    aws.faults.next(operation, AccessDenied())
    line = found(iter(looked_into(queue(aws))), f"queue: may not {verb}")
    assert (line.state, line.fix) == ("fail", f"allow sqs:{operation} to the gateway's role")


def test_a_queue_that_may_not_be_looked_at_is_tried_all_the_same(aws: LocalAws) -> None:
    aws.faults.next("GetQueueAttributes", AccessDenied())
    assert said(iter(looked_into(queue(aws)))) == [
        ("warn", "queue: its attributes cannot be read"),
        ("ok", "queue: may delete"),
    ]


def test_no_message_is_received_for_the_sake_of_looking(aws: LocalAws) -> None:
    url = queue(aws)
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    looked_into(url)
    assert aws.calls["ReceiveMessage"] == 0


def test_without_a_region_the_queue_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    found_lines = list(sqs.check(settings(queue_url="https://sqs.example.com/q", aws_region=""), Clients()))
    assert found_lines == [CheckLine("fail", "queue: no Region is known", "set APPROVALS_AWS_REGION")]
