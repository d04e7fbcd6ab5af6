"""Sent messages: find out whether a conversation already has a message of ours, by the key in its metadata."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import ConversationId, Receipt
from approvals.adapters.slack.errors import NotDone
from approvals.domain.lifecycle.digest import OutcomeDigest
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import key_suffix
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import TryAgain

EVENT_TYPE = "approval"
SKEW = timedelta(minutes=5)


def message_key(notice: Notice, approval: Approval) -> str:
    """Return the key by which our message is found in its conversation. Every app of the workspace can read it."""
    return f"{approval.id}:{notice.about.key}{key_suffix(notice.audience)}"


def outcomes_key(digest: OutcomeDigest) -> str:
    """Return the key by which our message about several outcomes is found."""
    return f"outcomes:{digest.key}"


def message_metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def find(
    api: SlackApi, wanted: str, *, conversation: ConversationId, above: Receipt | None, since: datetime
) -> dict[str, Any] | None:  # fmt: skip
    """Find the message of our own bot, because any app can write the same key. Raises NotDone if a later look may help.

    If Slack does not let us look (a scope is missing), return None: the message is posted again, rather than never.
    """
    try:
        bot = api.bot(conversation.team)
        said = _said(api, conversation, above, since=since - SKEW)
        return next((one for one in said if _key_of(one) == wanted and one.get("bot_id") == bot), None)
    except NotDone as error:
        if isinstance(error.result, TryAgain):
            raise
        return None


def has_buttons(message: dict[str, Any]) -> bool:
    """Return whether the message has buttons, as every message that asks for an answer does."""
    return any(block.get("type") == "actions" for block in message.get("blocks") or ())


def _said(
    api: SlackApi, conversation: ConversationId, above: Receipt | None, *, since: datetime
) -> Iterator[dict[str, Any]]:
    """Yield the messages of the thread; without a thread, or if it is gone, those of the conversation."""
    where: dict[str, Any] = {
        "team": conversation.team, "channel": conversation.channel, "oldest": f"{since.timestamp():.6f}",
        "include_all_metadata": True, "of": "messages",
    }  # fmt: skip
    if above:
        try:
            yield from api.pages("conversations.replies", ts=above.ts, **where)
            return
        except NotDone as error:
            if error.code != "thread_not_found":
                raise
    yield from api.pages("conversations.history", **where)


def _key_of(message: dict[str, Any]) -> str:
    """Return the key of a message, empty if the gateway did not send it."""
    found = message.get("metadata")
    if not isinstance(found, dict) or found.get("event_type") != EVENT_TYPE:
        return ""
    payload = found.get("event_payload")
    return str(payload.get("key", "")) if isinstance(payload, dict) else ""
