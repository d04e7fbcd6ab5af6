"""The buttons of an approval: which ones each audience gets, their values, and parsing these values.

A value holds the approval's id and never a secret; a personal link is only in messages to its own reviewer.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks.text import inert, units
from approvals.domain.lifecycle.decide import comment_required, may_answer, needs_confirmation
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.policy import ASSURANCES
from approvals.domain.model.submission import Option
from approvals.presentation.messages import slack as words

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block, InteractiveElement

ANSWER, COMMENT, PAGE, OPEN, CLAIM, LINK = "answer:", "comment", "page", "open", "claim", "link:"
SHOWN = 30
"""Slack shows about so many characters of a button's label (its reference of the button element)."""
_MENU = 5


class Pressed(NamedTuple):
    """A parsed press: an option's answer (`comment`: with a comment), `page`, `claim`; others concern only Slack."""

    action: str
    approval_id: str
    option: str = ""


def pressed(action: Mapping[str, Any]) -> Pressed | None:
    """Parse one of the `actions` of an interaction; None for one without a value of ours, such as an opened link."""
    name, value = action.get("action_id"), action.get("value")
    if name == COMMENT:
        chosen = action.get("selected_option")
        value = chosen.get("value") if isinstance(chosen, dict) else None
        approval_id, _, option = value.rpartition(":") if isinstance(value, str) else ("", "", "")
        return Pressed(COMMENT, approval_id, option) if approval_id else None
    if not isinstance(name, str) or not isinstance(value, str) or not value:
        return None
    if name.startswith(ANSWER):
        return Pressed("answer", value, name.removeprefix(ANSWER))
    return Pressed(name, value) if name in (PAGE, CLAIM) else None


def needs_modal(approval: Approval, option: Option) -> bool:
    """Return whether an answer needs a modal: for a required comment, questions, or a typed confirmation."""
    form = approval.form
    asks = form is not None and bool(form.properties)
    return asks or comment_required(approval, option) or needs_confirmation(approval, option)


def assurance_met(approval: Approval) -> bool:
    """Return whether the policy accepts answers in Slack."""
    return ASSURANCES.index(approval.policy.assurance) <= ASSURANCES.index("slack")


def answerable(approval: Approval, reviewer: Reviewer | None) -> bool:
    """Return whether to show the options: in a channel (None) while it is open, to a person while they may answer."""
    if not approval.pending or not assurance_met(approval):
        return False
    return reviewer is None or may_answer(approval, reviewer.number) is None


def bar(approval: Approval, *, reviewer: Reviewer | None, link: str | None, claim: bool = False) -> "Iterator[Block]":
    """Return the row of buttons, and above it the full answers if they do not fit on their buttons."""
    if not approval.pending:
        return
    elements: list[InteractiveElement] = []
    if answerable(approval, reviewer):
        labels = [option.label for option in approval.content.options]
        long = any(units(label) > SHOWN for label in labels)
        if long:
            listed = "\n".join(f"{n}. {inert(label, 75)}" for n, label in enumerate(labels, start=1))
            yield kit.section(kit.text(f"{words.POSSIBLE_ANSWERS}\n{listed}", lines=True))
        elements += _answers(approval, numbered=long)
    elements.append(page_button(approval, link))
    if claim and assurance_met(approval):
        elements.append(kit.button(words.LOOK_AT_IT, CLAIM, value=approval.id))
    yield kit.actions(elements)


def page_button(approval: Approval, link: str | None) -> "InteractiveElement":
    """Return the button for the page: for a person their own link, in a channel an action with a private reply."""
    if link:
        return kit.button(words.OPEN_PAGE, OPEN, url=link)
    return kit.button(words.OPEN_PAGE, PAGE, value=approval.id)


def _answers(approval: Approval, *, numbered: bool) -> "Iterator[InteractiveElement]":
    choices = []
    for n, option in enumerate(approval.content.options, start=1):
        label = f"{n}. {option.label}" if numbered else option.label
        style = None if option.style == "default" else option.style
        yield kit.button(label, f"{ANSWER}{option.id}", value=approval.id, style=style)
        if not needs_modal(approval, option):
            choices.append(kit.option(words.with_comment(inert(label, 50)), f"{approval.id}:{option.id}"))
    if 0 < len(choices) <= _MENU:
        yield kit.overflow(COMMENT, choices)
