"""The inbox: the page of all approvals that wait for one person. One POST can answer several of them.

Each answer is a decision of its own, by the same verb as everywhere. High risk is answered on its own page only.
"""

from contextlib import suppress
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from approvals.domain.lifecycle.digest import DigestLine
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import (
    AlreadySettled,
    BadLink,
    LinkExpired,
    NotFound,
    Refused,
    Stale,
    Unavailable,
    Unreadable,
)
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.records import Rendering
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.pages.form_security import (
    NONCE_AGE,
    NOT_SURE,
    SURE,
    by_link,
    from_our_page,
    handle_errors,
    here,
    is_sure,
    sent_fields,
)
from approvals.entrypoints.pages.inbox.model import (
    AnswerResult,
    InboxPage,
    Item,
    arranged,
    fingerprint,
    recorded_result,
    refused_result,
)
from approvals.flows.gateway import Gateway
from approvals.presentation.messages.pages import (
    CHOOSE,
    OPEN_FOR_LONG,
    SELECT,
    answered_alone_sentences,
    fresh_link_sentence,
)
from approvals.presentation.problems import problem_sentence

TOLD_WITHIN = timedelta(seconds=5)
"""How long the page waits for callbacks to Step Functions, in all; they are sent in any case."""
MOST = 50
_NO_LIST = "This link cannot open your list at the moment"
_OTHER_WAYS = (
    "The approval that it was made for cannot be read by this version of the gateway. Open the list by the link of"
    " another message, answer by the links of the single messages, or try again when an update is complete."
)


def blueprint(gateway: Gateway) -> Blueprint:
    """Return the blueprint of the inbox, to be registered at the root."""
    inboxes, views = Blueprint("inbox", __name__), InboxViews(gateway)
    inboxes.add_url_rule("/i/<link:token>", "show", by_link(views.show), methods=["GET"])
    inboxes.add_url_rule("/i/<link:token>", "answer", by_link(views.answer), methods=["POST"])
    inboxes.add_url_rule("/i/<link:token>/fresh", "fresh", by_link(views.fresh), methods=["POST"])
    handle_errors(inboxes, expired=views.expired)
    inboxes.register_error_handler(Unreadable, _unreadable)
    return inboxes


class InboxViews:
    """The views of the inbox."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def show(self, token: str) -> AnyResponse:
        whose = self._opened(token)
        return self._shown(self._page(*whose), whose)

    def answer(self, token: str) -> AnyResponse:
        from_our_page(self._gateway.public_url)
        whose = self._opened(token)
        sent = sent_fields()
        items = self._of_rendering(sent, whose)
        answer = Answer(option=sent.get("option", ""), comment=sent.get("comment", ""))
        picked = frozenset(value for name, value in sent.items() if name.startswith("pick."))
        page = replace(self._page(*whose), sent=answer, picked=picked, every=sent.get("every") == "on")
        if items is None:
            return self._shown(replace(page, notice=OPEN_FOR_LONG), whose, status=409)
        chosen = [item for item in items if (not item.alone if page.every else item.approval.id in picked)]
        if problems := _problems(chosen, answer):
            return self._shown(replace(page, problems=problems), whose, status=422)
        verdicts = self._decided(chosen, answer)
        left = self._gateway.inbox(whose[0], reviewer=whose[1])
        return _page_of("inbox/result.html", verdicts=verdicts, waiting=bool(left.lines), back=here())

    def fresh(self, token: str) -> AnyResponse:
        """Send a fresh link. The response is always the same, so that it reveals nothing."""
        from_our_page(self._gateway.public_url)
        try:
            self._opened(token)
        except LinkExpired as expired:
            whose = _whose(expired)
            sent = sent_fields()
            if not self._rendered(sent.get("nonce", ""), whose, ""):
                return self.expired(expired, notice=OPEN_FOR_LONG, status=409)
            if not is_sure(sent):
                return self.expired(expired, notice=problem_sentence(Problem(SURE, NOT_SURE)), status=422)
            with suppress(NotFound, BadLink, Stale):
                self._gateway.refresh_inbox(expired.approval_id, reviewer=whose[1])
            return make_response(render_template("links/fresh.html", sentence=fresh_link_sentence(many=True)))
        return redirect(here(), 303)

    def expired(self, error: LinkExpired, *, notice: str = "", status: int = 410) -> AnyResponse:
        nonce = self._nonce(_whose(error), "")
        action = url_for("inbox.fresh", token=(request.view_args or {})["token"])
        return make_response(render_template("links/expired.html", action=action, nonce=nonce, notice=notice), status)

    def _opened(self, token: str) -> tuple[str, int]:
        """Return an approval's id and the number of the link's holder there. Raises BadLink, LinkExpired."""
        return self._gateway.open_inbox_link(token)

    def _page(self, approval_id: str, reviewer: int) -> InboxPage:
        given = request.args.get("before", "")
        before = given if given.isascii() and given.replace("-", "").isalnum() else None
        found = self._gateway.inbox(approval_id, reviewer=reviewer, before=before)
        items = self._arranged(found.lines)
        return InboxPage(person=found.person, items=items, before=found.before, further=before is not None)

    def _arranged(self, lines: tuple[DigestLine, ...]) -> tuple[Item, ...]:
        return arranged((line, self._gateway.link(line.approval.id, line.reviewer)) for line in lines)

    def _shown(self, page: InboxPage, whose: tuple[str, int], *, status: int = 200) -> Response:
        nonce = self._nonce(whose, fingerprint([DigestLine(item.approval, item.reviewer) for item in page.items]))
        return _page_of("inbox/list.html", page=page, nonce=nonce, here=here(), status=status)

    def _of_rendering(self, sent: dict[str, str], whose: tuple[str, int]) -> tuple[Item, ...] | None:
        """Return the approvals of the page that sent the form, in their current state.

        None if this gateway did not render that page for this person, or rendered it too long ago.
        """
        ids = sent.get("items", "").split()
        lines = self._gateway.named_in(ids[:MOST], whose[0], reviewer=whose[1])
        ours = len(ids) == len(lines) and self._rendered(sent.get("nonce", ""), whose, fingerprint(lines))
        return self._arranged(lines) if ours else None

    def _decided(self, chosen: list[Item], answer: Answer) -> list[AnswerResult]:
        """Record each answer by itself; all of them share one limit of waiting for Step Functions."""
        until = self._gateway.now() + TOLD_WITHIN
        return [self._verdict(item, answer, until - self._gateway.now(), len(chosen)) for item in chosen]

    def _verdict(self, item: Item, answer: Answer, left: timedelta, together: int) -> AnswerResult:
        if item.alone:
            return AnswerResult(item=item, recorded=False, sentence=answered_alone_sentences(item.alone))
        try:
            decided = self._gateway.decide(
                item.approval.id, reviewer=item.reviewer, answer=answer,
                actor=Actor(via="link", facts={"together": together}), assurance="link", within=max(left, timedelta(0)),
            )  # fmt: skip
        except (AlreadySettled, Invalid, Refused, Stale, Unavailable, Unreadable) as error:
            return refused_result(item, error, answer)
        return recorded_result(item, decided.approval)

    def _nonce(self, whose: tuple[str, int], shown: str) -> str:
        rendering = Rendering(f"inbox:{whose[0]}", ForReviewer(whose[1]), self._gateway.now(), shown)
        return self._gateway.nonce(rendering)

    def _rendered(self, nonce: str, whose: tuple[str, int], shown: str) -> bool:
        """Return whether this gateway showed these contents to this person, and not too long ago."""
        try:
            found = self._gateway.rendering(nonce)
        except BadLink:
            return False
        wanted = (f"inbox:{whose[0]}", ForReviewer(whose[1]), shown)
        ours = (found.approval_id, found.holder, found.content_sha256) == wanted
        return ours and self._gateway.now() - found.at <= NONCE_AGE


def _problems(chosen: list[Item], answer: Answer) -> dict[str, str]:
    problems = {}
    if not chosen:
        problems["pick"] = SELECT
    if not answer.option:
        problems["option"] = CHOOSE
    return problems


def _whose(expired: LinkExpired) -> tuple[str, int]:
    """Return the holder of an expired link, as `_opened` does. Raises BadLink."""
    if not isinstance(expired.holder, ForReviewer):
        raise BadLink("only reviewers have an inbox")
    return expired.approval_id, expired.holder.number


def _unreadable(_: Unreadable) -> Response:
    """Return the page for a link whose reviewer is unreadable, so that nobody knows whose list it opens."""
    page = render_template("errors/message.html", title=_NO_LIST, text=_OTHER_WAYS)
    return Response(page, 503, {"Retry-After": "60"})


def _page_of(name: str, *, status: int = 200, **shown: object) -> Response:
    return make_response(render_template(name, **shown), status)
