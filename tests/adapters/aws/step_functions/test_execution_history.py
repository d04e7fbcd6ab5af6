"""The execution's history shows whether a callback arrived although its response was lost."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.step_functions.callbacks import HISTORY_PAGES, StepFunctions
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import TryAgain
from tests.builders import NOW
from tests.support.aws.callbacks import FAILURE, HANG, HANG_UP, SUCCESS, Aws, a_target, error, step_functions


def events(*details: dict[str, Any], more: str | None = None) -> tuple[int, str]:
    listed = [{"timestamp": 1.0, "type": "TaskSucceeded", "id": n, **d} for n, d in enumerate(details)]
    return 200, json.dumps({"events": listed, **({"nextToken": more} if more else {})})


@pytest.mark.parametrize(
    ("callback", "details"),
    [
        (SUCCESS, {"taskSucceededEventDetails": {"resourceType": "sqs", "resource": "x", "output": SUCCESS.output}}),
        (FAILURE, {"taskFailedEventDetails": {"resourceType": "sqs", "resource": "x", "cause": FAILURE.cause}}),
        (SUCCESS, {"activitySucceededEventDetails": {"output": SUCCESS.output}}),
        (FAILURE, {"activityFailedEventDetails": {"error": "Approval.Rejected", "cause": FAILURE.cause}}),
    ],
    ids=["task succeeded", "task failed", "activity succeeded", "activity failed"],
)
def test_our_callback_is_found_in_the_history(aws: Aws, callback: Callback, details: dict[str, Any]) -> None:
    other = {"taskSucceededEventDetails": {"resourceType": "s", "resource": "x", "output": '{"callbackId":"other"}'}}
    aws.answers = [events(other, more="2"), events({}, details)]
    assert step_functions(aws).happened(callback, target=a_target()) is True
    assert aws.requests[0][1]["reverseOrder"] is True
    assert aws.requests[1][1]["nextToken"] == "2"


MAPPED = Callback(callback_id="callback-1", output='{"Status":"Approved","n":1}')
GONE = Callback(callback_id="callback-1", error="Gone", cause="nobody answered")


@pytest.mark.parametrize(
    ("callback", "details", "found"),
    [
        (MAPPED, {"taskSucceededEventDetails": {"output": MAPPED.output}}, True),
        (MAPPED, {"taskSucceededEventDetails": {"output": '{ "n": 1, "Status": "Approved" }'}}, True),
        (MAPPED, {"taskSucceededEventDetails": {"output": '{"Status":"Rejected"}'}}, False),
        (MAPPED, {"taskSucceededEventDetails": {"output": "half a {"}}, False),
        (MAPPED, {"taskFailedEventDetails": {"cause": MAPPED.output}}, False),
        (GONE, {"taskFailedEventDetails": {"error": "Gone", "cause": "nobody answered"}}, True),
        (GONE, {"activityFailedEventDetails": {"error": "Gone", "cause": "nobody answered"}}, True),
        (GONE, {"taskFailedEventDetails": {"error": "Gone", "cause": "nobody answered by noon"}}, False),
        (GONE, {"taskFailedEventDetails": {"error": "Other", "cause": "nobody answered"}}, False),
    ],
)
def test_a_callback_that_does_not_hold_its_id_is_found_by_its_own_words(
    aws: Aws, callback: Callback, details: dict[str, Any], found: bool
) -> None:
    [(kind, said)] = details.items()
    aws.answers = [events({kind: {**said, "resourceType": "s", "resource": "x"} if "task" in kind else said})]
    assert step_functions(aws).happened(callback, target=a_target()) is found


def test_a_callback_that_the_whole_history_does_not_hold_did_not_happen(aws: Aws) -> None:
    shown = {
        "taskScheduledEventDetails": {"resourceType": "s", "resource": "x", "region": "r", "parameters": "callback-1"}
    }
    aws.answers = [events({}, shown)]
    assert step_functions(aws).happened(SUCCESS, target=a_target()) is False


def test_a_history_that_goes_on_for_too_long_tells_nothing(aws: Aws) -> None:
    aws.answers = [events({}, more="next")]
    assert step_functions(aws).happened(SUCCESS, target=a_target()) is None
    assert len(aws.requests) == HISTORY_PAGES


def test_a_history_that_is_slow_to_read_tells_nothing(aws: Aws) -> None:
    aws.answers = [events({}, more="next")]
    times = iter(NOW + timedelta(seconds=second / 2) for second in range(100))  # each page looks at the clock twice
    callbacks = StepFunctions(Clients(), clock=lambda: next(times), endpoint_url=aws.url)
    assert callbacks.happened(SUCCESS, target=a_target()) is None
    assert len(aws.requests) == 3


@pytest.mark.parametrize("code", ["AccessDeniedException", "KmsAccessDeniedException", "ExecutionDoesNotExist"])
def test_a_history_that_cannot_be_read_tells_nothing(aws: Aws, code: str) -> None:
    aws.answers = [error(code)]
    assert step_functions(aws).happened(SUCCESS, target=a_target()) is None
    assert len(aws.requests) == 1


@pytest.mark.parametrize(
    "answer", [error("ThrottlingException"), error("InternalFailure", status=500), HANG, HANG_UP, "<no service>"]
)
def test_a_history_that_cannot_be_read_just_now_is_read_later(aws: Aws, answer: Any) -> None:
    aws.answers = [answer]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        if answer == "<no service>":
            aws.url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        found = step_functions(aws).happened(SUCCESS, target=a_target())
    assert isinstance(found, TryAgain)
    assert "cannot be read just now" in found.reason
    assert not found.ambiguous, "a look-up closes no token"


def test_without_an_execution_there_is_no_history(aws: Aws) -> None:
    assert step_functions(aws).happened(SUCCESS, target=a_target(execution_arn=None)) is None
    assert aws.requests == []
