"""The span of a request, by the name of its route. Its path is a link, which is a secret, and is never recorded."""

from flask import Flask, Response, g, request

from approvals.entrypoints.http.access_log import route
from approvals.telemetry import tracing


def trace_requests(app: Flask) -> None:
    """Make a span for each request, if this process makes spans."""
    app.before_request(_begin)
    app.after_request(_note)
    app.teardown_request(_end)


def _begin() -> None:
    if not tracing.on():
        return
    from approvals.telemetry.traces.headers import from_headers

    about = {"http.request.method": request.method, "http.route": route(), "url.scheme": request.scheme}
    name = f"{request.method} {route()}".rstrip()
    g.span = tracing.span(name, about, kind="server", within=from_headers(dict(request.headers)))
    g.span.__enter__()


def _note(response: Response) -> Response:
    if span := g.get("span"):
        span.set("http.response.status_code", response.status_code)
        if response.status_code >= 500:
            span.fail(str(response.status_code))
    return response


def _end(error: BaseException | None) -> None:
    if span := g.pop("span", None):
        span.__exit__(type(error) if error else None, error, None)
