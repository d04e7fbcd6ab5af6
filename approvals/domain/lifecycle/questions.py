"""Questions: a reviewer asks the requester, who replies. The approval stays pending and its deadline stays."""

from datetime import datetime

from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach, ways
from approvals.domain.lifecycle.actions import Facts, checked, entitled, noted, still_open
from approvals.domain.lifecycle.notices import not_before, personal
from approvals.domain.model.approval import Approval, Change, Note, ReviewerQuestion
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.outgoing import REQUESTER, Event, Notice
from approvals.domain.problems import Invalid

MOST_QUESTIONS = 20


def ask_question(
    approval: Approval, *, reviewer: int, text: str, directory: Directory, reach: Reach, now: datetime,
    facts: Facts | None = None,
) -> Change | None:  # fmt: skip
    """Asks a question; None where the same person has asked the same and waits for the reply.

    Raises AlreadySettled; Refused where this person may not answer; Invalid for an empty or long text.
    """
    person = entitled(approval, reviewer, now)
    text = checked(text, "text")
    asked = approval.actions.questions
    if any((one.reviewer, one.text, one.reply) == (reviewer, text, "") for one in asked):
        return None
    if len(asked) >= MOST_QUESTIONS:
        raise Refused(f"There are {MOST_QUESTIONS} questions already.")
    questions = (*asked, ReviewerQuestion(reviewer=reviewer, text=text, at=now))
    note = Note(event="inquired", at=now, actor=person.id, facts={"text": text, **(facts or {})})
    change = noted(approval, note, now, questions=questions)
    notice = requester_notice(approval, directory, reach, event="inquired", count=len(questions))
    asks = requester_of(approval, directory)
    if notice is None or asks is None:
        return change
    later = not_before(approval, asks.quiet_hours, asks.timezone, now)
    return replace(change, messages=(replace(notice, not_before=later),))


def reply(
    approval: Approval, *, question: int, text: str, actor: str, now: datetime, facts: Facts | None = None
) -> Change | None:
    """Answers a question (the first is 0); another reply takes the place of the first, the same one changes nothing.

    Raises AlreadySettled; Invalid for a question that is not there, or an empty or long text.
    """
    still_open(approval, now)
    questions = approval.actions.questions
    if not 0 <= question < len(questions):
        raise Invalid.at("inquiry", "there is no such question" if questions else "nothing was asked")
    text = checked(text, "text")
    if questions[question].reply == text:
        return None
    replied = replace(questions[question], reply=text, replied_by=actor, replied_at=now)
    questions = (*questions[:question], replied, *questions[question + 1 :])
    note = Note(event="replied", at=now, actor=actor, facts={"inquiry": question, "text": text, **(facts or {})})
    change = noted(approval, note, now, questions=questions)
    whoever, count = approval.reviewers[replied.reviewer], reply_count(change.approval.version, question)
    return replace(change, messages=personal(approval, (whoever,), event="replied", count=count, now=now))


def reply_count(version: int, question: int) -> int:
    """The count of the notice of a reply: no other has it, and it says which question was answered."""
    return version * MOST_QUESTIONS + question


def question_of(notice: Notice, approval: Approval) -> ReviewerQuestion | None:
    """The question that a notice is about."""
    index = notice.count - 1 if notice.event == "inquired" else notice.count % MOST_QUESTIONS
    known = notice.event in ("inquired", "replied") and 0 <= index < len(approval.actions.questions)
    return approval.actions.questions[index] if known else None


def requester_of(approval: Approval, directory: Directory) -> Person | None:
    """Whoever asks for it, where that is a person: as the directory knows them, or by the address that was sent."""
    requester = approval.content.requester
    return directory.person(requester) if requester else None


def requester_notice(
    approval: Approval, directory: Directory, reach: Reach, *, event: Event, count: int
) -> Notice | None:
    """To whoever asks for it; None where they cannot be written to."""
    addresses = requester_addresses(approval, directory, reach)
    if not addresses:
        return None
    channel, address = addresses[0]
    return Notice(event=event, channel=channel, to=address, reviewer=REQUESTER, count=count)


def requester_addresses(approval: Approval, directory: Directory, reach: Reach) -> tuple[tuple[str, str], ...]:
    """(channel, address) pairs of whoever asks for it, the one they are written to first."""
    person = requester_of(approval, directory)
    return ways(person, reach) if person else ()
