"""What the calls of the API have in common: the body, the approval of the path, who is meant, and the answer."""

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
    """The JSON that was sent. No form that a browser could send across sites is read."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send application/json.")
    return read_json(request.get_data())


def approval_of(gateway: Gateway, approval_id: str) -> Approval:
    """Raises NotFound."""
    if not APPROVAL_ID.fullmatch(approval_id):
        raise NotFound(approval_id)
    return gateway.approval(approval_id)


def reviewer_of(approval: Approval, reference: str) -> int:
    """The number of the reviewer who has this id or address. Raises Invalid."""
    reviewer = approval.reviewer(reference)
    if reviewer:
        return reviewer.number
    raise Invalid.at("reviewer", f"“{reference}” is not among the reviewers of this approval")


def utc(at: datetime, name: str) -> datetime:
    """Raises Invalid where that is before the first or after the last year there is."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Invalid.at(name, "is out of range") from None


def shown(approval: Approval, caller: Caller) -> Response:
    return answer(view(approval, sensitive=trusted(caller)))


def trusted(caller: Caller) -> bool:
    """Who may decide may see what is to be decided on."""
    return not caller.scopes.isdisjoint({"decide", "admin"})


def answer(value: Any) -> Response:
    return Response(msgspec.json.encode(value), mimetype="application/json")
