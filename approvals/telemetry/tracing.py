"""Tracing: the one place where spans begin. Without a tracer every span is the same empty one, which costs nothing.

No span names an address, a link, a task token or a text that a person wrote; errors are named by their class.
"""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.domain.model.records import Leased
from approvals.telemetry.event import INLINE, policy_label

R = TypeVar("R")

Value = str | int | bool | Sequence[str]
Attributes = Mapping[str, Value]
Kind = Literal["internal", "server", "client", "consumer"]
APPROVAL, EXECUTION, POLICY = "approvals.approval_id", "aws.step_functions.execution.arn", "approvals.policy"
ANNOTATIONS = "aws.xray.annotations"
"""The attribute that names those attributes which X-Ray indexes, so that traces are found by them."""


class Span:
    """The empty span. `with` makes a span the current one, and ends it; otherwise it is ended by `end`."""

    trace: str = ""
    """The span as the parent of others, as `headers` writes it; empty where spans are not kept."""

    def __bool__(self) -> bool:
        """Return whether anything is recorded."""
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def set(self, name: str, value: Value) -> None:
        """Set an attribute."""

    def fail(self, kind: str) -> None:
        """Mark the span as failed, with the class of the error."""

    def link(self, trace: str) -> None:
        """Link the span to one of another trace."""

    def current(self) -> AbstractContextManager[object]:
        """Make the span the current one for a block, without ending it."""
        return self

    def end(self, error: BaseException | None = None) -> None:
        """End the span, failed if there was an error that is not a refusal."""


NOTHING = Span()


class Tracer(Protocol):
    """Makes spans."""

    def span(self, name: str, attributes: Attributes, *, kind: Kind, within: str, since: int) -> Span: ...
    def call(self, name: str, attributes: Attributes) -> Span: ...
    def within(self, trace: str) -> AbstractContextManager[object]: ...
    def trace_id(self) -> str: ...
    def flush(self) -> None: ...
    def shut_down(self) -> None: ...


_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Make all spans of this process with this tracer."""
    global _tracer  # noqa: PLW0603 - set once, when the process starts
    _tracer = tracer


def on() -> bool:
    """Return whether this process has a tracer."""
    return _tracer is not None


def span(
    name: str, attributes: Attributes | None = None, *, kind: Kind = "internal", within: str = "", since: int = 0
) -> Span:
    """Begin a span, a child of the current one.

    With `within` it becomes part of that trace, and is linked with the current span of another trace. `since` is the
    moment at which it began, if that was earlier.
    """
    if _tracer is None:
        return NOTHING
    return _tracer.span(name, attributes or {}, kind=kind, within=within, since=since)


def call(name: str, attributes: Attributes | None = None) -> Span:
    """Begin a span for a request to another service. Outside a traced operation, as in a poll, there is none."""
    return NOTHING if _tracer is None else _tracer.call(name, attributes or {})


def within(trace: str) -> AbstractContextManager[object]:
    """Continue a trace from outside for a block."""
    return NOTHING if _tracer is None or not trace else _tracer.within(trace)


def moment() -> int:
    """Return now for `since`; nothing without a tracer."""
    return 0 if _tracer is None else time.time_ns()


def current_trace_id() -> str:
    """Return the id of the current trace as 32 hex digits, or an empty text."""
    return "" if _tracer is None else _tracer.trace_id()


def flush() -> None:
    """Send the spans that have ended, before the process may stand still."""
    if _tracer:
        _tracer.flush()


def shut_down() -> None:
    """Send the spans that have ended, and make no more."""
    if _tracer:
        _tracer.shut_down()
    use(None)


def is_kept(trace: str) -> bool:
    """Return whether the spans of a trace are kept, as its sender decided."""
    return bool(trace) and bool(int(trace.partition(" ")[0].rpartition("-")[2], 16) & 1)


def approval_span(name: str, approval: Approval, *, policies: Callable[[], Container[str]], since: int = 0) -> Span:
    """Begin a span in the trace of an approval."""
    if _tracer is None:
        return NOTHING
    begun = span(name, within=approval.trace or "", since=since)
    describe(begun, approval, policies=policies)
    return begun


def describe(span: Span, approval: Approval, *, policies: Callable[[], Container[str]]) -> None:
    """Say which approval a span is about. A submission may name its own policy as it likes: it is `inline`."""
    if not span:
        return
    policy, execution = approval.policy.name, approval.content.execution
    span.set(APPROVAL, approval.id)
    span.set(POLICY, policy_label(policy or INLINE, policies))
    if execution:
        span.set(EXECUTION, execution.id)


def callback_span(leased: Leased) -> Span:
    """Begin the span of a callback, whose approval need not be read."""
    if _tracer is None:
        return NOTHING
    target = leased.target
    begun = span("deliver callback", {APPROVAL: target.approval_id}, within=target.trace or "")
    begun.set(EXECUTION, target.execution_arn or "")
    begun.set("approvals.attempt", leased.attempts)
    return begun


def noted(span: Span, result: R) -> R:
    """Set the result of a message, and return it. The span failed if the message did not arrive."""
    if span:
        span.set("approvals.result", type(result).__name__)
        if isinstance(result, TryAgain | GivenUp):
            span.fail(result.kind)
    return result
