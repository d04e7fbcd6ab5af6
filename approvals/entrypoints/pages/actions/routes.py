"""The actions that the holder of a link may take: each is a POST of its own form, protected as an answer is.

Reviewers claim, ask, reassign, extend and remind; requesters reply, remind and withdraw.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
from flask import redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from approvals.domain.lifecycle.questions import requester_of
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import AlreadySettled, Refused, Stale
from approvals.domain.model.messages.outgoing import REQUESTER
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.pages.form_security import OPEN_FOR_LONG, from_our_page, sent_fields
from approvals.entrypoints.pages.review.model import Page
from approvals.entrypoints.pages.review.renderer import Frame
from approvals.flows.gateway import Gateway

SAID = {
    "claimed": "The others now see that you are looking at it.",
    "released": "You are no longer shown as looking at it.",
    "asked": "Your question was sent. You are written to when there is a reply.",
    "given": "It is theirs now, and they are written to.",
    "extended": "There is more time now.",
    "nudged": "They are being reminded.",
    "replied": "Your reply was sent.",
    "withdrawn": "You have withdrawn it.",
}
"""What is said after each, by the word in the address; no other word says anything."""
OTHERS_AT_ONCE = "Others did something at the same moment; please check and send once more."
SETTLED_BEFORE = "This was settled in the meantime; nothing was done."
WITHDRAW = "withdraw"
"""What has to be typed, so that no accidental tap ends anything."""
FACTS = {"via": "link"}

Fields = Mapping[str, str]
Verb = Callable[[Approval, int, Fields], str]
"""Does it, and returns the word for what was done."""


class ActionViews:
    """The views, by the last part of their address."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self._frame = gateway, Frame(gateway)

    @property
    def views(self) -> dict[str, Callable[[str], AnyResponse]]:
        reviewers: dict[str, Verb] = {
            "claim": self._claim, "ask": self._ask, "give": self._give, "extend": self._extend,
        }  # fmt: skip
        askers: dict[str, Verb] = {"reply": self._reply, "withdraw": self._withdraw}
        views = {name: self._view(name, verb, asks=False) for name, verb in reviewers.items()}
        views |= {name: self._view(name, verb, asks=True) for name, verb in askers.items()}
        return {**views, "nudge": self._view("nudge", self._remind_now, asks=None)}

    def _view(self, name: str, verb: Verb, *, asks: bool | None) -> Callable[[str], AnyResponse]:
        """`asks`: whether it is for whoever asks, for reviewers, or (None) for both."""

        def view(token: str) -> AnyResponse:
            from_our_page(self._gateway.public_url)
            approval, reviewer = self._frame.opened(token)
            fields = sent_fields()
            page = self._frame.look(approval, reviewer)
            if asks not in (None, page.asking):
                return self._told(page, "That is not for you to do.", status=403)
            if not self._ours(page, fields):
                return self._not_ours(page, name, fields)
            return self._done(token, page, name, fields, verb)

        return view

    def _done(self, token: str, page: Page, name: str, fields: Fields, verb: Verb) -> AnyResponse:
        approval, reviewer = page.approval, page.me.number
        try:
            said = verb(approval, reviewer, fields)
        except Invalid as error:
            return self._to_mend(page, name, fields, error.problems[0])
        except Refused as error:
            return self._told(self._frame.look(self._gateway.approval(approval.id), reviewer), str(error), status=403)
        except AlreadySettled as error:
            return self._told(self._frame.look(error.approval, reviewer), SETTLED_BEFORE, status=409)
        except Stale:
            return self._told(page, OTHERS_AT_ONCE, status=409)
        return redirect(url_for("pages.show", token=token, said=said), 303)

    def _claim(self, approval: Approval, reviewer: int, fields: Fields) -> str:
        release = "release" in fields
        self._gateway.claim(approval.id, reviewer=reviewer, release=release, facts=FACTS)
        return "released" if release else "claimed"

    def _ask(self, approval: Approval, reviewer: int, fields: Fields) -> str:
        self._gateway.ask_question(approval.id, reviewer=reviewer, text=fields.get("text", ""), facts=FACTS)
        return "asked"

    def _give(self, approval: Approval, reviewer: int, fields: Fields) -> str:
        to, actor = fields.get("to", "").strip(), approval.reviewers[reviewer].id
        if not 0 < len(to) <= 320:
            raise Invalid.at("to", "may have 1 to 320 characters")
        self._gateway.reassign(approval.id, reviewer=reviewer, to=to, actor=actor, facts=FACTS)
        return "given"

    def _extend(self, approval: Approval, reviewer: int, fields: Fields) -> str:
        actor = approval.reviewers[reviewer].id
        until = _moment(fields.get("until", ""))
        self._gateway.extend(approval.id, until=until, actor=actor, reviewer=reviewer, facts=FACTS)
        return "extended"

    def _remind_now(self, approval: Approval, reviewer: int, _fields: Fields) -> str:
        asks = reviewer == REQUESTER
        actor = self._requester(approval) if asks else approval.reviewers[reviewer].id
        self._gateway.remind_now(approval.id, actor=actor, reviewer=None if asks else reviewer, facts=FACTS)
        return "nudged"

    def _reply(self, approval: Approval, _reviewer: int, fields: Fields) -> str:
        number, actor = fields.get("inquiry", ""), self._requester(approval)
        if not (number.isascii() and number.isdigit() and len(number) < 5):
            raise Invalid.at("inquiry", "there is no such question")
        text = fields.get("text", "")
        self._gateway.reply(approval.id, question=int(number), text=text, actor=actor, facts=FACTS)
        return "replied"

    def _withdraw(self, approval: Approval, _reviewer: int, fields: Fields) -> str:
        if fields.get("confirmation", "").strip().casefold() != WITHDRAW:
            raise Invalid.at("confirmation", f"type “{WITHDRAW}” to confirm")
        actor, reason = self._requester(approval), fields.get("reason", "")
        try:
            self._gateway.withdraw(approval.id, actor=actor, reason=reason, facts=FACTS)
        except AlreadySettled as error:
            if error.approval.pending or error.approval.status != "cancelled":
                raise
        return "withdrawn"

    def _requester(self, approval: Approval) -> str:
        person = requester_of(approval, self._gateway.directory)
        return person.id if person else approval.content.requester or ""

    def _ours(self, page: Page, fields: Fields) -> bool:
        nonce, sha256 = fields.get("nonce", ""), page.approval.content_sha256
        seconds = self._frame.seconds_on_page(
            nonce, approval_id=page.approval.id, reviewer=page.me.number, content_sha256=sha256
        )
        return seconds is not None

    def _not_ours(self, page: Page, name: str, fields: Fields) -> AnyResponse:
        actions = msgspec.structs.replace(self._frame.actions(page), doing=name, typed=dict(fields))
        page = msgspec.structs.replace(page, notice=OPEN_FOR_LONG if page.takes_posts else SETTLED_BEFORE)
        return self._frame.shown(page, status=409, actions=actions)

    def _to_mend(self, page: Page, name: str, fields: Fields, problem: Problem) -> AnyResponse:
        actions = msgspec.structs.replace(self._frame.actions(page), doing=name, typed=dict(fields), problem=problem)
        return self._frame.shown(page, status=422, actions=actions)

    def _told(self, page: Page, notice: str, *, status: int) -> AnyResponse:
        return self._frame.shown(msgspec.structs.replace(page, notice=notice), status=status)


def _moment(text: str) -> datetime:
    """One of the moments that the page offered. Raises Invalid."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _nothing()
    except (ValueError, OverflowError):
        raise Invalid.at("until", "choose one of these") from None


def _nothing() -> datetime:
    raise ValueError("without an offset it is no moment")
