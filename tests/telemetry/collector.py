"""A collector: it takes OTLP over HTTP on loopback, as a real one does, and prints the traces as trees."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """Keeps each span that is sent to `url`."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.service = ""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector._take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, sent: Any) -> None:
        for part in sent.resource_spans:
            self.service = next(a.value.string_value for a in part.resource.attributes if a.key == "service.name")
            for scope in part.scope_spans:
                self.spans += scope.spans

    def tree(self, trace_id: str) -> list[str]:
        """The spans of a trace, each indented below its parent, in the order of their beginning."""
        found = sorted((s for s in self.spans if s.trace_id.hex() == trace_id), key=lambda s: s.start_time_unix_nano)
        ours = {span.span_id for span in found}
        return [line for span in found if span.parent_span_id not in ours for line in _lines(span, found, 0)]


def attributes(span: Any) -> dict[str, Any]:
    """The attributes of a span, lists as tuples."""
    return {
        one.key: tuple(v.string_value for v in one.value.array_value.values)
        or one.value.string_value or one.value.int_value
        for one in span.attributes
    }  # fmt: skip


def _lines(span: Any, found: list[Any], depth: int) -> Iterator[str]:
    yield "  " * depth + span.name
    for child in found:
        if child.parent_span_id == span.span_id:
            yield from _lines(child, found, depth + 1)
