"""The approvals that wait for one person, in the Home tab, in an ephemeral list, or in a modal.

All three show the same blocks and buttons; every link in them is that person's own."""

from functools import partial
from typing import Any

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks.home_tab import Waiting, home_view
from approvals.adapters.slack.errors import NotDone
from approvals.entrypoints.slack.context import Ack, Later, Slack, log
from approvals.entrypoints.slack.payloads import Interaction, Member
from approvals.presentation.messages import slack as texts

SHORTCUT = LIST = "my_approvals"
IN_MESSAGE = 8
"""A message holds 50 blocks, and an approval takes six at the most."""


def waiting(slack: Slack, member: Member) -> list[Waiting]:
    """Return the approvals that wait for this person's answer, the most urgent first."""
    lines = slack.gateway.waiting_for(tuple(dict.fromkeys(slack.members.references(member))))
    return [
        Waiting(approval, approval.reviewers[number], slack.link(approval.id, number))
        for approval, number in sorted(
            ((line.approval, line.reviewer) for line in lines), key=lambda one: one[0].deadline
        )
    ]


def pending_message(slack: Slack, member: Member) -> dict[str, Any]:
    """Return the list as a message."""
    mine = waiting(slack, member)
    return {"text": texts.WHAT_WAITS, "blocks": home_view(mine[:IN_MESSAGE], more=len(mine[IN_MESSAGE:]))["blocks"]}


def publish(slack: Slack, member: Member, *, team: str) -> None:
    """Update the Home tab. If that fails, the old one stays, and opening it tries again."""
    _quietly(slack, "views.publish", team=team, user_id=member.user, view=home_view(waiting(slack, member)))


def open_list(slack: Slack, sent: Interaction, *, team: str) -> Ack:
    _quietly(slack, "views.open", team=team, trigger_id=sent.trigger_id, view=_list_view(slack, sent.member))
    return Ack()


def refresh(slack: Slack, sent: Interaction, *, team: str, private_list: str) -> Later:
    """Update the Home tab after an answer, and the list if the answer was given there."""
    return partial(_refresh, slack, sent, team=team, private_list=private_list)


def _refresh(slack: Slack, sent: Interaction, *, team: str, private_list: str) -> None:
    if private_list:
        slack.responses.send(private_list, {"replace_original": True, **pending_message(slack, sent.member)})
    if sent.view and sent.view.callback_id == LIST:
        _quietly(slack, "views.update", team=team, view_id=sent.view.id, view=_list_view(slack, sent.member))
    publish(slack, sent.member, team=team)


def _list_view(slack: Slack, member: Member) -> dict[str, Any]:
    blocks = home_view(waiting(slack, member))["blocks"]
    words = {name: kit.text(text).to_dict() for name, text in (("title", texts.MINE), ("close", texts.CLOSE))}
    return {"type": "modal", "callback_id": LIST, "blocks": blocks, **words}


def _quietly(slack: Slack, method: str, *, team: str, **arguments: Any) -> None:
    try:
        slack.api.call(method, team=team, **arguments)
    except NotDone as error:
        log.warning("%s", error, extra={"event": "slack.unshown", "method": method})
