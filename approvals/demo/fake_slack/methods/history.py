"""conversations.history and .replies: what was said, newest first, to whoever is in the conversation."""

from typing import Any

from approvals.demo.fake_slack.errors import Refused
from approvals.demo.fake_slack.methods.chat import as_json, find_channel
from approvals.demo.fake_slack.methods.conversations import page
from approvals.demo.fake_slack.methods.request import Call
from approvals.demo.fake_slack.state.workspace import Channel, Message

SCOPE_FOR = {"public_channel": "channels:history", "private_channel": "groups:history", "im": "im:history"}
HISTORY = tuple(SCOPE_FOR.values())


def history(call: Call) -> dict[str, Any]:
    """Replies are not in it."""
    channel = _readable(call)
    said = [each for each in call.team.said_in(channel.id) if each.thread_ts is None]
    return _shown(call, sorted(said, key=lambda each: float(each.ts), reverse=True))


def replies(call: Call) -> dict[str, Any]:
    """The message above, then its replies in order."""
    channel, above = _readable(call), call.needed("ts")
    if call.team.find_message(channel.id, above) is None:
        raise Refused("thread_not_found")
    return _shown(call, [each for each in call.team.said_in(channel.id) if above in (each.ts, each.thread_ts)])


def _readable(call: Call) -> Channel:
    channel = find_channel(call, call.needed("channel"), by_name=False)
    if SCOPE_FOR[channel.kind] not in call.team.scopes:
        provided = ",".join(sorted(call.team.scopes))
        raise Refused("missing_scope", {"needed": SCOPE_FOR[channel.kind], "provided": provided})
    if call.team.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _shown(call: Call, said: list[Message]) -> dict[str, Any]:
    oldest, whole = call.moment("oldest"), call.text("include_all_metadata").lower() in ("true", "1")
    found = [as_json(each) for each in said if float(each.ts) > oldest]
    for message in found if not whole else ():
        message.pop("metadata", None)
    messages, cursor = page(call, found)
    return {"messages": messages, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}
