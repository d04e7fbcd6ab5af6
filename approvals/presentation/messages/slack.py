"""Labels and sentences of messages, lists and modals in Slack, and of the replies to a person who pressed something."""

from approvals.domain.model.approval import Approval
from approvals.presentation.deadlines import progress_sentence
from approvals.presentation.outcomes import callback_sentence, outcome_sentence

HIGH_RISK = "High risk."
LOOK_CLOSELY = "Look closely: to approve, you will be asked to type your answer."
ANSWER_BY = "Answer by"
ANSWERED = "answered"
"""Before the moment of an answer."""
POSSIBLE_ANSWERS = "Possible answers:"
EARLIER_QUESTIONS = "Earlier questions are on the page."
NOTHING_ASKED = "Nothing is asked of you now."
YOU_ANSWERED = "You have answered; it is not settled yet."
ANSWERED_FOR_YOU = "Somebody answered for you; it is not settled yet."

OPEN_PAGE = "Open the page"
OPEN_LINK = "Open link"
LOOK_AT_IT = "I am looking at it"

MINE = "My approvals"
WAITING = "Waiting for your answer"
WHAT_WAITS = "What waits for your answer"
NOTHING_WAITS = "Nothing waits for your answer."

YOUR_ANSWER = "Your answer"
SEND = "Send my answer"
CLOSE = "Close"
COMMENT = "Comment"
YES = "Yes"
SETTLED_ALREADY = "Already settled"
TIME_IS_UP = "Time is up"
TIME_WAS_UP = "Time was up"
NOT_RECORDED = "Not recorded"
RECORDED = "Your answer is recorded"

GONE = "This approval is no longer kept here, so nothing was recorded."
YOUR_PAGE = "This page is yours alone; please do not pass its link on."
NO_FORM = "Slack did not open the form in time. Press once more, or answer on your page."
LOOKING = "Noted: you are looking at it. The others see that, and may still answer."
LOOKING_ALREADY = "It is noted already that you are looking at it."
MORE_IS_ASKED = "The next step has begun and asks for more. Nothing was recorded yet."
UNREADABLE = "This form is of an older kind, so nothing was recorded. Press the button once more."
NONE = "There is no approval of this id among those that you are asked about. `/approvals` lists what waits for you."
HELP = (
    "`/approvals` lists what waits for your answer.\n"
    "`/approvals ID` shows one approval that you are asked about.\n"
    "`/approvals help` shows this."
)


def asked_by(name: str) -> str:
    return f"Asked by {name}"


def with_comment(label: str) -> str:
    """Return the entry of the menu that answers with a comment."""
    return f"{label}, with a comment…"


def type_to_confirm(label: str) -> str:
    return f"Type “{label}” to confirm"


def chosen_sentence(label: str) -> str:
    """Return which answer a modal is for."""
    return f"Your answer: “{label}”"


def question_text(name: str, question: str) -> str:
    return f"{name} asks: {question}"


def reply_text(reply: str) -> str:
    return f"The reply: {reply}"


def more_waiting_sentence(count: int) -> str:
    """Return how many approvals a list has no room for."""
    return f"… and {count} more: answer some, and these move up."


def may_change_sentences(given: str, *, own: bool) -> str:
    """Return the sentence about the answer of a reviewer, or for them, and that they may change it."""
    if own:
        return f"{given} Until it is settled you may change your answer."
    return f"{given} Until it is settled you may change this answer."


def recorded_sentences(approval: Approval, label: str, *, before: bool) -> str:
    """Return that an answer is recorded, maybe by an earlier press, and what has become of the approval."""
    if before:
        return f"Your answer “{label}” was recorded before. {state_sentences(approval)}"
    return f"Your answer “{label}” is recorded. {state_sentences(approval)}"


def state_sentences(approval: Approval) -> str:
    """Return the progress of an approval, or its outcome and whether the workflow was notified."""
    if approval.pending:
        return progress_sentence(approval)
    return f"{outcome_sentence(approval)} {callback_sentence(approval)}"


def cannot_be_recorded(problems: str) -> str:
    return f"This cannot be recorded. {problems}"
