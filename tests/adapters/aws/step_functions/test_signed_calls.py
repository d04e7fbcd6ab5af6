"""Signed calls, as they arrive: the signature, the endpoint, proxies, certificates, and what botocore sends itself."""

import json
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from tests.support.aws.callbacks import SUCCESS, TOKEN, Aws, a_target, an_aws, send, step_functions
from tests.support.aws.signature import is_signed
from tests.support.web.certificates import certificate_for_loopback


def test_the_signature_is_the_one_of_the_request(aws: Aws) -> None:
    assert send(aws) == Sent("request-7")
    [(requestline, headers, body)] = aws.received
    assert is_signed(requestline, headers, body, secret="testing")
    assert not is_signed(requestline, headers, body + b" ", secret="testing")
    assert "x-amz-security-token" in headers["Authorization"]


def test_the_request_is_the_one_that_a_boto3_client_sends(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "approvals-tick")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    send(aws)
    client = Clients().get("stepfunctions", region="eu-central-1", endpoint_url=aws.url)
    client.send_task_success(taskToken=TOKEN, output=SUCCESS.output)
    [(ours, our_headers, our_body), (theirs, their_headers, their_body)] = aws.received
    assert (ours, our_body) == (theirs, their_body)
    assert _told(our_headers) == _told(their_headers)


def _told(headers: HTTPMessage) -> dict[str, str]:
    """Return the headers without those that differ at each request, or number botocore's retries."""
    kept = {name.lower(): value for name, value in headers.items() if not name.lower().startswith("amz-sdk-")}
    kept["authorization"] = kept["authorization"].partition("Signature=")[0]
    del kept["x-amz-date"]
    return kept


def test_calls_share_a_connection(aws: Aws) -> None:
    aws.keep_alive = True
    callbacks = step_functions(aws)
    for _ in range(3):
        assert callbacks.send(SUCCESS, token=TOKEN, target=a_target()) == Sent("request-7")
    assert aws.connections == 1


def test_the_path_of_an_endpoint_is_kept(aws: Aws) -> None:
    aws.url += "/states/"
    send(aws)
    [(requestline, headers, body)] = aws.received
    assert requestline == "POST /states/ HTTP/1.1"
    assert is_signed(requestline, headers, body, secret="testing")


def test_an_endpoint_in_the_environment_is_used(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", aws.url)
    aws.url = ""
    assert send(aws) == Sent("request-7")


@pytest.mark.parametrize(
    ("region", "variants", "host"),
    [
        ("eu-central-1", (), "states.eu-central-1.amazonaws.com"),
        ("cn-north-1", (), "states.cn-north-1.amazonaws.com.cn"),
        ("us-east-1", ("FIPS",), "states-fips.us-east-1.amazonaws.com"),
        ("eu-central-1", ("DUALSTACK",), "states.eu-central-1.api.aws"),
        ("us-gov-west-1", ("DUALSTACK",), "states-fips.us-gov-west-1.api.aws"),
    ],
)
def test_a_call_goes_through_the_proxy_to_the_endpoint_that_botocore_resolves(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, region: str, variants: tuple[str, ...], host: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", aws.url)
    for variant in variants:
        monkeypatch.setenv(f"AWS_USE_{variant}_ENDPOINT", "true")
    aws.url = ""
    target = a_target(execution_arn=f"arn:aws:states:{region}:123456789012:execution:refunds:order-1")
    assert send(aws, target=target) == TryAgain(
        "Step Functions cannot be reached (ProxyConnectionError)", kind="unreachable"
    )
    [(requestline, _, _)] = aws.received
    assert requestline.split()[:2] == ["CONNECT", f"{host}:443"]


def test_a_host_that_needs_no_proxy_is_called_without(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert isinstance(send(aws), TryAgain)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert send(aws) == Sent("request-7")


def test_only_a_trusted_server_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_for_loopback(tmp_path)
    with an_aws(certificate) as aws:
        assert send(aws) == TryAgain("Step Functions did not answer (SSLError)", ambiguous=True, kind="timeout")
        assert aws.received == []
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        assert send(aws) == Sent("request-7")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"__type": "com.amazonaws.states#TaskTimedOut"},
            GivenUp("the state no longer waits", closed=True, kind="closed"),
        ),
        ({"__type": "TaskTimedOut:http://internal/"}, GivenUp("the state no longer waits", closed=True, kind="closed")),
        ({"__type": ["TaskTimedOut"]}, "400"),
        ({"__type": f"a {TOKEN}"}, "400"),
        ({"__type": "A" * 101}, "400"),
        ({"message": "no type"}, "400"),
        ([], "400"),
        ("<html>", "400"),
    ],
    ids=str,
)
def test_a_refusal_is_known_by_its_type(aws: Aws, answer: Any, expected: Result | str) -> None:
    aws.answers = [(400, answer if isinstance(answer, str) else json.dumps(answer))]
    result = send(aws)
    if isinstance(expected, str):
        assert isinstance(result, TryAgain)
        assert result.reason.startswith(f"AWS refuses it ({expected})")
    else:
        assert result == expected


def test_a_redirect_is_not_followed(aws: Aws) -> None:
    aws.answers = [(307, "")]
    assert isinstance(send(aws), TryAgain)
    assert len(aws.received) == 1


def test_a_service_that_fails_with_a_page_has_failed(aws: Aws) -> None:
    aws.answers = [(503, "<html>busy</html>")]
    assert send(aws) == TryAgain("Step Functions failed (503)", ambiguous=True, kind="unreachable")
