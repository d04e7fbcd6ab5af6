"""What waits for one person in Slack: in the Home tab, as a list for their eyes only, or in a modal. All three are the
same blocks, with the same buttons; every link in them is that person's own."""

from functools import partial
from typing import Any

from approvals.adapters import slack_kit as kit
from approvals.adapters.slack_home import Waiting, home_view
from approvals.adapters.slack_refusals import NotDone
from approvals.domain.approval import Approval
from approvals.domain.deciding import may_answer
from approvals.domain.handover import Filter
from approvals.entrypoints.slack_context import Ack, Later, Slack, log
from approvals.entrypoints.slack_payloads import Interaction, Member

SHORTCUT = LIST = "my_approvals"
LOOKED_UP = 200
IN_MESSAGE = 8
"""A message holds 50 blocks, and an approval takes six at the most."""


def waiting(slack: Slack, member: Member) -> list[Waiting]:
    """What this person may answer now, the most urgent first."""
    found: dict[str, Approval] = {}
    for reference in dict.fromkeys(slack.members.references(member)):
        wanted = Filter(reviewer=reference, status="pending", limit=LOOKED_UP)
        found |= {approval.id: approval for approval in slack.gateway.store.find(wanted)}
    now = slack.gateway.clock()
    mine = []
    for approval in sorted(found.values(), key=lambda one: one.deadline):
        reviewer = slack.members.reviewer(approval, member)
        if reviewer and now < approval.deadline and may_answer(slack.as_now(approval), reviewer.number) is None:
            mine.append(Waiting(approval, reviewer, slack.link(approval.id, reviewer.number)))
    return mine


def listed(slack: Slack, member: Member) -> list[dict[str, Any]]:
    """The blocks of a message."""
    mine = waiting(slack, member)
    blocks: list[dict[str, Any]] = home_view(mine[:IN_MESSAGE], more=len(mine[IN_MESSAGE:]))["blocks"]
    return blocks


def publish(slack: Slack, member: Member, *, team: str) -> None:
    """The Home tab anew. Where that fails it is as it was, and opening it tries again."""
    _quietly(slack, "views.publish", team=team, user_id=member.user, view=home_view(waiting(slack, member)))


def open_list(slack: Slack, sent: Interaction, *, team: str) -> Ack:
    _quietly(slack, "views.open", team=team, trigger_id=sent.trigger_id, view=_list_view(slack, sent.member))
    return Ack()


def refresh(slack: Slack, sent: Interaction, *, team: str) -> Later:
    """After an answer: the tab, and the list if it was given there."""
    return partial(_refresh, slack, sent, team=team)


def _refresh(slack: Slack, sent: Interaction, *, team: str) -> None:
    if sent.view and sent.view.callback_id == LIST:
        _quietly(slack, "views.update", team=team, view_id=sent.view.id, view=_list_view(slack, sent.member))
    publish(slack, sent.member, team=team)


def _list_view(slack: Slack, member: Member) -> dict[str, Any]:
    blocks = home_view(waiting(slack, member))["blocks"]
    words = {name: kit.text(text).to_dict() for name, text in (("title", "My approvals"), ("close", "Close"))}
    return {"type": "modal", "callback_id": LIST, "blocks": blocks, **words}


def _quietly(slack: Slack, method: str, *, team: str, **arguments: Any) -> None:
    try:
        slack.api.call(method, team=team, **arguments)
    except NotDone as error:
        log.warning("%s", error, extra={"event": "slack.unshown", "method": method})
