"""Sentences and buttons of notes to one person about what others did: an answer, a question, a reply."""

from approvals.domain.model.approval import Approval
from approvals.presentation.names import named_operator, reviewer_name
from approvals.presentation.outcomes import callback_sentence, outcome_sentence
from approvals.presentation.text import capital

REVIEW = "Review and answer"
"""The button of a mail to a reviewer whose answer is needed."""
CHECK_ANSWER = "Check this answer"
REPLY = "Reply"
YOUR_PAGE = "Open your page"
PROGRESS = "See the progress"
NEW_LINK = "You asked for a new link to your page. The old one has expired."
ANSWERED_FOR_YOU = "Somebody answered for you; the page has the answer."
QUESTION_ANSWERED = "Your question was answered; the page has it."


def stand_in_sentence(name: str) -> str:
    """Return that a reviewer is no longer needed; `name` is empty where nobody is known to be asked instead."""
    if name:
        return f"You do not need to do anything: {name} has been asked in your place."
    return "You do not need to do anything: somebody else has been asked in your place."


def question_sentences(asker: str, question: str) -> str:
    """Return a reviewer's question to the requester."""
    return f"{asker} wants to know more before they answer. The deadline does not change.\n\n{question}"


def reply_sentences(question: str, reply: str, replied_by: str) -> str:
    """Return a question with its reply; `replied_by` names an operator who replied in place of the requester."""
    if operator := capital(named_operator(replied_by)):
        return f"You asked: {question}\n\n{operator} replied: {reply}"
    return f"You asked: {question}\n\nThe reply: {reply}"


def outcome_sentences(approval: Approval) -> str:
    """Return the outcome, whether the workflow was notified, and the comments of those who answered."""
    answered = approval.counted().values()
    comments = [f"{reviewer_name(approval.reviewers[d.reviewer])}: “{d.comment}”" for d in answered if d.comment]
    return "\n\n".join([f"{outcome_sentence(approval)} {callback_sentence(approval)}", *comments])
