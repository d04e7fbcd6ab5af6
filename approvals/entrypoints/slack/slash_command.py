"""The slash command: the approvals that wait for its user, or one by its id. Only they see the reply."""

from typing import Any

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks import message as slack_blocks
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import NotFound, Unavailable, Unreadable
from approvals.entrypoints.slack import pending_list as slack_inbox
from approvals.entrypoints.slack.context import Ack, Slack
from approvals.entrypoints.slack.payloads import Command
from approvals.presentation.messages import slack as texts
from approvals.presentation.refusals import error_sentence

_MINE = {"", "mine", "list"}


def command(slack: Slack, sent: Command) -> Ack:
    """Respond to the command. Raises Forbidden."""
    slack.admit(sent.team_id, organisation=sent.is_enterprise_install == "true")
    try:
        return _answered(slack, sent)
    except (Unavailable, Unreadable) as error:
        return _said(error_sentence(error))


def _answered(slack: Slack, sent: Command) -> Ack:
    wanted = sent.text.strip().strip("`").casefold()
    if wanted in _MINE:
        return _shown(slack_inbox.pending_message(slack, sent.member))
    if wanted == "help":
        return _said(texts.HELP)
    return _one(slack, sent, approval_id=wanted)


def _one(slack: Slack, sent: Command, *, approval_id: str) -> Ack:
    """Return one text for an unknown approval and another person's, so that it tells neither apart."""
    approval = _found(slack, approval_id)
    reviewer = slack.members.reviewer(approval, sent.member) if approval else None
    if approval is None or reviewer is None:
        return _said(texts.NONE)
    link = slack.link(approval.id, reviewer.number)
    event: Any = "asked" if approval.pending else "settled"
    message = slack_blocks.message(approval, event=event, reviewer=reviewer, link=link)
    return _shown(message._asdict())


def _found(slack: Slack, approval_id: str) -> Approval | None:
    try:
        return slack.approval(approval_id)
    except NotFound:
        return None


def _said(words: str) -> Ack:
    return _shown({"text": words, "blocks": kit.written([kit.section(kit.ours(words))])})


def _shown(message: dict[str, Any]) -> Ack:
    return Ack({"response_type": "ephemeral", **message})
