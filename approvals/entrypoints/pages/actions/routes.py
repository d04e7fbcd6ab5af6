"""The actions that the holder of a link may take: each is a POST of its own form, protected as an answer is.

Reviewers claim, ask, reassign, extend and remind; requesters reply, remind and withdraw.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import msgspec
from flask import redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from approvals.domain.lifecycle.notices import requester_of
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.errors import AlreadySettled, Refused, Stale
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.pages.form_security import (
    NOT_SURE,
    SURE,
    from_our_page,
    is_sure,
    sent_fields,
)
from approvals.entrypoints.pages.review.model import Page
from approvals.entrypoints.pages.review.renderer import ReviewRenderer
from approvals.flows.gateway import Gateway
from approvals.presentation.messages.pages import NOT_YOURS, OPEN_FOR_LONG
from approvals.presentation.refusals import error_sentence, too_late_sentence

WITHDRAW = "withdraw"
"""The word that has to be typed, so that no accidental tap withdraws an approval."""

FormFields = Mapping[str, str]
ReviewerVerb = Callable[[Approval, Reviewer, FormFields], str]
RequesterVerb = Callable[[Approval, FormFields], str]
"""Performs one action, and returns the word of its message."""


class ActionViews:
    """The views of the actions, by the last part of their address."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self._frame = gateway, ReviewRenderer(gateway)

    @property
    def views(self) -> dict[str, Callable[[str], AnyResponse]]:
        return {
            "claim": self._view("claim", reviewer=self._claim),
            "ask": self._view("ask", reviewer=self._ask),
            "give": self._view("give", reviewer=self._give),
            "extend": self._view("extend", reviewer=self._extend),
            "nudge": self._view("nudge", reviewer=self._remind_others, requester=self._remind_all),
            "reply": self._view("reply", requester=self._reply),
            "withdraw": self._view("withdraw", requester=self._withdraw),
        }

    def _view(
        self, name: str, *, reviewer: ReviewerVerb | None = None, requester: RequesterVerb | None = None
    ) -> Callable[[str], AnyResponse]:
        """Return the view of an action that reviewers, the requester or both may take."""

        def view(token: str) -> AnyResponse:
            from_our_page(self._gateway.public_url)
            page = self._frame.look(*self._frame.opened(token))
            fields = sent_fields()
            act = _bound(page, fields, reviewer=reviewer, requester=requester)
            if act is None:
                return self._told(page, NOT_YOURS, status=403)
            if not self._ours(page, fields):
                return self._not_ours(page, name, fields)
            return self._done(token, page, name, fields, act)

        return view

    def _done(self, token: str, page: Page, name: str, fields: FormFields, act: Callable[[], str]) -> AnyResponse:
        approval, viewer = page.approval, page.viewer
        try:
            said = act()
        except Invalid as error:
            return self._to_mend(page, name, fields, error.problems[0])
        except Refused as error:
            return self._told(
                self._frame.look(self._gateway.approval(approval.id), viewer), error_sentence(error), status=403
            )
        except AlreadySettled as error:
            return self._told(self._frame.look(error.approval, viewer), error_sentence(error), status=409)
        except Stale as error:
            return self._told(page, error_sentence(error), status=409)
        return redirect(url_for("pages.show", token=token, said=said), 303)

    def _claim(self, approval: Approval, me: Reviewer, fields: FormFields) -> str:
        _check_sure(fields)
        release = "release" in fields
        self._gateway.claim(approval.id, reviewer=me.number, release=release, actor=_actor())
        return "released" if release else "claimed"

    def _ask(self, approval: Approval, me: Reviewer, fields: FormFields) -> str:
        self._gateway.ask_question(approval.id, reviewer=me.number, text=fields.get("text", ""), actor=_actor())
        return "asked"

    def _give(self, approval: Approval, me: Reviewer, fields: FormFields) -> str:
        to = fields.get("to", "").strip()
        if not 0 < len(to) <= 320:
            raise Invalid.at("to", "may have 1 to 320 characters")
        self._gateway.reassign(approval.id, reviewer=me.number, to=to, actor=_actor(me.id))
        return "given"

    def _extend(self, approval: Approval, me: Reviewer, fields: FormFields) -> str:
        until = _moment(fields.get("until", ""))
        self._gateway.extend(approval.id, until=until, actor=_actor(me.id), reviewer=me.number)
        return "extended"

    def _remind_others(self, approval: Approval, me: Reviewer, fields: FormFields) -> str:
        _check_sure(fields)
        self._gateway.remind_now(approval.id, actor=_actor(me.id), reviewer=me.number)
        return "nudged"

    def _remind_all(self, approval: Approval, fields: FormFields) -> str:
        _check_sure(fields)
        self._gateway.remind_now(approval.id, actor=self._requester(approval))
        return "nudged"

    def _reply(self, approval: Approval, fields: FormFields) -> str:
        number, actor = fields.get("inquiry", ""), self._requester(approval)
        if not (number.isascii() and number.isdigit() and len(number) < 5):
            raise Invalid.at("inquiry", "there is no such question")
        text = fields.get("text", "")
        self._gateway.reply(approval.id, question=int(number), text=text, actor=actor)
        return "replied"

    def _withdraw(self, approval: Approval, fields: FormFields) -> str:
        if fields.get("confirmation", "").strip().casefold() != WITHDRAW:
            raise Invalid.at("confirmation", f"type “{WITHDRAW}” to confirm")
        actor, reason = self._requester(approval), fields.get("reason", "")
        try:
            self._gateway.withdraw(approval.id, actor=actor, reason=reason)
        except AlreadySettled as error:
            if error.approval.pending or error.approval.status != "cancelled":
                raise
        return "withdrawn"

    def _requester(self, approval: Approval) -> Actor:
        person = requester_of(approval, self._gateway.directory)
        return _actor(person.id if person else approval.content.requester or "")

    def _ours(self, page: Page, fields: FormFields) -> bool:
        nonce, sha256 = fields.get("nonce", ""), page.approval.content_sha256
        seconds = self._frame.seconds_on_page(
            nonce, approval_id=page.approval.id, holder=page.viewer, content_sha256=sha256
        )
        return seconds is not None

    def _not_ours(self, page: Page, name: str, fields: FormFields) -> AnyResponse:
        actions = msgspec.structs.replace(self._frame.actions(page), doing=name, typed=dict(fields))
        notice = OPEN_FOR_LONG if page.takes_posts else too_late_sentence(page.approval)
        page = msgspec.structs.replace(page, notice=notice)
        return self._frame.shown(page, status=409, actions=actions)

    def _to_mend(self, page: Page, name: str, fields: FormFields, problem: Problem) -> AnyResponse:
        actions = msgspec.structs.replace(self._frame.actions(page), doing=name, typed=dict(fields), problem=problem)
        return self._frame.shown(page, status=422, actions=actions)

    def _told(self, page: Page, notice: str, *, status: int) -> AnyResponse:
        return self._frame.shown(msgspec.structs.replace(page, notice=notice), status=status)


def _bound(
    page: Page, fields: FormFields, *, reviewer: ReviewerVerb | None, requester: RequesterVerb | None
) -> Callable[[], str] | None:
    """Return the verb for the viewer of the page, ready to be called; None if the viewer may not take the action."""
    if page.me is None:
        return partial(requester, page.approval, fields) if requester else None
    return partial(reviewer, page.approval, page.me, fields) if reviewer else None


def _check_sure(fields: FormFields) -> None:
    if not is_sure(fields):
        raise Invalid.at(SURE, NOT_SURE)


def _actor(id_: str | None = None) -> Actor:
    return Actor(via="link", id=id_)


def _moment(text: str) -> datetime:
    """Parse one of the moments that the page offered. Raises Invalid."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _nothing()
    except (ValueError, OverflowError):
        raise Invalid.at("until", "choose how much more time you need") from None


def _nothing() -> datetime:
    raise ValueError("the moment has no offset")
