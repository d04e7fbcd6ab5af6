"""The access log and the request id: one line for each request, by its route, because a path may hold a link.

The id is in the answer as `X-Request-Id`, in problem details, and in every log line that is written for the request.
"""

import logging
import re
import time
from collections.abc import Callable

from flask import Flask, Response, g, request

from approvals.telemetry.context import request_id

HEADER = "X-Request-Id"
UNLOGGED = frozenset({"health.alive", "health.ready", "static"})
"""Of health checks only a failed one matters, which has a line of its own. Styles and scripts come with their pages."""
NO_ROUTE = "(none)"
_SAFE = re.compile(r"[A-Za-z0-9._=-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger("approvals.access")


def identify_requests(
    app: Flask, *, new_id: Callable[[], str], access_log: bool, timer: Callable[[], float] = time.perf_counter
) -> None:
    """Give each request an id, and log it. Call this first: functions after a request run in the reverse order."""

    def begin() -> None:
        g.began = timer()
        request_id.set(_given_id() or new_id())

    def end(response: Response) -> Response:
        response.headers[HEADER] = request_id.get()
        if access_log and request.endpoint not in UNLOGGED:
            _write(response.status_code, milliseconds=(timer() - g.began) * 1000)
        return response

    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _error: request_id.set("") and None)


def route() -> str:
    """Return the route of the request as the documentation writes it: /r/<link>. It is empty where there is none."""
    return request.url_rule.rule.replace("<link:token>", "<link>") if request.url_rule else ""


def _given_id() -> str:
    """Return the id that API Gateway gave the request, or else the caller's if it is a short token."""
    of_gateway = request.environ.get("apig_wsgi.request_context", {}).get("requestId")
    given = of_gateway or request.headers.get(HEADER, "")
    return given if isinstance(given, str) and _SAFE.fullmatch(given) else ""


def _write(status: int, *, milliseconds: float) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    method = request.method if request.method in _METHODS else "OTHER"
    facts = {
        "event": "http.request", "method": method, "route": route() or NO_ROUTE, "status": status,
        "milliseconds": round(milliseconds, 1),
    }  # fmt: skip
    # A record without the calling function, as for events: finding it costs as much as the rest of the line.
    log.handle(log.makeRecord(log.name, logging.INFO, "", 0, "a request was answered", (), None, extra=facts))
