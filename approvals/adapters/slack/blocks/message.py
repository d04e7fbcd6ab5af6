"""The content of a Slack message: a pure function of the approval, the event, the audience and their link.

The same function updates it for every later state, so that all copies converge. Buttons are shown only while they work.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks import sections as parts
from approvals.adapters.slack.blocks.buttons import answerable, assurance_met, bar
from approvals.adapters.slack.blocks.elements import MessageContent
from approvals.adapters.slack.blocks.text import FALLBACK_LENGTH, NAME_LENGTH, TITLE_LENGTH, escaped, fitted, inert
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.topics import EventName
from approvals.domain.model.reasons import NeedsOwnPage
from approvals.presentation.messages import slack as words
from approvals.presentation.messages.counts import looking_sentence
from approvals.presentation.messages.headlines import short_lead
from approvals.presentation.names import given_sentence
from approvals.presentation.outcomes import outcome_sentence
from approvals.presentation.refusals import reason_sentence
from approvals.presentation.unreachable import unreachable, unreachable_sentences

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

UNREACHABLE_LENGTH = 600


def message(
    approval: Approval, *, event: EventName, reviewer: Reviewer | None = None, link: str | None = None,
    looking: Sequence[str] = (),
) -> MessageContent:  # fmt: skip
    """The whole message. `link` is the reviewer's own; `looking` the names of those who say that they look at it,
    beside whom the approval itself names."""
    written = kit.written(_blocks(approval, event, reviewer, link, looking))
    return MessageContent(fallback(approval, event=event, personal=reviewer is not None), written)


def thread_reply(approval: Approval, *, event: EventName, personal: bool = False) -> MessageContent:
    """A short one, for the thread of the message: that it was reminded, escalated or settled. The last says of what,
    as the message may have been deleted."""
    if approval.pending:
        lead = f"{_short_lead(approval, event, personal=personal)} {words.state_sentences(approval)}"
        due = kit.context([kit.ours(f"*{words.ANSWER_BY}*", approval.deadline)])
        blocks = [kit.section(kit.text(lead, 1000)), due]
    else:
        title = kit.context([kit.text(approval.content.title, TITLE_LENGTH)])
        blocks = [title, kit.section(kit.text(words.state_sentences(approval), 1500)), *parts.decisions(approval)]
    return MessageContent(fallback(approval, event=event, personal=personal), kit.written(blocks))


def fallback(approval: Approval, *, event: EventName, personal: bool = False) -> str:
    """Return the text that a notification shows instead of the blocks: mrkdwn, and therefore escaped."""
    title = inert(approval.content.title, TITLE_LENGTH)
    if approval.pending:
        high = f"{words.HIGH_RISK} " if approval.content.risk == "high" else ""
        text = f"{high}{_short_lead(approval, event, personal=personal)} {title}"
    else:
        text = f"{title}: {outcome_sentence(approval)}"
    return escaped(fitted(inert(text, FALLBACK_LENGTH), FALLBACK_LENGTH))


def _blocks(
    approval: Approval, event: EventName, reviewer: Reviewer | None, link: str | None, looking: Sequence[str]
) -> "Iterator[Block]":
    yield from parts.title(approval)
    yield from parts.risk(approval)
    if approval.pending:
        yield kit.section(kit.ours(f"*{_lead(approval, event, reviewer)}*"))
    else:
        yield from parts.outcome(approval)
    yield from parts.origin(approval.content)
    if approval.pending:
        yield from parts.description(approval.content)
    yield from parts.details(approval.content)
    if approval.pending:
        yield from parts.links(approval.content)
        yield from parts.due(approval)
    yield from parts.decisions(approval)
    if approval.pending:
        yield from parts.questions(approval)
        yield from _answering(approval, reviewer, link, looking)


def _lead(approval: Approval, event: EventName, reviewer: Reviewer | None) -> str:
    """A person is asked for nothing that they have given, or cannot give now."""
    mine = approval.latest(approval.stage).get(reviewer.number) if reviewer else None
    if mine:
        return words.YOU_ANSWERED if mine.own else words.ANSWERED_FOR_YOU
    if reviewer and may_answer(approval, reviewer.number):
        return words.NOTHING_ASKED
    return _short_lead(approval, event, personal=reviewer is not None)


def _short_lead(approval: Approval, event: EventName, *, personal: bool) -> str:
    return short_lead(event, personal=personal, unreached=any(unreachable(approval)))


def _answering(
    approval: Approval, reviewer: Reviewer | None, link: str | None, looking: Sequence[str]
) -> "Iterator[Block]":
    said = _standing(approval, reviewer)
    if said:
        yield kit.context([kit.text(said)])
    if missed := " ".join(unreachable_sentences(approval)):
        yield kit.context([kit.text(missed, UNREACHABLE_LENGTH)])
    names = _looking(approval, looking)
    if names:
        yield kit.context([kit.text(looking_sentence(names))])
    yield from bar(approval, reviewer=reviewer, link=link, claim=reviewer is None)


def _looking(approval: Approval, looking: Sequence[str]) -> list[str]:
    claim = approval.actions.claim
    claimed = [parts.shown_actor(approval, claim)] if claim else []
    return list(dict.fromkeys([*claimed, *(inert(name, NAME_LENGTH) for name in looking)]))


def _standing(approval: Approval, reviewer: Reviewer | None) -> str:
    """Return the state of the approval for this person."""
    if not assurance_met(approval):
        return reason_sentence(NeedsOwnPage())
    mine = approval.latest(approval.stage).get(reviewer.number) if reviewer else None
    if mine:
        given = given_sentence(mine, parts.shown_option(approval, mine.option))
        return words.may_change_sentences(given, own=mine.own)
    if reviewer and not answerable(approval, reviewer):
        return reason_sentence(may_answer(approval, reviewer.number))
    return ""
