"""Counts of requests, by the class of their route and status: never by a path, which may hold a link."""

from collections.abc import Callable

from flask import Response, request

from approvals.telemetry.instruments import HTTP_ERRORS, HTTP_REQUESTS
from approvals.telemetry.meter import Meter

_ROUTES = {
    "api": "api", "pages": "page", "inbox": "page", "channel": "page", "slack": "slack", "sns": "sns",
    "health": "health",
}  # fmt: skip
"""The class of the routes of each blueprint."""


def counting(meter: Meter) -> Callable[[Response], Response]:
    """Return a function that counts each response."""

    def count(response: Response) -> Response:
        route = "static" if request.endpoint == "static" else _ROUTES.get(request.blueprint or "", "")
        meter.count(HTTP_REQUESTS, route, f"{response.status_code // 100}xx")
        if response.status_code >= 500:
            meter.count(HTTP_ERRORS, route)
        return response

    return count
