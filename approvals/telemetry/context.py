"""The context of a log line: the request during which it is written."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread handles, which its answer has as `X-Request-Id`."""
