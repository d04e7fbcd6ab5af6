"""AWS envelopes are unwrapped, and AWS events are read, or named and ignored."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from approvals.domain.model.payload_adapter import Source
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake.aws_events import (
    ExecutionEnded,
    IgnoredEvent,
    ReceivedPayload,
    UnknownEvent,
    event,
    event_in,
)
from tests.builders import EXECUTION_ARN
from tests.support.aws.events import eventbridge, sns, status_change

LEAST = {"taskToken": "AQCE-token", "title": "Refund", "reviewers": ["ana@example.com"]}
QUEUE = Source(door="sqs", name="approvals")
TOPIC = Source(door="sns", name="asks")
BUS = Source(door="events", name="refunds")


@pytest.mark.parametrize(
    ("body", "source"),
    [
        (LEAST, QUEUE),
        (sns(json.dumps(LEAST)), TOPIC),
        (eventbridge(LEAST), BUS),
        (sns(json.dumps(eventbridge(LEAST))), BUS),
        (sns(json.dumps(sns(json.dumps(LEAST)))), TOPIC),
    ],
    ids=["plain", "SNS", "EventBridge", "EventBridge in SNS", "SNS in SNS"],
)
def test_a_message_is_unwrapped_and_states_where_it_came_from_first(body: Any, source: Source) -> None:
    arrived = event_in(json.dumps(body), source=QUEUE)
    assert isinstance(arrived, ReceivedPayload)
    assert (arrived.payload, arrived.source) == (LEAST, source)


@pytest.mark.parametrize(
    "body",
    [{"Type": "Notification"}, {"Type": "Notification", "Message": 5}, eventbridge("text"), {"detail": LEAST}, [LEAST]],
)
def test_what_only_looks_like_an_envelope_is_left_alone(body: Any) -> None:
    assert event_in(json.dumps(body), source=QUEUE) == ReceivedPayload(payload=body, source=QUEUE)


@pytest.mark.parametrize("body", ["", "not JSON", json.dumps(sns("not JSON")), '{"taskToken": "AQ', "[" * 5000])
def test_a_message_that_is_not_json_is_refused(body: str) -> None:
    with pytest.raises(Invalid) as refused:
        event_in(body, source=QUEUE)
    assert [problem.path for problem in refused.value.problems] == [""]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("ABORTED", "the execution was stopped"),
        ("TIMED_OUT", "the execution timed out"),
        ("FAILED", "the execution failed"),
    ],
)
def test_the_end_of_an_execution_is_understood(status: str, reason: str) -> None:
    at = datetime(2026, 3, 2, 10, 0, 0, 500_000, tzinfo=UTC)
    ended = ExecutionEnded(execution_arn=EXECUTION_ARN, reason=reason, at=at, redrive_count=2)
    assert event(status_change(status, redriveCount=2), source=QUEUE) == ended
    assert event(sns(json.dumps(status_change(status, redriveCount=2))), source=QUEUE) == ended


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"])
def test_of_an_execution_that_goes_on_there_is_nothing_to_do(status: str) -> None:
    assert event(status_change(status, stopDate=None), source=QUEUE) == IgnoredEvent()


@pytest.mark.parametrize(
    "told",
    [
        status_change(stopDate=None),
        status_change(stopDate="yesterday"),
        status_change(stopDate=1e300),
        status_change(stopDate=10**30),
        status_change(executionArn=5),
        status_change(executionArn="arn:aws:states:\u0000"),
        status_change(status=["ABORTED"]),
        {**status_change(), "detail": "ABORTED"},
    ],
)
def test_a_status_event_in_another_shape_is_unknown(told: Any) -> None:
    assert event(told, source=QUEUE) == UnknownEvent("Step Functions Execution Status Change from aws.states")


def test_an_event_of_aws_that_is_none_of_ours_is_named_by_its_kind_alone() -> None:
    told = eventbridge(LEAST, **{"detail-type": "EC2 Instance\nState-change " + "x" * 500, "source": "aws.ec2"})
    unknown = event(told, source=QUEUE)
    assert isinstance(unknown, UnknownEvent)
    assert unknown.kind.startswith("EC2 InstanceState-change xxx")
    assert unknown.kind.endswith(" from aws.ec2")
    assert len(unknown.kind) < 300
