"""Sample data: submissions of a realistic size, and the requests that submit and answer them."""

import itertools
import os
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import msgspec

from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.records import Rendering
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake.submission_reader import submission
from approvals.flows.gateway import Gateway
from benchmarks.load import request

BATCH = 100
_numbers = itertools.count()
_EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:refunds:order-{number}"
_MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:refunds"
_DESCRIPTION = (
    "The customer asks for their money back: the parcel arrived **broken**, and the photographs show it.\n\n"
    "* second complaint this year\n* paid by card, so the refund goes back there\n"
)


def a_submission(**changes: object) -> dict[str, object]:
    """Return a new submission for two reviewers, as the snippets for state machines send it, with changed fields."""
    number = next(_numbers)
    return {
        "taskToken": f"AQCEAAAAKgAAAAMAAAAAAAAAA{os.getpid()}-{number:09d}{'k' * 550}",
        "title": f"Refund order {number} (420 €)",
        "description": _DESCRIPTION,
        "details": {"Order": str(number), "Amount": 420.0, "Customer": "Jo Doe", "Reason": "broken", "Parcels": 2},
        "links": [{"label": "Order", "url": f"https://shop.example.com/orders/{number}"}],
        "requester": "rhea@example.com",
        "reviewers": ["ana@example.com", "ben@example.com"],
        "need": 1,
        "timeoutSeconds": 86400,
        "execution": {"id": _EXECUTION.format(number=number), "name": f"order-{number}", "redriveCount": 0},
        "state": {"name": "Wait for finance", "enteredTime": datetime.now(UTC).isoformat(), "retryCount": 0},
        "stateMachine": {"id": _MACHINE, "name": "refunds"},
        "tags": {"team": "payments"},
        **changes,
    }


def submit_many(gateway: Gateway, count: int, **changes: object) -> list[str]:
    """Submit new approvals, with changed fields, and return their IDs."""
    ids: list[str] = []
    for begin in range(0, count, BATCH):
        batch = [submission(a_submission(**changes)) for _ in range(min(BATCH, count - begin))]
        for result in gateway.submit_all(batch, caller="benchmark"):
            if isinstance(result, Invalid):
                raise result
            ids.append(result.approval_id)
    return ids


def insert_requests(count: int) -> list[bytes]:
    """Return requests to the floor, with the same bodies."""
    return [
        request("POST", "/things", body=msgspec.json.encode(a_submission()), content_type="application/json")
        for _ in range(count)
    ]


def submit_requests(api_key: str, count: int) -> list[bytes]:
    return [
        request(
            "POST", "/v1/approvals", body=msgspec.json.encode(a_submission()),
            content_type="application/json", authorization=f"Bearer {api_key}",
        )
        for _ in range(count)
    ]  # fmt: skip


def approve_requests(gateway: Gateway, ids: list[str]) -> list[bytes]:
    """Return for each approval the request of its first reviewer's form, with a valid link and nonce."""
    return [_approve_request(gateway, approval_id) for approval_id in ids]


def page_request(gateway: Gateway, approval_id: str) -> bytes:
    """Return the request of the review page by the first reviewer's link."""
    return request("GET", _page(gateway, approval_id))


def inbox_request(gateway: Gateway, approval_id: str) -> bytes:
    """Return the request of the first reviewer's inbox."""
    return request("GET", urlsplit(gateway.ports.links.inbox_url(approval_id, 0, now=gateway.now())).path)


def _page(gateway: Gateway, approval_id: str) -> str:
    return urlsplit(gateway.ports.links.url(approval_id, ForReviewer(0), now=gateway.now())).path


def _approve_request(gateway: Gateway, approval_id: str) -> bytes:
    now, path = gateway.now(), _page(gateway, approval_id)
    content_sha256 = gateway.approval(approval_id).content_sha256
    nonce = gateway.ports.links.nonce(Rendering(approval_id, ForReviewer(0), now, content_sha256))
    form = {"nonce": nonce, "option": "approve", "comment": "The photographs are clear."}
    return request(
        "POST", path, body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded", sec_fetch_site="same-origin",
    )  # fmt: skip
