"""Messages in Slack for the tests of blocks: made for a channel or for Ana, and what can be pressed in them."""

from typing import Any

from approvals.adapters.slack.blocks.message import MessageContent, message
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.topics import EventName
from approvals.domain.model.policy import Group, Policy, Stage

LINK = "https://approvals.example.com/r/ana.signature"
TWO_OF_TWO = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))
EVENTS: list[EventName] = ["asked", "reminded", "escalated", "refreshed", "settled"]
HIDE = {"details": {"Order": "1234", "Customer": "hidden@example.com"}, "sensitive": ("Customer",)}


def to_channel(approval: Approval, event: EventName = "asked", **more: Any) -> MessageContent:
    return message(approval, event=event, **more)


def to_ana(approval: Approval, event: EventName = "asked") -> MessageContent:
    return message(approval, event=event, reviewer=approval.reviewers[0], link=LINK)


def pressable(blocks: list[Any]) -> list[dict[str, Any]]:
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


def actions(blocks: list[Any]) -> list[str]:
    return [element["action_id"] for element in pressable(blocks)]
