"""Modals: the form of one answer, and the views that replace it when the answer comes too late or is refused."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks import sections as parts
from approvals.adapters.slack.blocks.modal_inputs import inputs
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.submission import Option
from approvals.presentation.deadlines import late_sentence
from approvals.presentation.messages import slack as words
from approvals.presentation.refusals import late_answer

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

CALLBACK, CLOSED = "answer", "closed"


def answer_view(
    approval: Approval, option: Option, *, reviewer: Reviewer, channel: str = "", private_list: str = "",
    note: str = "",
) -> kit.Json:  # fmt: skip
    """Return the modal of one option. `channel` is where its button was pressed; `private_list` updates that list."""
    standing = approval.latest(approval.stage).get(reviewer.number)
    blocks = [
        kit.section(kit.text(approval.content.title, 400)),
        *parts.risk(approval),
        *([kit.section(kit.text(note))] if note else []),
        kit.section(kit.text(words.chosen_sentence(parts.shown_option(approval, option.id)))),
        *inputs(approval, option, standing),
    ]
    about = {"approval": approval.id, "option": option.id, "channel": channel, "private_list": private_list}
    return _modal(words.YOUR_ANSWER, blocks, about=json.dumps(about), submit=words.SEND)


def settled_view(approval: Approval) -> kit.Json:
    """Return the view that replaces the modal if the approval was settled before it was submitted."""
    late = [kit.section(kit.text(late_answer(approval), 500))]
    blocks = [kit.section(kit.text(approval.content.title, 400)), *late, *parts.outcome(approval)]
    return _modal(words.SETTLED_ALREADY, [*blocks, *parts.decisions(approval)])


def late_view(approval: Approval) -> kit.Json:
    """Return the view for an answer after the deadline, while no sweep has settled the approval yet."""
    up = kit.section(kit.ours(f"*{words.TIME_WAS_UP}*", approval.deadline))
    late = [up, kit.section(kit.text(late_sentence(approval), 500))]
    return _modal(words.TIME_IS_UP, [kit.section(kit.text(approval.content.title, 400)), *late])


def refused_view(reason: str, *, approval: Approval | None = None) -> kit.Json:
    """Return the view with the reason why this person may not answer."""
    title = [kit.section(kit.text(approval.content.title, 400))] if approval else []
    return _modal(words.NOT_RECORDED, [*title, kit.section(kit.text(reason, 1000))])


def recorded_view(approval: Approval) -> kit.Json:
    """Return the view after a recorded answer, for a person who needs more than a closing modal."""
    title = kit.section(kit.text(approval.content.title, 400))
    so_far = parts.due(approval) if approval.pending else parts.outcome(approval)
    return _modal(words.RECORDED, [title, *so_far, *parts.decisions(approval)])


def _modal(title: str, blocks: "Iterable[Block]", *, about: str = "", submit: str | None = None) -> kit.Json:
    from slack_sdk.models.views import View

    view = View(
        type="modal", callback_id=CALLBACK if submit else CLOSED, title=kit.text(title, 24), blocks=list(blocks),
        submit=kit.text(submit, 24) if submit else None, close=kit.text(words.CLOSE, 24),
        private_metadata=about or None,
    )  # fmt: skip
    return view.to_dict()
