"""The context of a log line: the request during which it is written, and the trace."""

from contextvars import ContextVar

from approvals.telemetry import tracing

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread handles, which its answer has as `X-Request-Id`."""


def current_trace_id() -> str:
    """Return the id of the current trace, or an empty text."""
    return tracing.current_trace_id()
