"""The values of a mail about actions: the principal of the reader, a question and its reply."""

from approvals.domain.lifecycle.questions import question_of
from approvals.domain.lifecycle.schedule import unanswered
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import AnsweredForYou, Delegated, QuestionAsked, Replied
from approvals.presentation.lists import listed
from approvals.presentation.messages import notes
from approvals.presentation.messages.mail import question_label
from approvals.presentation.names import actor_name, reviewer_names
from approvals.presentation.refusals import reason_sentence
from approvals.presentation.text import plain


def actions(notice: Notice, approval: Approval) -> dict[str, str]:
    """Return the values about actions, by the names that the templates use."""
    reviewer = approval.addressee(notice.audience)
    return {
        "why_not": plain(reason_sentence(reviewer.why_not)) if reviewer else "",
        "in_place_of": _in_place_of(reviewer, approval),
        "button": _button(notice, approval),
        **_question(notice, approval),
    }


def _in_place_of(reviewer: Reviewer | None, approval: Approval) -> str:
    principals = reviewer.instead_of if reviewer else ()
    return listed(reviewer_names(approval.reviewers[number] for number in principals), nobody="")


def _button(notice: Notice, approval: Approval) -> str:
    if isinstance(notice.audience, ForRequester):
        return notes.REPLY if isinstance(notice.about, QuestionAsked) else notes.YOUR_PAGE
    if isinstance(notice.about, AnsweredForYou):
        return notes.CHECK_ANSWER
    waits = approval.addressee(notice.audience) in unanswered(approval)
    return notes.REVIEW if waits or not isinstance(notice.about, Delegated | Replied) else notes.PROGRESS


def _question(notice: Notice, approval: Approval) -> dict[str, str]:
    """Return the question that a notice is about."""
    found = question_of(notice.about, approval)
    if found is None:
        return {"asker": "", "question_label": "", "question": "", "reply": ""}
    asker = actor_name(approval, found)
    return {
        "asker": asker,
        "question_label": question_label(asker),
        "question": plain(found.text, lines=True),
        "reply": plain(found.reply, lines=True),
    }
