"""Reasons why a person may not answer or act. Presentation makes their sentences; people read the names in them."""

from datetime import datetime

from approvals.domain.model.policy import Assurance
from approvals.domain.values import Value


class _Reason(Value, frozen=True, tag_field="kind"):
    """The base of all reasons."""


class Left(_Reason, frozen=True, tag="left"):
    """The policy no longer names them."""


class Replaced(_Reason, frozen=True, tag="replaced"):
    """Others were asked instead of them."""


class SamePerson(_Reason, frozen=True, tag="samePerson"):
    """They are another reviewer, too, under another address."""


class IsRequester(_Reason, frozen=True, tag="isRequester"):
    """They ask for the approval."""


class AnsweredBy(_Reason, frozen=True, tag="answeredBy"):
    """Another person has answered for them."""

    name: str


class Reassigned(_Reason, frozen=True, tag="reassigned"):
    """Their seat was given to another person."""

    to: str


class AwayWithDelegate(_Reason, frozen=True, tag="awayWithDelegate"):
    """They are away, and their delegate answers for them."""

    until: datetime
    delegate: str


class AwayPastDeadline(_Reason, frozen=True, tag="awayPastDeadline"):
    """They are away until after the deadline, and have no delegate."""

    until: datetime


class AnsweredEarlier(_Reason, frozen=True, tag="answeredEarlier"):
    """They have answered in an earlier step."""


class EarlierStepOpen(_Reason, frozen=True, tag="earlierStepOpen"):
    """They are asked in a later step."""


class StepOver(_Reason, frozen=True, tag="stepOver"):
    """They were asked in an earlier step."""


class AskedLater(_Reason, frozen=True, tag="askedLater"):
    """They are asked only by an escalation, which is not due yet."""


NoSeat = Left | Replaced | SamePerson | IsRequester | AnsweredBy | Reassigned | AwayWithDelegate | AwayPastDeadline
"""Why a reviewer has no seat now; stored with the reviewer."""
MayNotAnswer = NoSeat | AnsweredEarlier | EarlierStepOpen | StepOver | AskedLater


class OtherContent(_Reason, frozen=True, tag="otherContent"):
    """They answer a page that showed other content."""


class NotAReviewer(_Reason, frozen=True, tag="notAReviewer"):
    """They are no reviewer of this approval."""


class NeededLater(_Reason, frozen=True, tag="neededLater"):
    """If they approve now, a later step has too few people left."""


class NeedsProof(_Reason, frozen=True, tag="needsProof"):
    """The policy takes only answers that are given with a stronger proof of identity."""

    assurance: Assurance


class NeedsOwnPage(_Reason, frozen=True, tag="needsOwnPage"):
    """The policy takes a stronger proof of identity than Slack gives."""


class OnBehalfForbidden(_Reason, frozen=True, tag="onBehalfForbidden"):
    """The policy lets nobody answer or act on behalf of a reviewer."""


class OptionGone(_Reason, frozen=True, tag="optionGone"):
    """The option that they chose is no longer offered."""


class TooManyQuestions(_Reason, frozen=True, tag="tooManyQuestions"):
    """The approval has as many questions as it may have."""

    most: int


class JustReminded(_Reason, frozen=True, tag="justReminded"):
    """A reminder was sent too recently to send another one."""

    again_at: datetime


class AllAnswered(_Reason, frozen=True, tag="allAnswered"):
    """Nobody is left to remind."""


class OthersAnswered(_Reason, frozen=True, tag="othersAnswered"):
    """Nobody is left to remind except the person who asks for it."""


class NobodyNotified(_Reason, frozen=True, tag="nobodyNotified"):
    """The step sends no messages, so it has no reminders."""


class ReassignForbidden(_Reason, frozen=True, tag="reassignForbidden"):
    """The policy lets no reviewer reassign their seats."""


class ReassignNeedsOperator(_Reason, frozen=True, tag="reassignNeedsOperator"):
    """A link is too weak a proof to answer, and so to reassign a seat."""


class TooManyReassignments(_Reason, frozen=True, tag="tooManyReassignments"):
    """Seats of the approval were reassigned as often as they may be."""

    most: int


class AnsweredAlready(_Reason, frozen=True, tag="answeredAlready"):
    """They have answered, and an answer cannot be reassigned."""


class NothingToSend(_Reason, frozen=True, tag="nothingToSend"):
    """The approval has no callback that could be sent again."""

    callback: str


ActionRefused = (
    NeededLater
    | NeedsProof
    | NeedsOwnPage
    | OnBehalfForbidden
    | OptionGone
    | NotAReviewer
    | OtherContent
    | TooManyQuestions
    | JustReminded
    | AllAnswered
    | OthersAnswered
    | NobodyNotified
    | ReassignForbidden
    | ReassignNeedsOperator
    | TooManyReassignments
    | AnsweredAlready
    | NothingToSend
)
"""Why this answer or action is refused; never stored."""
