"""Several outcomes in one Slack message to one person. It takes no answer, and is never updated."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks.buttons import OPEN
from approvals.adapters.slack.blocks.elements import MessageContent
from approvals.adapters.slack.blocks.text import TITLE_LENGTH, inert
from approvals.domain.lifecycle.digest import OutcomeDigest, OutcomeLine
from approvals.presentation.messages import notes
from approvals.presentation.messages.counts import outcomes_left_out_sentence, settled_title, statuses_sentence

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

MOST_SHOWN = 10
OUTCOME_LENGTH = 300
"""Slack takes 13,200 characters of blocks in a message."""


def outcomes_message(digest: OutcomeDigest) -> MessageContent:
    """Return a message with a line for each outcome and a button to its page, the most important first."""
    fallback = f"{settled_title(digest.count)}: {statuses_sentence(digest.by_status)}"
    return MessageContent(fallback, kit.written(_blocks(digest)))


def _blocks(digest: OutcomeDigest) -> "Iterator[Block]":
    yield kit.header(settled_title(digest.count))
    yield kit.section(kit.text(statuses_sentence(digest.by_status)))
    shown = digest.lines[:MOST_SHOWN]
    yield from map(_outcome, shown)
    if left_out := digest.count - len(shown):
        yield kit.context([kit.text(outcomes_left_out_sentence(left_out))])


def _outcome(line: OutcomeLine) -> "Block":
    title = inert(line.approval.content.title, TITLE_LENGTH)
    outcome = inert(notes.outcome_sentences(line.approval), OUTCOME_LENGTH)
    return kit.section(
        kit.text(f"{title}\n{outcome}", lines=True), accessory=kit.button(notes.YOUR_PAGE, OPEN, url=line.link)
    )
