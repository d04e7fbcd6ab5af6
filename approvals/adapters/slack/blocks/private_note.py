"""Private notes in Slack: short messages to one person, which take no answer and are never updated.

A reviewer reads that somebody else answers in their seat, or the reply to their question; a requester reads a
reviewer's question.
"""

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks import sections as parts
from approvals.adapters.slack.blocks.buttons import OPEN
from approvals.adapters.slack.blocks.elements import MessageContent
from approvals.adapters.slack.blocks.text import FALLBACK_LENGTH, TITLE_LENGTH, escaped, fitted, inert
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.lifecycle.questions import question_of
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import EventName
from approvals.presentation.messages import notes
from approvals.presentation.messages.headlines import Circumstances, answered_lead, lead
from approvals.presentation.names import actor_name, given_sentence, reviewer_name
from approvals.presentation.unreachable import unreachable_sentences

EVENTS: frozenset[EventName] = frozenset({"informed", "answered", "replied"})
WORDS_LENGTH = 2900


def to_reviewer(
    approval: Approval, *, event: EventName, reviewer: Reviewer, link: str | None = None
) -> MessageContent:  # fmt: skip
    """Return the note for a reviewer; `event` is one of EVENTS."""
    if event == "answered":
        return _message(approval, _answered_for(approval, reviewer), link=link, button=notes.CHECK_ANSWER)
    return _message(approval, _stand_in(approval, reviewer) if event == "informed" else _replied(approval, reviewer))


def to_requester(approval: Approval, *, notice: Notice, link: str | None) -> MessageContent:
    """Return a question to the requester, that reviewers could not be reached, the outcome, or a fresh link."""
    if notice.event == "unreached":
        missed = " ".join(unreachable_sentences(approval))
        return _message(approval, lead("unreached", Circumstances(personal=True, unreached=missed)), link=link)
    if notice.event == "settled":
        return _message(approval, notes.outcome_sentences(approval), link=link)
    question = question_of(notice.about, approval)
    if question is None:
        return _message(approval, notes.NEW_LINK, link=link)
    words = notes.question_sentences(actor_name(approval, question), question.text)
    return _message(approval, words, link=link, button=notes.REPLY)


def _message(
    approval: Approval, words: str, *, link: str | None = None, button: str = notes.YOUR_PAGE
) -> MessageContent:
    said = kit.section(kit.text(words, WORDS_LENGTH, lines=True))
    due = parts.due(approval) if approval.pending else ()
    more = [*due, kit.actions([kit.button(button, OPEN, url=link)])] if link else []
    title = inert(approval.content.title, TITLE_LENGTH)
    fallback = escaped(fitted(inert(f"{title}: {words}", FALLBACK_LENGTH), FALLBACK_LENGTH))
    return MessageContent(fallback, kit.written([*parts.title(approval), said, *more]))


def _stand_in(approval: Approval, reviewer: Reviewer) -> str:
    who = next((reviewer_name(one) for one in approval.reviewers if reviewer.number in one.instead_of), "")
    return notes.stand_in_sentence(who)


def _answered_for(approval: Approval, reviewer: Reviewer) -> str:
    """Return what was answered for the reviewer, and by whom."""
    decision = approval.latest().get(reviewer.number)
    if decision is None:
        return notes.ANSWERED_FOR_YOU
    given = given_sentence(decision, parts.shown_option(approval, decision.option))
    return answered_lead(given, may_change=approval.pending and may_answer(approval, reviewer.number) is None)


def _replied(approval: Approval, reviewer: Reviewer) -> str:
    """Return the reviewer's latest question with a reply."""
    mine = [one for one in approval.actions.questions if one.reviewer == reviewer.number and one.reply]
    if not mine:
        return notes.QUESTION_ANSWERED
    return notes.reply_sentences(mine[-1].text, mine[-1].reply, mine[-1].replied_by)
