"""Asides in Slack: short messages to one person that ask for nothing and are not written anew: that somebody answers in
their place, and what was replied to their question."""

from approvals.adapters import slack_kit as kit
from approvals.adapters import slack_parts as parts
from approvals.adapters import wording
from approvals.adapters.slack_kit import Message
from approvals.adapters.slack_text import FALLBACK_LENGTH, TITLE_LENGTH, escaped, fitted, inert
from approvals.domain.approval import Approval, Reviewer
from approvals.domain.messages import Event

EVENTS: frozenset[Event] = frozenset({"informed", "replied"})
WORDS_LENGTH = 2900


def aside(approval: Approval, *, event: Event, reviewer: Reviewer) -> Message:
    """`event` is one of EVENTS."""
    words = _stand_in(approval, reviewer) if event == "informed" else _replied(approval, reviewer)
    said = kit.section(kit.text(words, WORDS_LENGTH, lines=True))
    title = inert(approval.content.title, TITLE_LENGTH)
    fallback = escaped(fitted(inert(f"{title}: {words}", FALLBACK_LENGTH), FALLBACK_LENGTH))
    return Message(fallback, kit.written([*parts.title(approval), said]))


def _stand_in(approval: Approval, reviewer: Reviewer) -> str:
    who = next((wording.who(one) for one in approval.reviewers if reviewer.number in one.instead_of), "somebody else")
    return f"You need not do anything: {who} has been asked in your place."


def _replied(approval: Approval, reviewer: Reviewer) -> str:
    """Their latest question that was answered."""
    mine = [one for one in approval.meanwhile.inquiries if one.reviewer == reviewer.number and one.reply]
    if not mine:
        return "Your question was answered; the page has it."
    return f"You asked: {mine[-1].text}\n\nThe reply: {mine[-1].reply}"
