"""The API's views of actions: a reviewer's on behalf of a named one, a requester's by the caller that submitted."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Response

from approvals.domain.json_reader import read
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import Forbidden
from approvals.domain.problems import Invalid
from approvals.domain.values import duration
from approvals.entrypoints.api.actions.schemas import (
    ExtendBody,
    InquiryBody,
    ReassignBody,
    ReplyBody,
    ReviewerBody,
    WithdrawBody,
)
from approvals.entrypoints.api.auth import Caller
from approvals.entrypoints.api.request import approval_of, body, reviewer_of, shown, utc
from approvals.flows.gateway import Gateway

_NUMBER = re.compile(r"[0-9]{1,4}")


class ApiActionViews:
    """The views, by the ids of their operations."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def views(self) -> Mapping[str, Callable[..., Response]]:
        return {
            "claimApproval": self.claim,
            "releaseApproval": self.release,
            "extendApproval": self.extend,
            "reassignApproval": self.reassign,
            "askAboutApproval": self.ask_question,
            "replyToInquiry": self.reply,
            "nudgeApproval": self.remind_now,
            "withdrawApproval": self.withdraw,
        }

    def claim(self, caller: Caller, approval_id: str) -> Response:
        return self._claim(caller, approval_id, release=False)

    def release(self, caller: Caller, approval_id: str) -> Response:
        return self._claim(caller, approval_id, release=True)

    def extend(self, caller: Caller, approval_id: str) -> Response:
        until = _until(approval_of(self._gateway, approval_id), read(ExtendBody, body()))
        return shown(self._gateway.extend(approval_id, until=until, actor=_actor(caller)).approval, caller)

    def reassign(self, caller: Caller, approval_id: str) -> Response:
        approval, sent = approval_of(self._gateway, approval_id), read(ReassignBody, body())
        reviewer, operator = reviewer_of(approval, sent.reviewer), "admin" in caller.scopes
        done = self._gateway.reassign(
            approval_id, reviewer=reviewer, to=sent.to, actor=_actor(caller), operator=operator
        )
        return shown(done.approval, caller)

    def ask_question(self, caller: Caller, approval_id: str) -> Response:
        approval, sent = approval_of(self._gateway, approval_id), read(InquiryBody, body())
        reviewer = reviewer_of(approval, sent.reviewer)
        done = self._gateway.ask_question(approval_id, reviewer=reviewer, text=sent.text, actor=_actor(caller))
        return shown(done.approval, caller)

    def reply(self, caller: Caller, approval_id: str, inquiry: str) -> Response:
        self._own(caller, approval_id)
        sent = read(ReplyBody, body())
        if not _NUMBER.fullmatch(inquiry):
            raise Invalid.at("inquiry", "there is no such question")
        done = self._gateway.reply(approval_id, question=int(inquiry), text=sent.text, actor=_actor(caller))
        return shown(done.approval, caller)

    def remind_now(self, caller: Caller, approval_id: str) -> Response:
        self._own(caller, approval_id)
        return shown(self._gateway.remind_now(approval_id, actor=_actor(caller)).approval, caller)

    def withdraw(self, caller: Caller, approval_id: str) -> Response:
        self._own(caller, approval_id)
        sent = read(WithdrawBody, body())
        done = self._gateway.withdraw(approval_id, actor=_actor(caller), reason=sent.reason)
        return shown(done.approval, caller)

    def _claim(self, caller: Caller, approval_id: str, *, release: bool) -> Response:
        approval, sent = approval_of(self._gateway, approval_id), read(ReviewerBody, body())
        reviewer = reviewer_of(approval, sent.reviewer)
        done = self._gateway.claim(approval_id, reviewer=reviewer, release=release, actor=_actor(caller))
        return shown(done.approval, caller)

    def _own(self, caller: Caller, approval_id: str) -> None:
        """Require that the caller submitted the approval, or has the scope admin. Raises NotFound, Forbidden."""
        approval = approval_of(self._gateway, approval_id)
        if "admin" not in caller.scopes and approval.caller != caller.name:
            raise Forbidden("only the caller that submitted the approval may do that, or a key with the scope admin")


def _until(approval: Approval, sent: ExtendBody) -> datetime:
    if sent.until and not sent.by:
        return utc(sent.until, "until")
    if sent.by and not sent.until:
        return approval.deadline + duration(sent.by)
    raise Invalid.at("until", "give either until or by")


def _actor(caller: Caller) -> Actor:
    return Actor(via="api", id=caller.name, facts={"caller": caller.name})
