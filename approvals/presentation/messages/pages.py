"""Labels and sentences that the pages alone have."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from approvals.domain.model.approval import Approval, Status
from approvals.presentation.lists import quoted
from approvals.presentation.outcomes import STATUS_LABELS, outcome_sentence
from approvals.presentation.refusals import late_answer
from approvals.presentation.spans import span

Situation = Literal["open", "answered", "watching", "asking", "late", "settled"]
"""open: waits for the viewer's answer; answered: the viewer may change it; watching: the viewer may not answer now;
asking: the viewer is the requester; late: the deadline has passed, but no sweep has settled the approval yet."""
YOUR_ANSWER_NEEDED = "Your answer is needed"
YOUR_REPLY_NEEDED = "Your reply is needed"
WAITS_FOR_OTHERS = "Waits for others"
TIME_IS_UP = "Time is up"
STEP_STATES = {"done": "done", "now": "now", "later": "still to come", "stopped": "not finished"}
ANSWER_BY, OPEN_UNTIL = "Answer by", "Open until"

NOT_YOURS = "That is not for you to do."
OPEN_FOR_LONG = "This page had been open for long; please check and send once more."
DONE = {
    "claimed": "The others now see that you are looking at it.",
    "released": "The others no longer see that you are looking at it.",
    "asked": "Your question was sent. You will get a message when there is a reply.",
    "given": "Your seat was reassigned, and its new holder gets a message.",
    "extended": "The deadline was extended.",
    "nudged": "The reminders are being sent.",
    "replied": "Your reply was sent.",
    "withdrawn": "You have withdrawn this approval.",
}
"""The message after each action, by the word in the address. Other words show no message."""

SELECT = "Select what you want to answer."
CHOOSE = "Choose an answer."
ALONE = "It has to be answered on its own page."
HIGH_RISK_ALONE = "High risk is answered one by one."
OTHER_ANSWERS = "It has other answers to choose from."
OWN_QUESTIONS = "It asks questions of its own."
OWN_COMMENT = "It wants a comment of its own."

OPTIONAL, REQUIRED, REQUIRED_TO_APPROVE = "optional", "required", "required to approve"
OPTIONAL_FOR_ALL = "optional, for all"

_LINE_ENDS = {
    Status.PENDING: "time is up",
    Status.APPROVED: "approved",
    Status.REJECTED: "rejected",
    Status.EXPIRED: "time was up",
    Status.CANCELLED: "cancelled",
    Status.SUPERSEDED: "replaced",
}


def status_label(situation: Situation, status: Status, *, reply_needed: bool) -> str:
    """Return the label of the page: what it needs of the reader, or how it settled."""
    match situation:
        case "open":
            return YOUR_ANSWER_NEEDED
        case "asking" if reply_needed:
            return YOUR_REPLY_NEEDED
        case "answered" | "watching" | "asking":
            return WAITS_FOR_OTHERS
        case "late":
            return TIME_IS_UP
        case "settled":
            return STATUS_LABELS[status]


def line_end(status: Status) -> str:
    """Return the label at the end of the timeline."""
    return _LINE_ENDS[status]


def step_label(number: int, name: str) -> str:
    """Return the name of a step, or its number where it has none."""
    return name or f"Step {number + 1}"


def may_change_sentence(*, own: bool) -> str:
    """Return that a reviewer may change their answer, or the one that was given for them."""
    if own:
        return "Other reviewers are still asked, and you may change your answer until it is settled."
    return "Other reviewers are still asked, and you may confirm or change this answer until it is settled."


def longer_label(delta: timedelta) -> str:
    return f"{span(delta)} longer"


def required_for(labels: Sequence[str]) -> str:
    """Return for which answers a comment is required."""
    return f"required for {quoted(labels)}"


def recorded_sentence(approval: Approval) -> str:
    """Return what an answer of the inbox has led to."""
    return "Recorded; others are still asked." if approval.pending else outcome_sentence(approval)


def too_late_sentences(approval: Approval) -> str:
    """Return that an answer of the inbox came too late, and the outcome."""
    late = late_answer(approval)
    return late if approval.pending else f"{late} {outcome_sentence(approval)}"


def answered_alone_sentences(why: str) -> str:
    """Return why an answer was not recorded together with others."""
    return f"{why} {ALONE}"


def fresh_link_sentence(*, many: bool) -> str:
    """Return that a new link was sent, without telling whether there is anything to send it for."""
    if many:
        return "If anything still waits, a fresh link is on its way to the address it was first sent to."
    return "If this approval still waits, a fresh link is on its way to the address it was first sent to."
