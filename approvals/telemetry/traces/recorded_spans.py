"""Recorded spans, by the API of OpenTelemetry. Imported only where tracing is set up: a cold start pays for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Self

from opentelemetry import context
from opentelemetry import trace as api
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from approvals.domain.model.errors import Unavailable
from approvals.domain.problems import ApprovalsError
from approvals.telemetry.traces.headers import TRACEPARENT, TRACESTATE
from approvals.telemetry.tracing import ANNOTATIONS, APPROVAL, EXECUTION, NOTHING, Attributes, Kind, Span, Value

_KINDS = {
    "internal": api.SpanKind.INTERNAL, "server": api.SpanKind.SERVER, "client": api.SpanKind.CLIENT,
    "consumer": api.SpanKind.CONSUMER,
}  # fmt: skip
_INDEXED = (APPROVAL, EXECUTION)
_headers = TraceContextTextMapPropagator()


class RecordedSpan(Span):
    """A span of OpenTelemetry."""

    def __init__(self, recorded: api.Span, around: context.Context | None) -> None:
        self._span, self._context = recorded, api.set_span_in_context(recorded, around)
        self._tokens: list[Any] = []
        self._failed = False

    @property
    def trace(self) -> str:  # type: ignore[override]
        carrier: dict[str, str] = {}
        _headers.inject(carrier, self._context)
        return " ".join(filter(None, (carrier.get(TRACEPARENT), carrier.get(TRACESTATE))))

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Self:
        self._tokens.append(context.attach(self._context))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        context.detach(self._tokens.pop())
        self.end(error)

    def set(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)
        if name in _INDEXED:
            self._span.set_attribute(ANNOTATIONS, _INDEXED)

    def fail(self, kind: str) -> None:
        self._failed = True
        self._span.set_attribute("error.type", kind)
        self._span.set_status(api.StatusCode.ERROR)

    def link(self, trace: str) -> None:
        if (other := _remote(trace)) is not None:
            self._span.add_link(other)

    def current(self) -> AbstractContextManager[object]:
        return _attached(self._context)

    def end(self, error: BaseException | None = None) -> None:
        if isinstance(error, ApprovalsError) and not isinstance(error, Unavailable):
            self.set("approvals.refused", type(error).__name__)
        elif error is not None and not self._failed:
            self.fail(type(error).__qualname__)
        self._span.end()


class OpenTelemetry:
    """Implements tracing.Tracer."""

    def __init__(
        self, tracer: api.Tracer, *, flush: Callable[[], object] = bool, shut_down: Callable[[], object] = bool
    ) -> None:
        self._tracer, self._flush, self._shut_down = tracer, flush, shut_down

    def span(self, name: str, attributes: Attributes, *, kind: Kind, within: str, since: int) -> Span:
        around, here = None, api.get_current_span()
        parent = _remote(within)
        if parent and parent.trace_id != here.get_span_context().trace_id:
            around = api.set_span_in_context(api.NonRecordingSpan(parent), context.get_current())
        links = [api.Link(here.get_span_context())] if around and here.get_span_context().is_valid else []
        begun = self._tracer.start_span(
            name, context=around, kind=_KINDS[kind], links=links, start_time=since or None, record_exception=False
        )
        if links:
            here.add_link(begun.get_span_context())
        return _with(RecordedSpan(begun, around), attributes)

    def call(self, name: str, attributes: Attributes) -> Span:
        if not api.get_current_span().is_recording():
            return NOTHING
        begun = self._tracer.start_span(name, kind=api.SpanKind.CLIENT, record_exception=False)
        return _with(RecordedSpan(begun, None), attributes)

    def within(self, trace: str) -> AbstractContextManager[object]:
        return _attached(_context_of(trace))

    def trace_id(self) -> str:
        here = api.get_current_span().get_span_context()
        return api.format_trace_id(here.trace_id) if here.is_valid else ""

    def flush(self) -> None:
        self._flush()

    def shut_down(self) -> None:
        self._shut_down()


def _with(begun: RecordedSpan, attributes: Attributes) -> RecordedSpan:
    for name, value in attributes.items():
        if value != "":
            begun.set(name, value)
    return begun


def _context_of(text: str) -> context.Context:
    parent, _, state = text.partition(" ")
    return _headers.extract({TRACEPARENT: parent, **({TRACESTATE: state} if state else {})})


def _remote(text: str) -> api.SpanContext | None:
    found = api.get_current_span(_context_of(text)).get_span_context() if text else None
    return found if found and found.is_valid else None


@contextmanager
def _attached(around: context.Context) -> Iterator[None]:
    token = context.attach(around)
    try:
        yield
    finally:
        context.detach(token)
