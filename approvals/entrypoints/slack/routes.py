"""The routes for Slack's requests: each must be signed over its raw body within five minutes, or gets 401.

They exist only if signing secrets are set. Slack waits three seconds for a response; other work follows it."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import Blueprint, Response, request

from approvals.adapters.slack.signature import SlackSignatures
from approvals.domain.model.errors import Forbidden
from approvals.domain.problems import Invalid
from approvals.entrypoints.http.problems import problem
from approvals.entrypoints.slack import payloads as slack_payloads
from approvals.entrypoints.slack.button_press import interact
from approvals.entrypoints.slack.context import Ack, Later, Slack
from approvals.entrypoints.slack.events import handle_event
from approvals.entrypoints.slack.slash_command import command

BODY_BYTES = 1024 * 1024
"""A press contains all blocks of its message or tab as JSON in a form, which multiplies the size of non-ASCII text."""
MOST_FIELDS = 100
BUDGET_SECONDS = 1.0
Afterwards = Callable[[Sequence[Later], float], None]
"""Runs the work that follows the response; gets the start of the request by time.monotonic."""
Read = Callable[[bytes], Ack]

log = logging.getLogger(__name__)


def blueprint(slack: Slack, *, secrets: Sequence[str], afterwards: Afterwards) -> Blueprint:
    """Return the blueprint, to be registered at the root."""
    slack_routes = Blueprint("slack", __name__)
    signatures = SlackSignatures(secrets, clock=slack.gateway.now)
    reads: dict[str, Read] = {
        "interactions": lambda body: interact(slack, slack_payloads.interaction(_form(body))),
        "commands": lambda body: _command(slack, _form(body)),
        "events": lambda body: handle_event(slack, slack_payloads.read_event(body)),
    }
    for name, read in reads.items():
        slack_routes.add_url_rule(f"/slack/{name}", name, _signed(read, signatures, afterwards), methods=["POST"])
    return slack_routes


def in_background(threads: int = 4) -> Afterwards:
    """Run the work in threads of its own: for a server, whose process lives on."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="slack")

    def after(left: Sequence[Later], began: float) -> None:  # noqa: ARG001
        pool.submit(run_each, left)

    return after


def within_budget(left: Sequence[Later], began: float) -> None:
    """Run the work before the response: for Lambda, which is frozen after it. Work without time left is dropped."""
    for one in left:
        if time.monotonic() - began > BUDGET_SECONDS:
            log.warning("no time was left", extra={"event": "slack.left_out"})
            return
        run_each([one])


def run_each(left: Sequence[Later]) -> None:
    """Run each piece of work separately: the answer is recorded, even if a message about it fails."""
    for one in left:
        try:
            one()
        except Exception:
            log.exception("what follows an answer failed", extra={"event": "slack.error"})


def _signed(read: Read, signatures: SlackSignatures, after: Afterwards) -> Callable[[], Response]:
    def view() -> Response:
        began = time.monotonic()
        request.max_content_length = BODY_BYTES
        body = request.get_data(cache=False)
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not signatures.genuine(body, timestamp=timestamp, signature=signature):
            return _refused("it is not signed with a signing secret of ours, or not within five minutes")
        try:
            ack = read(body)
        except Invalid:
            return _refused("it is nothing that Slack sends")
        except Forbidden as error:
            return _foreign(error)
        response = _response(ack.body)
        if ack.later:
            response.call_on_close(lambda: after(ack.later, began))
        return response

    vars(view)["authentication"] = "slack:signature"
    return view


def _command(slack: Slack, form: dict[str, str]) -> Ack:
    """Respond to a slash command. Slack sometimes sends one only to check the certificate."""
    return Ack() if "ssl_check" in form else command(slack, slack_payloads.read_command(form))


def _form(body: bytes) -> dict[str, str]:
    """Return the fields of the form. Raises Invalid."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Invalid.at("", "is no form") from None


def _response(body: dict[str, Any] | None) -> Response:
    if body is None:
        return Response(status=200)
    return Response(msgspec.json.encode(body), content_type="application/json")


def _refused(reason: str) -> Response:
    log.warning("a request from Slack is refused: %s", reason, extra={"event": "slack.refused"})
    return problem(401, kind="slack-signature", title="This was not sent by Slack", detail=reason)


def _foreign(error: Forbidden) -> Response:
    """Refuse an event of another workspace, and tell Slack not to repeat it."""
    response = problem(403, kind="slack-workspace", title="This workspace is not connected here", detail=str(error))
    response.headers["X-Slack-No-Retry"] = "1"
    return response
