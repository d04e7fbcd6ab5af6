"""Error responses: problem details (RFC 9457) for programs, a page for people."""

from typing import Any

import msgspec
from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from approvals.domain.model import errors
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.presentation.refusals import error_sentence
from approvals.telemetry.context import request_id

STATUS: dict[type[ApprovalsError], int] = {
    Invalid: 422,
    errors.NotFound: 404,
    errors.Refused: 403,
    errors.AlreadySettled: 409,
    errors.Stale: 503,
    errors.Unreadable: 503,
    errors.Unavailable: 503,
    errors.NotMigrated: 503,
    errors.NotArchived: 503,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.BadLink: 404,
    errors.UnknownKey: 404,
    errors.LinkFromFuture: 404,
    errors.LinkExpired: 410,
    errors.Misconfigured: 500,
}
RETRY_AFTER: dict[type[ApprovalsError], int] = {
    errors.Stale: 1,
    errors.Unavailable: 5,
    errors.NotMigrated: 5,
    errors.Unreadable: 60,
}
"""In seconds. Another process, of the release that wrote the row, may read what this one cannot."""
TITLES: dict[type[ApprovalsError], str] = {
    Invalid: "The request is not valid",
    errors.NotFound: "The approval does not exist",
    errors.Refused: "This action is not allowed",
    errors.AlreadySettled: "The approval is settled already",
    errors.Stale: "Too many answers at the same moment; try again",
    errors.Unreadable: "This approval cannot be read by this version",
    errors.Unavailable: "The database cannot be used just now",
    errors.NotMigrated: "The database is not migrated",
    errors.NotArchived: "The archive cannot be used just now",
    errors.Unauthenticated: "Authentication is required",
    errors.Forbidden: "This key may not do that",
    errors.BadLink: "This link does not work",
    errors.UnknownKey: "This link was made with a key that is no longer in use",
    errors.LinkFromFuture: "This link is dated in the future",
    errors.LinkExpired: "This link has expired",
    errors.Misconfigured: "The gateway is not set up correctly",
}


def problem(status: int, *, kind: str, title: str, detail: str = "", **more: Any) -> Response:
    """Return a problem details response. `kind` is stable; its URI is a name, not an address."""
    body = {"type": f"urn:approvals:problem:{kind}", "title": title, "status": status, **more}
    if detail:
        body["detail"] = detail
    if request_id.get():
        body["requestId"] = request_id.get()
    return Response(msgspec.json.encode(body), status, content_type="application/problem+json")


def kind_of(error: type[ApprovalsError]) -> str:
    """Return the kind of an error: `AlreadySettled` is "already-settled"."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in error.__name__).lstrip("-")


def domain_problem(error: ApprovalsError) -> Response:
    kind = type(error)
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = [{"path": problem.path, "message": problem.message} for problem in error.shown]
    if isinstance(error, errors.AlreadySettled):
        more["approvalId"], more["approvalStatus"] = error.approval.id, error.approval.status
    detail = "" if isinstance(error, Invalid | errors.NotFound) else error_sentence(error)
    response = problem(STATUS[kind], kind=kind_of(kind), title=TITLES[kind], detail=detail, **more)
    if isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="approvals"'
    if kind in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[kind])
    return response


def unreadable(error: errors.Unreadable) -> Response:
    """Answer for an approval that this release cannot read, as JSON to programs and as a page to people."""
    if for_programs():
        return domain_problem(error)
    page = render_template("errors/message.html", title=TITLES[errors.Unreadable], text=error_sentence(error))
    return Response(page, 503, {"Retry-After": str(RETRY_AFTER[errors.Unreadable])})


def http_problem(error: HTTPException) -> Response:
    """Answer an error of Flask, as JSON to programs and as a page to people."""
    status = error.code or 500
    if for_programs():
        response = problem(status, kind=f"http-{status}", title=error.name, detail=error.description or "")
    else:
        title, text = _HUMAN.get(status, (error.name, ""))
        response = Response(render_template("errors/message.html", title=title, text=text), status)
    if isinstance(allowed := getattr(error, "valid_methods", None), list):
        response.headers["Allow"] = ", ".join(allowed)
    if isinstance(error, ServiceUnavailable) and error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


_AGAIN = "Go back, reload the page and try again."
_HUMAN = {
    400: ("That could not be read", _AGAIN),
    404: ("There is nothing here", "Open the whole link from the message that you received."),
    405: ("That cannot be done here", "Open the link from the message that you were sent again."),
    413: ("That was too much at once", "Shorten it and try again."),
    415: ("That could not be read", _AGAIN),
    500: (
        "Something went wrong",
        "The mistake is on our side. Nothing of what you sent is lost for good: reload the page and look.",
    ),
    503: ("Not just now", "Wait a moment, then try again: the page says what is recorded."),
}


def for_programs() -> bool:
    """Return whether the path is for programs, which get JSON."""
    return request.path.startswith(("/v1/", "/healthz", "/readyz", "/openapi.json", "/slack/", "/sns"))
