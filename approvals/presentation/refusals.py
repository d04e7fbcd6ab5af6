"""Sentences that tell a person why they may not answer or act, and what an error means to them.

Each is a whole sentence with named values in it, so that it can be translated as it is.
"""

from approvals.domain.model import reasons
from approvals.domain.model.approval import Approval, Status
from approvals.domain.model.errors import (
    AlreadySettled,
    LinkExpired,
    NotFound,
    NotMigrated,
    Refused,
    Stale,
    Unavailable,
    Unreadable,
)
from approvals.domain.model.policy import Assurance
from approvals.domain.problems import ApprovalsError
from approvals.presentation.moments import moment

NOT_RECORDED = "Your answer was not recorded."
Reason = reasons.MayNotAnswer | reasons.ActionRefused

_SENTENCES: dict[type[Reason], str] = {
    reasons.Left: "You are no longer among the reviewers.",
    reasons.Replaced: "You are no longer asked: others have been asked instead.",
    reasons.SamePerson: "You are also asked under another address of yours, and one person counts once.",
    reasons.IsRequester: "You requested this approval, so you may not answer it.",
    reasons.AnsweredEarlier: "You have answered in an earlier step, and one person counts once.",
    reasons.EarlierStepOpen: "It is not your turn yet: an earlier step is still open.",
    reasons.StepOver: "The step in which you were asked is over.",
    reasons.AskedLater: "It is not your turn yet: you are asked if the others have not answered in time.",
    reasons.NotAReviewer: "You are not among the reviewers of this approval.",
    reasons.OtherContent: "The page showed other content than the approval has. Open the approval again, then answer.",
    reasons.NeededLater: (
        "You are needed in a later step, and one person counts once: leave this step to the others."
        " You may still reject."
    ),
    reasons.NeedsOwnPage: "This approval takes answers after signing in only. Answer on your own page.",
    reasons.OnBehalfForbidden: (
        "The policy lets nobody answer or act on behalf of a reviewer. They have to do it themselves."
    ),
    reasons.OptionGone: "This answer is no longer offered. Open the page to see which answers are.",
    reasons.AllAnswered: "Everybody who is asked now has answered.",
    reasons.OthersAnswered: "Everybody else who is asked now has answered.",
    reasons.NobodyNotified: "This step sends no messages, so nobody can be reminded.",
    reasons.ReassignForbidden: "The policy lets no reviewer reassign their seat.",
    reasons.ReassignNeedsOperator: (
        "This approval needs stronger proof of identity than a link, so only an operator can reassign a seat."
    ),
    reasons.AnsweredAlready: "This person has answered already, so their seat cannot be reassigned.",
}
_ASSURANCES: dict[Assurance, str] = {
    "operator": "",
    "link": "",
    "slack": "This approval takes answers in Slack only.",
    "signin": "This approval takes answers after signing in only.",
}


def reason_sentence(reason: Reason | str | None) -> str:
    """Return the sentence for a reason; a text, which older rows hold, is returned unchanged."""
    match reason:
        case None:
            return ""
        case str():
            return reason
        case reasons.AnsweredBy(name=name):
            return f"{name} has answered for you."
        case reasons.Reassigned(to=name):
            return f"This was reassigned to {name}."
        case reasons.AwayWithDelegate(until=until, delegate=name):
            return f"You are away until {moment(until)}; {name} answers for you."
        case reasons.AwayPastDeadline(until=until):
            return f"You are away until {moment(until)}, which is after the deadline."
        case reasons.NeedsProof(assurance=assurance):
            return assurance_sentence(assurance)
        case reasons.JustReminded(again_at=at):
            return f"They have just been reminded. Try again after {moment(at)}."
        case reasons.TooManyQuestions(most=most):
            return f"This approval has {most} questions already, and takes no more."
        case reasons.TooManyReassignments(most=most):
            return f"Seats of this approval were reassigned {most} times already; they cannot be reassigned again."
        case reasons.NothingToSend(callback=state):
            return f"Nothing to send: the callback is {state}, is being sent, or its task token is no longer stored."
        case _:
            return _SENTENCES[type(reason)]


def assurance_sentence(assurance: Assurance) -> str:
    """Return the sentence about how an answer must be given; "" if the link is proof enough."""
    return _ASSURANCES[assurance]


def error_sentence(error: ApprovalsError) -> str:
    """Return the text of an error as people read it."""
    match error:
        case Refused(reason=reason):
            return reason_sentence(reason)
        case NotFound():
            return f"Approval {error} does not exist."
        case AlreadySettled(approval=approval):
            return too_late_sentence(approval)
        case LinkExpired():
            return "This link has expired. Open it to request a fresh one."
        case Stale():
            return "Something else was recorded at the same moment, so this was not. Please check and try again."
        case Unreadable(approval_id=approval_id):
            return (
                f"Approval {approval_id} cannot be read by this version of the gateway. If an update is under way, try"
                " again when it is complete. Otherwise ask an operator to run `approvals doctor`."
            )
        case NotMigrated():
            return "The database is not migrated. An operator has to run `approvals db upgrade`."
        case Unavailable():  # its reason is the driver's, for the log
            return "The database cannot be used just now. Wait a moment, then look what is recorded and try again."
        case _:
            return str(error)


def late_answer(approval: Approval) -> str:
    """Return the two sentences about an answer that came too late."""
    return f"{too_late_sentence(approval)} {NOT_RECORDED}"


def too_late_sentence(approval: Approval) -> str:
    """Return the sentence about an answer or action that came too late."""
    at = moment(approval.settled_at or approval.deadline)
    match approval.status:
        case Status.PENDING:
            return f"Too late: the deadline passed on {at}."
        case Status.APPROVED:
            return f"Too late: the approval was approved on {at}."
        case Status.REJECTED:
            return f"Too late: the approval was rejected on {at}."
        case Status.EXPIRED:
            return f"Too late: the approval expired on {at}."
        case Status.CANCELLED:
            return f"Too late: the approval was cancelled on {at}."
        case Status.SUPERSEDED:
            return f"Too late: the approval was replaced by a newer one on {at}."
