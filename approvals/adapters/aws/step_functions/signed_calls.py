"""Signed calls: one request of Step Functions' JSON protocol, without the layers of a boto3 client.

A boto3 client spends most of a call's CPU time on rules, events and shapes, which are the same for each callback here.
Credentials, endpoint, time-outs, proxies and certificates are those of the client.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.exceptions import ClientError
from botocore.handlers import add_recursion_detection_header
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError

from approvals.telemetry import tracing
from approvals.telemetry.tracing import Span

LONGEST_CODE = 100


class AnotherServer(ResponseParserError):
    """The response is not one of Step Functions, such as a proxy's page."""


class TruncatedResponseError(ResponseParserError):
    """The connection was closed within the response."""


class SignedCalls:
    """Calls without a result, in one Region with one identity. All threads share it and its connections."""

    def __init__(self, client: Any, *, credentials: Any, http: URLLib3Session) -> None:
        self._credentials, self._http = credentials, http
        self._url = _endpoint_of(client)
        self._region, self._name = client.meta.region_name, client.meta.service_model.signing_name
        self._headers = {
            # Without it the signer parses the URL twice for each call.
            "Host": urlsplit(self._url).netloc.rpartition("@")[2],
            "Content-Type": "application/x-amz-json-1.0",
            "User-Agent": client.meta.config.user_agent,
        }

    def call(self, operation: str, **parameters: str) -> str:
        """Return the id of the request. Raises the errors of a boto3 client; never sends twice."""
        if not tracing.on():
            return self._called(operation, parameters, tracing.NOTHING)
        from approvals.adapters.aws.call_spans import aws_call

        with aws_call("SFN", operation, region=self._region) as span:
            return self._called(operation, parameters, span)

    def _called(self, operation: str, parameters: dict[str, str], span: Span) -> str:
        response = self._http.send(self._signed(operation, parameters, span))
        span.set("http.response.status_code", response.status_code)
        if response.raw.length_remaining:
            raise TruncatedResponseError
        if response.status_code >= 300:
            error = _refused(response, operation)
            span.fail(error.response["Error"]["Code"])
            raise error
        request_id = response.headers.get("x-amzn-RequestId")
        if not request_id:
            raise AnotherServer
        span.set("aws.request_id", str(request_id))
        return str(request_id)

    def _signed(self, operation: str, parameters: dict[str, str], span: Span) -> AWSPreparedRequest:
        headers = {**self._headers, "X-Amz-Target": f"AWSStepFunctions.{operation}"}
        if span:
            from approvals.adapters.aws.call_spans import continue_in

            continue_in(headers, span)
        add_recursion_detection_header({"headers": headers})  # the X-Ray trace, inside AWS Lambda
        request = AWSRequest("POST", self._url, headers=headers, data=json.dumps(parameters).encode())
        SigV4Auth(self._credentials.get_frozen_credentials(), self._name, self._region).add_auth(request)
        return request.prepare()


def _endpoint_of(client: Any) -> str:
    """Return the URL that the client sends to. Its `meta.endpoint_url` is another for dual-stack in some partitions."""
    url: str = client.generate_presigned_url("send_task_heartbeat", Params={"taskToken": "-"})
    return url.partition("?")[0]


def _refused(response: AWSResponse, operation: str) -> ClientError:
    """Return the error that a boto3 client would raise, without AWS's message, which may contain the token."""
    try:
        said = json.loads(response.content)
    except ValueError:
        said = None
    code = str(said.get("__type", "")) if isinstance(said, dict) else ""
    code = code.partition(":")[0].rpartition("#")[2]
    error = {"Code": code if code.isalnum() and len(code) <= LONGEST_CODE else str(response.status_code)}
    facts: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": response.status_code}}
    return ClientError(facts, operation)
