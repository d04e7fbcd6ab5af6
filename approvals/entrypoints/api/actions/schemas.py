"""Request bodies and views of the API's actions. Its public name for a question is `inquiry`."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from approvals.domain.lifecycle.actions import REASON_LENGTH, TEXT_LENGTH, claimant
from approvals.domain.model.approval import Approval
from approvals.domain.model.submission import AwareDatetime
from approvals.domain.values import Duration, Value

ReviewerReference = Annotated[str, Meta(min_length=1, max_length=320)]
LongText = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH)]


class ClaimView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """The reviewer who is looking at the approval, and since when; `by` is who said so on their behalf, or null."""

    reviewer: str
    name: str
    at: datetime
    by: str | None


class InquiryView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """A reviewer's question to the requester, by its number; `reply` is empty until there is one.

    `by` is who asked on behalf of the reviewer, or null.
    """

    number: int
    reviewer: str
    name: str
    text: str
    at: datetime
    by: str | None
    reply: str
    replied_by: str
    replied_at: datetime | None


class ReviewerBody(Value, frozen=True, kw_only=True):
    """The reviewer to act for, by id, e-mail address or slack:U…"""

    reviewer: ReviewerReference


class ExtendBody(Value, frozen=True, kw_only=True):
    """Either a moment, or a duration from the current deadline."""

    until: AwareDatetime | None = None
    by: Duration | None = None


class ReassignBody(ReviewerBody, frozen=True, kw_only=True):
    """The reviewer whose seat is reassigned, and the person who gets it: a known name, an e-mail address or slack:U…"""

    to: ReviewerReference


class InquiryBody(ReviewerBody, frozen=True, kw_only=True):
    """The reviewer who asks, and the question."""

    text: LongText


class ReplyBody(Value, frozen=True, kw_only=True):
    """The reply."""

    text: LongText


class WithdrawBody(Value, frozen=True, kw_only=True):
    """The reason why the approval is no longer needed: the workflow and the reviewers read it."""

    reason: Annotated[str, Meta(max_length=REASON_LENGTH)] = ""


def claim_view(approval: Approval) -> ClaimView | None:
    claim = claimant(approval)
    if claim is None:
        return None
    person = approval.reviewers[claim.reviewer]
    return ClaimView(reviewer=person.id, name=person.name, at=claim.at, by=claim.operator)


def inquiry_views(approval: Approval) -> tuple[InquiryView, ...]:
    people = approval.reviewers
    return tuple(
        InquiryView(
            number=number, reviewer=people[one.reviewer].id, name=people[one.reviewer].name, text=one.text, at=one.at,
            by=one.operator,
            reply=one.reply, replied_by=one.replied_by, replied_at=one.replied_at,
        )
        for number, one in enumerate(approval.actions.questions)
    )  # fmt: skip
