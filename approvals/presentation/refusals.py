"""Sentences that tell a person why they may not answer."""

from datetime import UTC, datetime

from approvals.domain.model import reasons
from approvals.domain.model.errors import Refused
from approvals.domain.problems import ApprovalsError

_SENTENCES: dict[type[reasons.MayNotAnswer], str] = {
    reasons.Left: "You are no longer among those who are asked.",
    reasons.Replaced: "You are no longer asked: others have been asked instead.",
    reasons.SamePerson: "You are asked by another address of yours, too, and one person counts once.",
    reasons.IsRequester: "You ask for it, and so may not answer.",
    reasons.AnsweredEarlier: "You have answered in an earlier step; one person counts once.",
    reasons.EarlierStepOpen: "It is not your turn yet: an earlier step is still open.",
    reasons.StepOver: "The step in which you were asked is over.",
    reasons.AskedLater: "It is not your turn yet: you are asked if the others have not answered in time.",
}


def reason_sentence(reason: reasons.MayNotAnswer | str | None) -> str:
    """Return the sentence for a reason; a text, which older rows hold, is returned unchanged."""
    match reason:
        case None:
            return ""
        case str():
            return reason
        case reasons.AnsweredBy(name=name):
            return f"{name} has answered for you."
        case reasons.Reassigned(to=name):
            return f"This was handed on to {name}."
        case reasons.AwayWithDelegate(until=until, delegate=name):
            return f"You are away until {_moment(until)}; {name} answers for you."
        case reasons.AwayPastDeadline(until=until):
            return f"You are away until {_moment(until)}, which is after the deadline."
        case _:
            return _SENTENCES[type(reason)]


def error_sentence(error: ApprovalsError) -> str:
    """Return the text of an error as people read it."""
    return reason_sentence(error.reason) if isinstance(error, Refused) else str(error)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M} UTC"
