"""Calls to Step Functions and their results, against a real HTTP server with recorded responses of AWS."""

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from tests.builders import EXECUTION_ARN
from tests.support.aws.callbacks import (
    FAILURE,
    HANG,
    HANG_UP,
    INVALID_TOKEN,
    PROXY,
    SLOWLY,
    SUCCESS,
    TIMED_OUT,
    TOKEN,
    TRUNCATED,
    Aws,
    a_target,
    beat,
    error,
    send,
)

# what is sent


def test_a_success_carries_the_token_and_the_output(aws: Aws) -> None:
    assert send(aws) == Sent("request-7")
    [(operation, parameters, _)] = aws.requests
    assert (operation, parameters) == ("SendTaskSuccess", {"taskToken": TOKEN, "output": SUCCESS.output})


def test_a_call_states_whose_it_is(aws: Aws) -> None:
    send(aws)
    [(_, headers, _)] = aws.received
    assert headers["User-Agent"].startswith("approvals-gateway Botocore/")


def test_a_failure_carries_the_error_and_the_cause(aws: Aws) -> None:
    assert send(aws, callback=FAILURE) == Sent("request-7")
    [(operation, parameters, _)] = aws.requests
    expected = {"taskToken": TOKEN, "error": "Approval.Rejected", "cause": FAILURE.cause}
    assert (operation, parameters) == ("SendTaskFailure", expected)


def test_a_heartbeat_carries_the_token_alone(aws: Aws) -> None:
    assert beat(aws) == Sent("request-7")
    [(operation, parameters, _)] = aws.requests
    assert (operation, parameters) == ("SendTaskHeartbeat", {"taskToken": TOKEN})


# what comes of it


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        # the state is over
        (TIMED_OUT, GivenUp("the state no longer waits", closed=True, kind="closed")),
        (error("TaskDoesNotExist"), GivenUp("the activity no longer exists", closed=True, kind="closed")),
        # we are wrong
        (error("InvalidOutput"), GivenUp("Step Functions rejects the answer (InvalidOutput)", kind="invalid")),
        (
            error("ValidationException"),
            GivenUp("Step Functions rejects the answer (ValidationException)", kind="invalid"),
        ),
        # it is busy: it refused before it did anything
        (error("ThrottlingException"), TryAgain("Step Functions is busy (ThrottlingException)", kind="throttled")),
        (
            error("KmsThrottlingException"),
            TryAgain("Step Functions is busy (KmsThrottlingException)", kind="throttled"),
        ),
        (error("SomethingNew", status=429), TryAgain("Step Functions is busy (SomethingNew)", kind="throttled")),
        # nobody knows whether it was applied
        (
            error("InternalFailure", status=500),
            TryAgain("Step Functions failed (InternalFailure)", ambiguous=True, kind="unreachable"),
        ),
        (
            error("ServiceUnavailable", status=503),
            TryAgain("Step Functions failed (ServiceUnavailable)", True, kind="unreachable"),
        ),
        (HANG_UP, TryAgain("Step Functions did not answer (ConnectionClosedError)", ambiguous=True, kind="timeout")),
        (HANG, TryAgain("Step Functions did not answer (ReadTimeoutError)", ambiguous=True, kind="timeout")),
        (PROXY, TryAgain("a server other than Step Functions answered", ambiguous=True, kind="unreachable")),
        (TRUNCATED, TryAgain("Step Functions did not answer (TruncatedResponseError)", ambiguous=True, kind="timeout")),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, GivenUp | TryAgain) else "",
)
def test_an_answer_becomes_a_result_by_one_request(aws: Aws, answer: Any, expected: Result) -> None:
    aws.answers = [answer]
    assert send(aws) == expected
    assert len(aws.requests) == 1


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("AccessDeniedException", "allow states:SendTaskSuccess to the gateway's role"),
        ("KmsAccessDeniedException", "kms:Decrypt"),
        ("KmsInvalidStateException", "enable the workflow's KMS key"),
        ("ExpiredTokenException", "renew the gateway's AWS credentials"),
        ("UnrecognizedClientException", "correct them"),
        ("SomethingNewException", "see AWS's documentation"),
    ],
)
def test_what_an_operator_can_fix_is_tried_again_slowly_and_named(aws: Aws, code: str, fix: str) -> None:
    aws.answers = [error(code)]
    result = send(aws)
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after) == (False, SLOWLY)
    assert code in result.reason
    assert fix in result.reason
    assert result.kind == ("refused" if code == "SomethingNewException" else "denied")
    assert len(aws.requests) == 1


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "InvalidToken", "InternalFailure"])
@pytest.mark.parametrize("call", [send, beat])
def test_no_reason_holds_the_token_even_when_aws_repeats_it(aws: Aws, code: str, call: Callable[..., Result]) -> None:
    aws.answers = [error(code)]
    result = call(aws)
    assert isinstance(result, TryAgain | GivenUp)
    assert TOKEN not in result.reason


def test_nothing_was_sent_where_no_connection_came_about(aws: Aws) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        aws.url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert send(aws) == TryAgain("Step Functions cannot be reached (EndpointConnectionError)", kind="unreachable")


def test_without_credentials_it_is_tried_again_slowly(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    assert send(aws) == TryAgain(
        "the gateway has no AWS credentials: give it a role, or set AWS_PROFILE", after=SLOWLY, kind="denied"
    )
    assert aws.requests == []


def test_without_a_region_it_is_tried_again_slowly(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = send(aws, target=a_target(execution_arn=None))
    assert result == TryAgain(
        "no Region is known: set APPROVALS_AWS_REGION, or name the execution", after=SLOWLY, kind="invalid"
    )


# a token that nobody knows


@pytest.mark.parametrize(("age", "young"), [(0, True), (59, True), (60, False), (86400, False)])
def test_an_unknown_token_is_forgiven_while_the_state_may_still_be_entering_its_wait(
    aws: Aws, age: int, young: bool
) -> None:
    aws.answers = [INVALID_TOKEN]
    result = send(aws, target=a_target(age=timedelta(seconds=age)))
    assert isinstance(result, TryAgain if young else GivenUp)
    if isinstance(result, GivenUp):
        assert not result.closed
        assert "eu-central-1" in result.reason


# heartbeats


def test_a_heartbeat_finds_out_that_the_state_no_longer_waits(aws: Aws) -> None:
    aws.answers = [TIMED_OUT]
    assert beat(aws) == GivenUp("the state no longer waits", closed=True, kind="closed")


@pytest.mark.parametrize("answer", [INVALID_TOKEN, error("ValidationException"), error("AccessDeniedException")])
def test_nothing_else_that_a_heartbeat_is_told_is_final(aws: Aws, answer: Any) -> None:
    aws.answers = [answer]
    assert isinstance(beat(aws), TryAgain)
    assert len(aws.requests) == 1


# where it goes


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        (EXECUTION_ARN, "eu-central-1"),
        ("arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:m:e", "us-gov-west-1"),
        (None, "eu-west-1"),
        ("arn:aws:states:evil.example/#:123456789012:execution:m:e", "eu-west-1"),
        ("nonsense", "eu-west-1"),
    ],
)
def test_it_goes_to_the_region_of_the_execution_or_else_to_the_default_one(
    aws: Aws, arn: str | None, region: str
) -> None:
    send(aws, target=a_target(execution_arn=arn), region="eu-west-1")
    assert f"/{region}/states/" in aws.requests[0][2]
