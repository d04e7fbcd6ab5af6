"""Whatever one message holds, it never harms its batch: every entry point is fed what Hypothesis makes and what the
published schema excludes, between two good messages."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from approvals.domain.model.payload_adapter import Source
from approvals.domain.problems import Invalid
from approvals.entrypoints.api.openapi import document
from approvals.entrypoints.aws_lambda.intake import NotTaken, answered
from approvals.entrypoints.intake.batch import QueueMessage, take, take_payload
from tests.entrypoints.api.api_client import Api
from tests.fakes import World

SQS = Source(door="sqs", name="approvals")
GOOD = {"title": "Refund", "reviewers": ["ana@example.com"]}
WHOLE: dict[str, Any] = {
    "title": "Refund", "description": "*why*", "details": {"Order": {"lines": [1, "two", None]}},
    "sensitive": ["Order"],
    "links": [{"label": "Order", "url": "https://example.com/1"}], "risk": "high", "requester": "jo@example.com",
    "policy": {
        "stages": [
            {
                "name": "one", "groups": [{"from": ["ana@example.com", "ben@example.com"], "need": "50%"}], "reject": 1,
                "notify": ["mail:all@example.com"], "remind": {"after": "1h", "every": "4h", "times": 3},
                "escalate": [{"after": "8h", "to": ["cleo@example.com"], "mode": "add"}], "timeout": "2d",
            }
        ],
        "timeout": "3d", "onTimeout": {"option": "hold"}, "callers": ["sqs:*", "key:*", "lambda:*"],
        "calendar": {"timezone": "UTC", "hours": {"mon": "09:00-17:00"}},
    },
    "options": [
        {"id": "go", "label": "Go", "side": "approve", "style": "primary", "output": {"go": [True]}},
        {"id": "hold", "label": "Hold", "side": "reject", "comment": "required"},
    ],
    "form": {
        "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5}}, "required": ["n"],
        "additionalProperties": False,
    },
    "answers": {
        "expired": {"failure": {"error": "Late", "cause": "{deadline}"}}, "rejected": {"success": {"a": "{@}"}},
    },
    "timeoutSeconds": 86400, "heartbeatSeconds": 60, "mapItem": 3, "tags": {"team": "payments"}, "locale": "en",
    "execution": {"id": "arn:aws:states:eu-central-1:123456789012:execution:a:b", "redriveCount": 0},
    "context": {"State": {"Name": "Ask", "EnteredTime": "2026-03-02T09:30:00Z"}, "Map": {"Item": {"Index": 1}}},
}  # fmt: skip


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


ODD = st.sampled_from(
    [
        "", " ", "\0", "\ud800", "x" * 70_000, "no", True, False, 0, -1, 1.0, 0.5, 10**30, -(10**400), 1e308,
        float("nan"), float("inf"), [], {}, [[]], [{}], {"": ""}, {"\ud800": 1}, {"a": {"\0": "\0"}}, deep(150),
        deep(600), None,
        "{@}", "{", "}", "{to_string(@)}", "arn:aws:states:eu-central-1:123456789012:execution:a:b", "99999999d",
        "P99999W", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "group:x", "slack:U024BE7LH", "a@b", "100%",
        {f"key{n}": n for n in range(2000)}, ["x"] * 3000,
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from places(child, (*path, name))


def changed(path: tuple[Any, ...], value: Any, how: str) -> dict[str, Any]:
    """Return the whole submission with one place replaced, removed, or joined by a neighbour."""
    whole = copy.deepcopy(WHOLE)
    inner: Any = whole
    for name in path[:-1]:
        inner = inner[name]
    if how == "replaced":
        inner[path[-1]] = value
    elif how == "removed":
        del inner[path[-1]]
    elif isinstance(inner, list):
        inner.append(value)
    else:
        inner["surplus"] = value
    return whole


CHANGED = st.builds(
    changed, st.sampled_from(list(places(WHOLE))), ODD | JSON, st.sampled_from(["replaced", "removed", "joined"])
)  # fmt: skip
ENVELOPED = CHANGED.map(lambda inner: {"Type": "Notification", "TopicArn": 5, "Message": json.dumps(inner)}) | JSON.map(
    lambda inner: {"detail-type": inner, "source": inner, "detail": inner}
)
NEGATED = schemathesis.openapi.from_dict(document("https://approvals.example.com"))["/v1/approvals"]["POST"].as_strategy(
    generation_mode=GenerationMode.NEGATIVE
).map(lambda case: case.body)  # fmt: skip
ANYTHING = CHANGED | ENVELOPED | JSON
BRIEFLY = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), database=None)
FEWER = settings(BRIEFLY, max_examples=10)
_numbers = iter(range(10**9))


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


def neighbours(with_token: Callable[[Any, str], Any], payload: Any) -> list[Any]:
    """Return the payload between two good ones, each with a task token of its own."""
    first, between, last = (f"token-{next(_numbers)}" for _ in range(3))
    return [{**GOOD, "taskToken": first}, with_token(payload, between), {**GOOD, "taskToken": last}]


def named(payload: Any, token: str) -> Any:
    return {"taskToken": token, **payload} if isinstance(payload, dict) else payload


def text(payload: Any) -> str:
    return payload.decode("latin-1") if isinstance(payload, bytes) else json.dumps(payload)


def harmless(world: World, payload: Any) -> None:
    """A batch of the queue, an Activity, and the records of a function: the good ones go through."""
    bodies = neighbours(named, payload)
    messages = [QueueMessage(str(n), text(body), "receipt") for n, body in enumerate(bodies)]
    assert {messages[0], messages[2]} <= set(take(messages, world.gateway, source=SQS))
    bodies += (again := neighbours(named, payload))
    queue = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:approvals"}
    records = [{"messageId": str(n), "body": text(body), **queue} for n, body in enumerate(again)]
    failed = {item["itemIdentifier"] for item in answered({"Records": records}, world.gateway)["batchItemFailures"]}
    assert not failed & {"0", "2"}
    refused = {token for _, token in world.callbacks.calls}
    assert not refused & {bodies[n]["taskToken"] for n in (0, 2, 3, 5)}
    activity = QueueMessage("1", text(payload), "", f"token-{next(_numbers)}")
    take([activity], world.gateway, source=Source(door="activity", name="ask"))
    take_payload(named(payload, f"token-{next(_numbers)}"), world.gateway, source=SQS, message_id="1")


def invoked(world: World, payload: Any) -> None:
    """A function invoked with an event or a payload refuses what is bad, and raises nothing else."""
    token = f"token-{next(_numbers)}"
    for event in (
        named(payload, token),
        {"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "1", "Message": text(named(payload, token))}}]},
        {"detail-type": "ask", "source": "shop", "detail": payload if isinstance(payload, dict) else {}},
    ):
        try:
            answered(event, world.gateway)
        except (Invalid, NotTaken):
            continue


@BRIEFLY
@given(payload=ANYTHING)
@example(payload={**WHOLE, "form": {"properties": {}, "additionalProperties": "no"}})
@example(payload={**WHOLE, "details": deep(950)})
def test_no_message_harms_its_batch(world: World, payload: Any) -> None:
    harmless(world, payload)


@FEWER
@given(payload=NEGATED)
def test_no_message_that_the_schema_excludes_harms_its_batch(world: World, payload: Any) -> None:
    harmless(world, payload)
    invoked(world, payload)


@BRIEFLY
@given(payload=ANYTHING)
def test_a_function_refuses_what_it_cannot_take_and_raises_nothing_else(world: World, payload: Any) -> None:
    invoked(world, payload)


@BRIEFLY
@given(payload=ANYTHING)
@example(payload={**WHOLE, "form": {"properties": {}, "additionalProperties": "no"}})
def test_no_body_is_answered_with_500(api: Api, payload: Any) -> None:
    for path in ("/v1/approvals", "/v1/policies/explain"):
        data = text(named(payload, f"token-{next(_numbers)}"))
        response = api.call("POST", path, scope="admin", data=data, content_type="application/json")
        assert response.status_code < 500, response.text
