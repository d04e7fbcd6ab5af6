"""The HTTP API: read the request, call one verb of the gateway, respond. Each view requires its operation's scope."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from flask import Blueprint, Response, render_template, request, url_for

from approvals.domain.json_reader import read
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import TRIED_AGAIN, Answer, Approval
from approvals.domain.model.errors import Unreadable
from approvals.domain.model.messages.failing import NOTHING_FAILS
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.records import Filter
from approvals.domain.problems import Invalid
from approvals.entrypoints.api.actions.routes import ApiActionViews
from approvals.entrypoints.api.auth import Authenticate, Caller
from approvals.entrypoints.api.docs_page import described
from approvals.entrypoints.api.openapi import document
from approvals.entrypoints.api.operation import Operation
from approvals.entrypoints.api.operations import OPERATIONS
from approvals.entrypoints.api.request import approval_of, body, json_response, reviewer_of, trusted, utc
from approvals.entrypoints.api.schemas import ApprovalPage, CancelBody, DecisionBody, Notes, Search, view
from approvals.entrypoints.http.explanations import Telling, approval_explanation_of, explained
from approvals.entrypoints.intake import submission_reader
from approvals.entrypoints.intake.batch import adapted
from approvals.flows.gateway import Gateway

HEADER_OF_TOKEN = "TaskToken"  # noqa: S105 - the name of it
HTTP = Source(door="http")
ApiView = Callable[..., Response | str]


def blueprint(gateway: Gateway, who: Authenticate) -> Blueprint:
    """Return the blueprint of all operations except those about health, which http/health.py serves."""
    api = Blueprint("api", __name__)
    ours = _ApiViews(gateway)
    views: dict[str, ApiView] = {
        "submitApproval": ours.submit,
        "listApprovals": ours.find,
        "getApproval": ours.show,
        "decideApproval": ours.decide,
        "cancelApproval": ours.cancel,
        "redeliverApproval": ours.redeliver,
        "listNotes": ours.notes,
        "explainApproval": ours.explain_approval,
        "explainPolicy": ours.explain,
        "showDocument": ours.document,
        "showDocs": ours.docs,
        **ApiActionViews(gateway).views,
    }
    for operation in OPERATIONS:
        if operation.id in views:
            rule = operation.path.replace("{approvalId}", "<approval_id>").replace("{inquiry}", "<inquiry>")
            guarded = _guarded(views[operation.id], operation, who)
            api.add_url_rule(rule, operation.id, guarded, methods=[operation.method])
    return api


def _guarded(door: ApiView, operation: Operation, who: Authenticate) -> ApiView:
    """Wrap a view with the check of its caller. `authentication` names the check for the guard in tests/guards."""

    def guarded(**path: str) -> Response | str:
        return door(who(scope), **path) if scope else door()

    scope = operation.scope
    vars(guarded)["authentication"] = f"key:{scope}" if scope else "none"
    return guarded


class _ApiViews:
    """The views of one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        described_as = document(gateway.public_url)
        self._document = msgspec.json.encode(described_as)
        self._docs = described(described_as)

    def submit(self, caller: Caller) -> Response:
        payload = adapted(_with_header_token(body()), source=HTTP, gateway=self._gateway)
        submission = submission_reader.submission(payload)
        submitted = self._gateway.submit(submission, caller=caller.name)
        approval = submitted.opened or self._gateway.approval(submitted.approval_id)
        made = submission.adjustments if submitted.created else self._gateway.adjustments(approval.id)
        response = json_response(view(approval, sensitive=trusted(caller), adjusted=made))
        if submitted.created:
            response.status_code = 201
            response.headers["Location"] = url_for("api.getApproval", approval_id=submitted.approval_id)
        return response

    def find(self, caller: Caller) -> Response:
        search = _search()
        found = self._gateway.find(_filter(search))
        page = found[: search.limit]
        failing = self._gateway.failing([approval.id for approval in page], each=1)
        items = tuple(
            view(approval, sensitive=trusted(caller), failing=failing.get(approval.id, NOTHING_FAILS))
            for approval in page
        )
        return json_response(ApprovalPage(items=items, next=page[-1].id if len(found) > len(page) else None))

    def show(self, caller: Caller, approval_id: str) -> Response:
        approval = approval_of(self._gateway, approval_id)
        made, failing = self._gateway.adjustments(approval_id), self._gateway.failing_of(approval_id)
        return json_response(view(approval, sensitive=trusted(caller), adjusted=made, failing=failing))

    def decide(self, caller: Caller, approval_id: str) -> Response:
        approval = approval_of(self._gateway, approval_id)
        sent = read(DecisionBody, body())
        given = Answer(option=sent.option, comment=sent.comment, form=sent.form, confirmation=sent.confirmation)
        decided = self._gateway.decide(
            approval_id, reviewer=reviewer_of(approval, sent.reviewer), answer=given,
            actor=Actor(via="api", id=caller.name, facts={"caller": caller.name}), assurance="operator",
        )  # fmt: skip
        return self._settled(decided.approval, caller)

    def cancel(self, caller: Caller, approval_id: str) -> Response:
        approval_of(self._gateway, approval_id)
        sent = read(CancelBody, body())
        cancelled = self._gateway.cancel(approval_id, actor=caller.name, reason=sent.reason)
        return self._settled(cancelled.approval, caller)

    def redeliver(self, caller: Caller, approval_id: str) -> Response:
        approval_of(self._gateway, approval_id)
        self._gateway.redeliver(approval_id, actor=caller.name)
        return self._settled(self._gateway.approval(approval_id), caller)

    def _settled(self, approval: Approval, caller: Caller) -> Response:
        """Return the approval; where its callback was not delivered at once, with the reason."""
        failing = self._gateway.failing_of(approval.id) if approval.callback in TRIED_AGAIN else NOTHING_FAILS
        return json_response(view(approval, sensitive=trusted(caller), failing=failing))

    def notes(self, _caller: Caller, approval_id: str) -> Response:
        with suppress(Unreadable):  # its trail may be readable all the same
            approval_of(self._gateway, approval_id)
        return json_response(Notes(items=tuple(self._gateway.audit(approval_id))))

    def explain_approval(self, _caller: Caller, approval_id: str) -> Response:
        timezone = read(Telling, _query()).timezone
        return json_response(
            approval_explanation_of(self._gateway, approval_of(self._gateway, approval_id), timezone=timezone)
        )

    def explain(self, caller: Caller) -> Response:
        return json_response(explained(self._gateway, body(), caller=caller.name))

    def document(self) -> Response:
        return Response(self._document, mimetype="application/json")

    def docs(self) -> str:
        return render_template("docs.html", docs=self._docs)


def _with_header_token(payload: Any) -> Any:
    """Return the payload with the header's token, where AWS's example of apigateway:invoke puts it. Raises Invalid."""
    token = request.headers.get(HEADER_OF_TOKEN)
    if not token:
        return payload
    if submission_reader.token_of(payload) not in (None, token):
        raise Invalid.at("taskToken", f"differs from that of the header {HEADER_OF_TOKEN}; give one of them")
    return submission_reader.with_token(payload, token)


def _search() -> Search:
    """Return the search of the query. Raises Invalid; each path is the name of a parameter."""
    given: dict[str, Any] = _query()
    if re.fullmatch(r"-?[0-9]{1,9}", given.get("limit", "")):
        given["limit"] = int(given["limit"])
    return read(Search, given)


def _query() -> dict[str, str]:
    """Return the parameters of the query. Raises Invalid if one is there twice."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Invalid.at(name, "is there more than once")
    return request.args.to_dict()


def _filter(search: Search) -> Filter:
    name, _, value = (search.tag or "").partition(":")
    return Filter(
        status=search.status, execution=search.execution, policy=search.policy,
        reviewers=(search.reviewer,) if search.reviewer else (),
        tag=(name, value) if search.tag else None,
        created_from=search.created_from and utc(search.created_from, "createdFrom"),
        created_to=search.created_to and utc(search.created_to, "createdTo"),
        before=search.cursor,
        limit=search.limit + 1,  # the additional one tells whether there is a next page
    )  # fmt: skip
