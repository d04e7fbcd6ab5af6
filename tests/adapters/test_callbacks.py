"""Against a real HTTP server that answers what AWS was recorded to answer, hangs up, or hangs."""

import json
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from approvals.adapters.aws_clients import Clients
from approvals.adapters.callbacks import HISTORY_PAGES, StepFunctions
from approvals.domain.handover import Target
from approvals.domain.messages import Callback, GivenUp, Result, Sent, TryAgain
from tests.builders import EXECUTION_ARN, NOW

TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAb/secret+token=="  # what no reason may ever hold
SUCCESS = Callback(callback_id="callback-1", output='{"outcome":"approved","callbackId":"callback-1"}')
FAILURE = Callback(callback_id="callback-1", error="Approval.Rejected", cause='{"callbackId":"callback-1"}')
SLOWLY = timedelta(minutes=5)

HANG_UP, HANG, PROXY = "hang up", "hang", "proxy"


@dataclass(kw_only=True)
class Aws:
    """Gives its answers in order, the last one for ever. An answer is (status, body) or one of the words above."""

    url: str = ""
    answers: list[Any] = field(default_factory=lambda: [(200, "{}")])
    requests: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.requests]


@pytest.fixture
def aws() -> Generator[Aws]:
    aws = Aws()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            operation = self.headers.get("X-Amz-Target", "AssumeRole").rpartition(".")[2]
            parameters = json.loads(body) if body.startswith("{") else {"form": body}
            aws.requests.append((operation, parameters, self.headers["Authorization"]))
            self.close_connection = True
            match aws.next_answer():
                case "hang up":
                    self.connection.shutdown(socket.SHUT_RDWR)
                case "hang":
                    aws.over.wait(10)
                case "proxy":
                    self.answer(200, "<html>This is a proxy.</html>")
                case status, content:
                    self.answer(status, content, **{"x-amzn-RequestId": "request-7"})

        def answer(self, status: int, content: str, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        aws.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield aws
        aws.over.set()
        server.shutdown()
        thread.join()


def error(code: str, message: str = "", status: int = 400) -> tuple[int, str]:
    return status, json.dumps({"__type": code, "message": message or f"{code}: 'Value {TOKEN} is refused'"})


TIMED_OUT = error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
INVALID_TOKEN = error("InvalidToken", "Invalid Token: 'Invalid token'")


def step_functions(aws: Aws, *, clients: Clients | None = None, now: datetime = NOW, **options: Any) -> StepFunctions:
    clients = clients or Clients(read_timeout=0.3 if HANG in aws.answers else 10)
    return StepFunctions(clients, clock=lambda: now, endpoint_url=aws.url, **options)


def a_target(*, execution_arn: str | None = EXECUTION_ARN, age: timedelta = timedelta(hours=2)) -> Target:
    return Target(approval_id="approval-1", sealed_token=b"", execution_arn=execution_arn, created_at=NOW - age)


def send(aws: Aws, *, callback: Callback = SUCCESS, target: Target | None = None, **options: Any) -> Result:
    return step_functions(aws, **options).send(callback, token=TOKEN, target=target or a_target())


def beat(aws: Aws, *, target: Target | None = None, **options: Any) -> Result:
    return step_functions(aws, **options).heartbeat(token=TOKEN, target=target or a_target())


# what is sent


def test_a_success_carries_the_token_and_the_output(aws: Aws) -> None:
    assert send(aws) == Sent("request-7")
    [(operation, parameters, _)] = aws.requests
    assert (operation, parameters) == ("SendTaskSuccess", {"taskToken": TOKEN, "output": SUCCESS.output})


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
        (TIMED_OUT, GivenUp("the state no longer waits", closed=True)),
        (error("TaskDoesNotExist"), GivenUp("the activity no longer exists", closed=True)),
        # we are wrong
        (error("InvalidOutput"), GivenUp("Step Functions does not take the answer as it stands (InvalidOutput)")),
        (
            error("ValidationException"),
            GivenUp("Step Functions does not take the answer as it stands (ValidationException)"),
        ),
        # it is busy: it refused before it did anything
        (error("ThrottlingException"), TryAgain("Step Functions is busy (ThrottlingException)")),
        (error("KmsThrottlingException"), TryAgain("Step Functions is busy (KmsThrottlingException)")),
        (error("SomethingNew", status=429), TryAgain("Step Functions is busy (SomethingNew)")),
        # nobody knows whether it was applied
        (error("InternalFailure", status=500), TryAgain("Step Functions failed (InternalFailure)", ambiguous=True)),
        (error("ServiceUnavailable", status=503), TryAgain("Step Functions failed (ServiceUnavailable)", True)),
        (HANG_UP, TryAgain("Step Functions did not answer (ConnectionClosedError)", ambiguous=True)),
        (HANG, TryAgain("Step Functions did not answer (ReadTimeoutError)", ambiguous=True)),
        (PROXY, TryAgain("something else answered in the place of Step Functions", ambiguous=True)),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, GivenUp | TryAgain) else "",
)
def test_an_answer_becomes_a_result_by_one_request(aws: Aws, answer: Any, expected: Result) -> None:
    aws.answers = [answer]
    assert send(aws) == expected
    assert len(aws.requests) == 1


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("AccessDeniedException", "allow states:SendTaskSuccess to the gateway's role"),
        ("KmsAccessDeniedException", "kms:Decrypt"),
        ("KmsInvalidStateException", "enable the workflow's KMS key"),
        ("ExpiredTokenException", "renew the gateway's AWS credentials"),
        ("UnrecognizedClientException", "correct them"),
        ("SomethingNewException", "see what AWS says"),
    ],
)
def test_what_an_operator_can_mend_is_tried_again_slowly_and_named(aws: Aws, code: str, mend: str) -> None:
    aws.answers = [error(code)]
    result = send(aws)
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after) == (False, SLOWLY)
    assert code in result.reason
    assert mend in result.reason
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
        assert send(aws) == TryAgain("Step Functions cannot be reached (EndpointConnectionError)")


def test_without_credentials_it_is_tried_again_slowly(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    assert send(aws) == TryAgain("the gateway has no AWS credentials: give it a role", after=SLOWLY)
    assert aws.requests == []


def test_without_a_region_it_is_tried_again_slowly(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = send(aws, target=a_target(execution_arn=None))
    assert result == TryAgain("no Region is known: name the execution, or set AWS_REGION", after=SLOWLY)


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


# silent repetition


class RepeatingClients(Clients):
    """botocore as it is by default: it sends again by itself."""

    def get(self, service: str, **options: Any) -> Any:
        return super().get(service, **{**options, "attempts": 2})


def test_a_token_closed_after_a_silent_repetition_is_ambiguous(aws: Aws) -> None:
    aws.answers = [HANG_UP, TIMED_OUT]
    result = send(aws, clients=RepeatingClients())
    assert len(aws.requests) == 2
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after) == (True, timedelta(0))


# heartbeats


def test_a_heartbeat_finds_out_that_the_state_no_longer_waits(aws: Aws) -> None:
    aws.answers = [TIMED_OUT]
    assert beat(aws) == GivenUp("the state no longer waits", closed=True)


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


ROLE = "arn:aws:iam::123456789012:role/callbacks"
ASSUMED = (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
    "<AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>"
    "arn:aws:sts::123456789012:assumed-role/callbacks/approvals</Arn><AssumedRoleId>A:approvals</AssumedRoleId>"
    "</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
)
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"


def test_the_role_of_the_account_is_assumed_once_and_then_used(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    aws.answers = [(200, ASSUMED), (200, "{}")]
    callbacks = step_functions(aws, roles={"123456789012": ROLE})
    for _ in range(2):
        assert callbacks.send(SUCCESS, token=TOKEN, target=a_target()) == Sent("request-7")
    assert aws.operations == ["AssumeRole", "SendTaskSuccess", "SendTaskSuccess"]
    assert "RoleSessionName=approvals" in aws.requests[0][1]["form"]
    assert "Credential=testing/" in aws.requests[0][2]
    assert all("Credential=ASIAASSUMED/" in authorization for _, _, authorization in aws.requests[1:])


def test_a_role_of_another_account_is_not_used(aws: Aws) -> None:
    send(aws, roles={"999999999999": ROLE})
    assert aws.operations == ["SendTaskSuccess"]


def test_a_role_that_may_not_be_assumed_is_named(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    aws.answers = [(403, DENIED)]
    result = send(aws, roles={"123456789012": ROLE})
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after) == (False, SLOWLY)
    assert ROLE in result.reason
    assert aws.operations == ["AssumeRole"]


def test_nothing_was_sent_where_sts_failed(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    aws.answers = [(500, "<ErrorResponse/>")]
    result = send(aws, roles={"123456789012": ROLE})
    assert isinstance(result, TryAgain)
    assert not result.ambiguous


class SlowlyMade(Clients):
    """Making one takes long enough for others to ask for it."""

    made = 0

    def _make(self, key: Any) -> Any:
        self.made += 1
        time.sleep(0.05)
        return super()._make(key)


def test_many_threads_share_one_client() -> None:
    clients = SlowlyMade()
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: clients.get("stepfunctions", region="eu-central-1"), range(8)))
    assert len(set(map(id, given))) == 1
    assert clients.made == 1


def test_another_region_has_another_client() -> None:
    clients = Clients()
    regions = ("eu-central-1", "eu-west-1")
    assert [clients.get("stepfunctions", region=region).meta.region_name for region in regions] == list(regions)


# reading the history


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
    times = iter(NOW + timedelta(seconds=second) for second in range(100))
    callbacks = StepFunctions(Clients(), clock=lambda: next(times), endpoint_url=aws.url)
    assert callbacks.happened(SUCCESS, target=a_target()) is None
    assert len(aws.requests) == 3


@pytest.mark.parametrize(
    "answer", [error("AccessDeniedException"), error("ThrottlingException"), error("InternalFailure", status=500), HANG]
)
def test_a_history_that_cannot_be_read_tells_nothing(aws: Aws, answer: Any) -> None:
    aws.answers = [answer]
    assert step_functions(aws).happened(SUCCESS, target=a_target()) is None
    assert len(aws.requests) == 1


def test_without_an_execution_there_is_no_history(aws: Aws) -> None:
    assert step_functions(aws).happened(SUCCESS, target=a_target(execution_arn=None)) is None
    assert aws.requests == []
