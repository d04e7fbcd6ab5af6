"""Spans of the calls to AWS, by the events of botocore, and the header that continues the trace there."""

from typing import Any

from approvals.telemetry import tracing
from approvals.telemetry.traces.headers import XRAY, to_xray
from approvals.telemetry.tracing import Span

_SPAN = "approvals.span"


def aws_call(service: str, operation: str, *, region: str | None) -> Span:
    """Begin the span of a call. Its name and attributes are those that X-Ray's exporter knows."""
    about = {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation, "cloud.region": region or ""}
    return tracing.call(f"{service}.{operation}", about)


def continue_in(headers: Any, span: Span) -> None:
    """Add the header of the span to a request."""
    if span.trace:
        headers[XRAY] = to_xray(span.trace)


def note(moment: str, *, context: dict[str, Any], **call: Any) -> None:
    """Note an event of botocore: the beginning of a call, its answer, or an error without one."""
    if moment == "before-call":
        _begin(context=context, **call)
    elif moment == "after-call":
        _end(context=context, **call)
    else:
        _fail(context=context, **call)


def _begin(model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    span = aws_call(str(model.service_model.service_id), model.name, region=context.get("client_region"))
    if span:
        context[_SPAN] = span
        continue_in(params["headers"], span)


def _end(parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if (span := context.pop(_SPAN, None)) is None:
        return
    answer = parsed.get("ResponseMetadata", {})
    span.set("http.response.status_code", answer.get("HTTPStatusCode", 0))
    span.set("aws.request_id", answer.get("RequestId", ""))
    if "Error" in parsed:
        span.fail(str(parsed["Error"].get("Code", "unknown"))[:100])
    span.end()


def _fail(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    if (span := context.pop(_SPAN, None)) is not None:
        span.end(exception)
