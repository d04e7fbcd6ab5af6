"""Reasons why a reviewer may not answer. Presentation makes their sentences; people read the names in them."""

from datetime import datetime

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
