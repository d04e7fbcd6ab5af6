"""conversations.history and .replies: the messages of a conversation that the bot is in."""

from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods.chat import as_json, find_channel
from approvals.demo.fake_slack.methods.conversations import page
from approvals.demo.fake_slack.methods.request import ApiCall
from approvals.demo.fake_slack.state.workspace import Conversation, SlackMessage

SCOPE_FOR = {"public_channel": "channels:history", "private_channel": "groups:history", "im": "im:history"}
HISTORY = tuple(SCOPE_FOR.values())


def history(call: ApiCall) -> dict[str, Any]:
    """Return the messages, newest first, without replies."""
    channel = _readable(call)
    said = [each for each in call.team.messages_in(channel.id) if each.thread_ts is None]
    return _messages_page(call, sorted(said, key=lambda each: float(each.ts), reverse=True))


def replies(call: ApiCall) -> dict[str, Any]:
    """Return the parent message, then its replies in order."""
    channel, parent = _readable(call), call.required("ts")
    if call.team.find_message(channel.id, parent) is None:
        raise ApiError("thread_not_found")
    return _messages_page(
        call, [each for each in call.team.messages_in(channel.id) if parent in (each.ts, each.thread_ts)]
    )


def _readable(call: ApiCall) -> Conversation:
    channel = find_channel(call, call.required("channel"), by_name=False)
    if SCOPE_FOR[channel.kind] not in call.team.scopes:
        provided = ",".join(sorted(call.team.scopes))
        raise ApiError("missing_scope", {"needed": SCOPE_FOR[channel.kind], "provided": provided})
    if call.team.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _messages_page(call: ApiCall, said: list[SlackMessage]) -> dict[str, Any]:
    oldest, whole = call.timestamp("oldest"), call.text("include_all_metadata").lower() in ("true", "1")
    found = [as_json(each) for each in said if float(each.ts) > oldest]
    for message in found if not whole else ():
        message.pop("metadata", None)
    messages, cursor = page(call, found)
    return {"messages": messages, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}
