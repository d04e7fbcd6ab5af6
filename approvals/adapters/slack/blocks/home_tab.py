"""The Home tab: what waits for one person, the most urgent first. Nobody else sees it, so it may hold their links."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks import sections as parts
from approvals.adapters.slack.blocks.buttons import assurance_met, bar
from approvals.adapters.slack.blocks.text import NAME_LENGTH, inert
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.reasons import NeedsOwnPage
from approvals.presentation.deadlines import progress_sentence
from approvals.presentation.messages import slack as words
from approvals.presentation.names import given_sentence
from approvals.presentation.refusals import reason_sentence

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

MOST = 100


class Waiting(NamedTuple):
    """An approval, the reviewer who looks at the tab, and their own link to it."""

    approval: Approval
    reviewer: Reviewer
    link: str | None = None


def home_view(waiting: Sequence[Waiting], *, more: int = 0) -> kit.Json:
    """Return the tab of one person; `more` is the number of their approvals that were not loaded."""
    from slack_sdk.models.views import View

    return View(type="home", callback_id="home", blocks=list(_tab(waiting, more))).to_dict()


def _tab(waiting: Sequence[Waiting], more: int) -> "Iterator[Block]":
    yield kit.header(words.WAITING)
    if not waiting and not more:
        yield kit.section(kit.text(words.NOTHING_WAITS))
        return
    room, shown = MOST - 2, 0
    for each in sorted(waiting, key=lambda one: one.approval.deadline):
        blocks = list(_entry(each))
        if len(blocks) > room:
            break
        yield from blocks
        room, shown = room - len(blocks), shown + 1
    left = len(waiting) - shown + more
    if left:
        yield kit.context([kit.text(words.more_waiting_sentence(left))])


def _entry(each: Waiting) -> "Iterator[Block]":
    approval = each.approval
    yield kit.divider()
    yield kit.section(kit.text(approval.content.title, 400))
    about = [kit.ours(f":warning: *{words.HIGH_RISK}*")] if approval.content.risk == "high" else []
    asked = approval.content.requester
    by = [kit.text(words.asked_by(inert(asked, NAME_LENGTH)))] if asked else []
    due = kit.ours(f"*{words.ANSWER_BY}*", approval.deadline)
    yield kit.context([*about, *by, due, kit.text(progress_sentence(approval), 300)])
    mine = approval.latest(approval.stage).get(each.reviewer.number)
    if mine or not assurance_met(approval):
        state = (
            given_sentence(mine, parts.shown_option(approval, mine.option)) if mine else reason_sentence(NeedsOwnPage())
        )
        yield kit.context([kit.text(state)])
    yield from bar(approval, reviewer=each.reviewer, link=each.link)
