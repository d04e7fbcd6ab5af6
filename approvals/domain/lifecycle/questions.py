"""Questions: a reviewer asks the requester, who replies. The approval stays pending, and its deadline stays."""

from datetime import datetime

from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People, reachable_addresses
from approvals.domain.lifecycle.actions import action_change, checked, entitled, still_open
from approvals.domain.lifecycle.notices import not_before, personal_notices
from approvals.domain.model.action_state import ReviewerQuestion
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.outgoing import Notice
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
    person = entitled(approval, reviewer, now)
    text = checked(text, "text")
    asked = approval.actions.questions
    if any((one.reviewer, one.text, one.reply) == (reviewer, text, "") for one in asked):
        return None
    if len(asked) >= MOST_QUESTIONS:
        raise Refused(TooManyQuestions(MOST_QUESTIONS))
    questions = (*asked, ReviewerQuestion(reviewer=reviewer, text=text, at=now))
    note = actor.note("inquired", {"text": text}, at=now, reviewer_id=person.id)
    change = action_change(approval, note, now, questions=questions)
    notice = requester_notice(approval, people, about=QuestionAsked(len(questions) - 1))
    asks = requester_of(approval, people.directory)
    if notice is None or asks is None:
        return change
    later = not_before(approval, asks.quiet_hours, asks.timezone, now)
    return replace(change, messages=(replace(notice, not_before=later),))


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


def requester_of(approval: Approval, directory: Directory) -> Person | None:
    """Return the requester, as the directory knows them or by the address that was submitted."""
    requester = approval.content.requester
    return directory.person(requester) if requester else None


def requester_notice(approval: Approval, people: People, *, about: Topic) -> Notice | None:
    """Return a notice to the requester; None if they cannot be reached."""
    addresses = requester_addresses(approval, people)
    if not addresses:
        return None
    channel, address = addresses[0]
    return Notice(about=about, channel=channel, to=address, audience=ForRequester())


def requester_addresses(approval: Approval, people: People) -> tuple[tuple[str, str], ...]:
    """Return the requester's (channel, address) pairs, the preferred one first."""
    person = requester_of(approval, people.directory)
    return reachable_addresses(person, people.reach) if person else ()
