"""Questions: a reviewer asks the requester, who replies. The approval stays pending, and its deadline stays."""

from datetime import datetime

from msgspec.structs import replace

from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.actions import action_change, checked, entitled_by, reached_by, still_open
from approvals.domain.lifecycle.notices import personal_notices, requester_notice
from approvals.domain.model.action_state import ReviewerQuestion
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.topics import QUESTIONS_IN_A_VERSION, QuestionAsked, Replied, Topic
from approvals.domain.model.reasons import TooManyQuestions
from approvals.domain.problems import Invalid

MOST_QUESTIONS = QUESTIONS_IN_A_VERSION


def ask_question(
    approval: Approval, *, reviewer: int, text: str, actor: Actor, people: People, now: datetime
) -> Change | None:
    """Record a question; None if the same reviewer asked the same and has no reply yet.

    Raises AlreadySettled; Refused where this person may not answer; Invalid for an empty or long text.
    """
    person = entitled_by(approval, reviewer, now, actor=actor)
    text = checked(text, "text")
    asked = approval.actions.questions
    if any((one.reviewer, one.text, one.reply) == (reviewer, text, "") for one in asked):
        return None
    if len(asked) >= MOST_QUESTIONS:
        raise Refused(TooManyQuestions(MOST_QUESTIONS))
    questions = (*asked, ReviewerQuestion(reviewer=reviewer, text=text, at=now, operator=actor.operator))
    note = actor.note("inquired", {"text": text}, at=now, reviewer_id=person.id)
    change = action_change(reached_by(approval, actor, reviewer), note, now, questions=questions)
    notice = requester_notice(approval, people, about=QuestionAsked(len(questions) - 1), now=now)
    return replace(change, messages=(notice,)) if notice else change


def reply(approval: Approval, *, question: int, text: str, actor: Actor, now: datetime) -> Change | None:
    """Record the reply to a question (the first is 0), in place of an earlier reply; None if it is the same.

    Raises AlreadySettled; Invalid for an unknown question, or an empty or long text.
    """
    still_open(approval, now)
    questions = approval.actions.questions
    if not 0 <= question < len(questions):
        raise Invalid.at("inquiry", "there is no such question" if questions else "nothing was asked")
    text = checked(text, "text")
    if questions[question].reply == text:
        return None
    replied = replace(questions[question], reply=text, replied_by=actor.id or "", replied_at=now)
    questions = (*questions[:question], replied, *questions[question + 1 :])
    note = actor.note("replied", {"inquiry": question, "text": text}, at=now)
    change = action_change(approval, note, now, questions=questions)
    asker, about = approval.reviewers[replied.reviewer], Replied(change.approval.version, question)
    return replace(change, messages=personal_notices(approval, (asker,), about=about, now=now))


def question_of(about: Topic, approval: Approval) -> ReviewerQuestion | None:
    """Return the question that a notice is about."""
    match about:
        case QuestionAsked(question) | Replied(question=question):
            return approval.actions.questions[question]
        case _:
            return None
