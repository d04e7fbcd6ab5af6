"""The review page: GET and HEAD only show; an answer is a POST of the form that was rendered, sent from that page.

The link alone proves who answers. No view sets a cookie, and no request that a mail scanner sends records an answer.
"""

from contextlib import suppress

import msgspec
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from approvals.domain.lifecycle.actions import still_open
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.errors import AlreadySettled, LinkExpired, NotFound, Refused, Stale
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer, Holder
from approvals.domain.model.reasons import NotAReviewer, OtherContent
from approvals.domain.model.records import Rendering
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.pages.actions.routes import ActionViews
from approvals.entrypoints.pages.form_security import (
    NOT_SURE,
    SURE,
    by_link,
    from_our_page,
    handle_errors,
    is_sure,
    sent_fields,
)
from approvals.entrypoints.pages.review.model import Page, refilled
from approvals.entrypoints.pages.review.renderer import ReviewRenderer
from approvals.flows.gateway import Gateway
from approvals.presentation.messages.pages import DONE, OPEN_FOR_LONG, fresh_link_sentence
from approvals.presentation.problems import problem_sentence
from approvals.presentation.refusals import NOT_RECORDED, error_sentence, late_answer


def blueprint(gateway: Gateway) -> Blueprint:
    """Return the blueprint of the review page, to be registered at the root."""
    pages, views = Blueprint("pages", __name__), ReviewViews(gateway)
    pages.add_url_rule("/r/<link:token>", "show", by_link(views.show), methods=["GET"])
    pages.add_url_rule("/r/<link:token>", "answer", by_link(views.answer), methods=["POST"])
    for name, view in ActionViews(gateway).views.items():
        pages.add_url_rule(f"/r/<link:token>/{name}", name, by_link(view), methods=["POST"])
    pages.add_url_rule("/r/<link:token>/fresh", "fresh", by_link(views.fresh), methods=["POST"])
    handle_errors(pages, expired=views.expired)
    return pages


class ReviewViews:
    """The views of the review page."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self._frame = gateway, ReviewRenderer(gateway)

    def show(self, token: str) -> AnyResponse:
        approval, holder = self._frame.opened(token)
        page = self._look(approval, holder)
        return self._shown(msgspec.structs.replace(page, said=DONE.get(request.args.get("said", ""), "")))

    def answer(self, token: str) -> AnyResponse:
        """Record the answer. The approval is read only to be decided, and once more where it is shown."""
        from_our_page(self._gateway.public_url)
        approval_id, holder = self._gateway.open_link(token)
        sent = sent_fields()
        answer = _answer(sent)
        rendering = self._frame.rendering(sent.get("nonce", ""), approval_id=approval_id, holder=holder)
        if rendering is None:
            return self._not_ours(self._page(token), answer)
        try:
            self._gateway.decide(
                approval_id, reviewer=self._reviewer(holder, token), answer=answer, shown=rendering.content_sha256,
                actor=Actor(via="link", facts={"secondsOnPage": self._frame.age(rendering)}), assurance="link",
            )  # fmt: skip
        except Invalid as error:
            return self._shown(refilled(self._page(token), answer, problems=error.problems), status=422)
        except Stale as error:
            return self._shown(refilled(self._page(token), answer, notice=error_sentence(error)), status=409)
        except Refused as error:
            if isinstance(error.reason, OtherContent):
                return self._not_ours(self._page(token), answer)
            return self._shown(_watching(self._page(token), error_sentence(error)), status=403)
        except AlreadySettled as error:
            if not _stands(error.approval, holder, answer):
                return self._came_late(error.approval, holder)
        return redirect(url_for("pages.show", token=token), 303)

    def fresh(self, token: str) -> AnyResponse:
        """Send a fresh link. The response is always the same, so that it reveals nothing."""
        from_our_page(self._gateway.public_url)
        try:
            self._frame.opened(token)
        except LinkExpired as expired:
            sent, of = sent_fields(), {"approval_id": expired.approval_id, "content_sha256": ""}
            if self._frame.seconds_on_page(sent.get("nonce", ""), holder=expired.holder, **of) is None:
                return self.expired(expired, notice=OPEN_FOR_LONG, status=409)
            if not is_sure(sent):
                return self.expired(expired, notice=problem_sentence(Problem(SURE, NOT_SURE)), status=422)
            with suppress(NotFound, Stale):
                self._gateway.refresh_link(expired.approval_id, holder=expired.holder)
            return make_response(render_template("links/fresh.html", sentence=fresh_link_sentence(many=False)))
        return redirect(url_for("pages.show", token=token), 303)

    def expired(self, error: LinkExpired, *, notice: str = "", status: int = 410) -> AnyResponse:
        rendering = Rendering(error.approval_id, error.holder, self._gateway.now(), "")
        nonce = self._gateway.nonce(rendering)
        token = (request.view_args or {})["token"]
        action = url_for("pages.fresh", token=token)
        return make_response(render_template("links/expired.html", action=action, nonce=nonce, notice=notice), status)

    def _reviewer(self, holder: Holder, token: str) -> int:
        """Return the reviewer's number. Raises AlreadySettled; Refused for the requester, who may not answer."""
        match holder:
            case ForReviewer(number):
                return number
            case ForRequester() | ForChannel():
                still_open(self._frame.opened(token)[0], self._gateway.now())
                raise Refused(NotAReviewer())

    def _page(self, token: str) -> Page:
        return self._look(*self._frame.opened(token))

    def _look(self, approval: Approval, holder: Holder) -> Page:
        return self._frame.look(approval, holder)

    def _shown(self, page: Page, *, status: int = 200) -> Response:
        return self._frame.shown(page, status=status)

    def _not_ours(self, page: Page, answer: Answer) -> Response:
        """Return the response to a form that was not rendered for this reviewer and content, or too long ago."""
        if page.answerable:
            return self._shown(refilled(page, answer, notice=OPEN_FOR_LONG), status=409)
        if _stands(page.approval, page.viewer, answer):
            return self._shown(page)
        if page.approval.pending and page.now < page.approval.deadline:
            return self._shown(msgspec.structs.replace(page, notice=NOT_RECORDED), status=409)
        return self._came_late(page.approval, page.viewer)

    def _came_late(self, approval: Approval, holder: Holder) -> Response:
        page = self._look(approval, holder)
        return self._shown(msgspec.structs.replace(page, notice=late_answer(approval)), status=409)


def _answer(sent: dict[str, str]) -> Answer:
    return Answer(
        option=sent.get("option", ""),
        comment=sent.get("comment", ""),
        form={name.removeprefix("form."): value for name, value in sent.items() if name.startswith("form.")},
        confirmation=sent.get("confirmation", ""),
    )


def _watching(page: Page, reason: str) -> Page:
    return msgspec.structs.replace(page, situation="watching", reason=reason, notice=f"{reason} {NOT_RECORDED}")


def _stands(approval: Approval, holder: Holder, answer: Answer) -> bool:
    """Return whether the same answer was recorded before: a double click gets the result of the first click."""
    reviewer = approval.addressee(holder)
    standing = approval.latest().get(reviewer.number) if reviewer else None
    same = (True, answer.option, answer.comment.strip())
    return standing is not None and (standing.own, standing.option, standing.comment) == same
