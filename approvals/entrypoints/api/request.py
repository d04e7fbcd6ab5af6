"""The parts that all requests of the API share: body, approval in the path, reviewer, and response."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from approvals.domain.json_reader import read_json
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import NotFound
from approvals.domain.problems import Invalid
from approvals.entrypoints.api.auth import Caller
from approvals.entrypoints.api.schemas import view
from approvals.flows.gateway import Gateway

APPROVAL_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


def body() -> Any:
    """Return the JSON body. A form is refused, because a browser could send one across sites."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send application/json.")
    return read_json(request.get_data())


def approval_of(gateway: Gateway, approval_id: str) -> Approval:
    """Return the approval of the path. Raises NotFound."""
    if not APPROVAL_ID.fullmatch(approval_id):
        raise NotFound(approval_id)
    return gateway.approval(approval_id)


def reviewer_of(approval: Approval, reference: str) -> int:
    """Return the number of the reviewer with this id or address. Raises Invalid."""
    reviewer = approval.reviewer(reference)
    if reviewer:
        return reviewer.number
    raise Invalid.at("reviewer", f"“{reference}” is not among the reviewers of this approval")


def utc(at: datetime, name: str) -> datetime:
    """Convert to UTC. Raises Invalid if the result is before the first or after the last year of a datetime."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Invalid.at(name, "is out of range") from None


def shown(approval: Approval, caller: Caller) -> Response:
    return json_response(view(approval, sensitive=trusted(caller)))


def trusted(caller: Caller) -> bool:
    """Return whether the caller may see sensitive details: those who may decide need them."""
    return not caller.scopes.isdisjoint({"decide", "admin"})


def json_response(value: Any) -> Response:
    return Response(msgspec.json.encode(value), mimetype="application/json")
