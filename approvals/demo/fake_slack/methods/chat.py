"""chat.*: messages to channels and people, ephemeral messages, and updates."""

import json
from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods.request import ApiCall
from approvals.demo.fake_slack.schema.validation import check_message_blocks
from approvals.demo.fake_slack.state.store import Accepted
from approvals.demo.fake_slack.state.workspace import Conversation, SlackMessage

TEXT_OF_MESSAGE = 40_000
TEXT_OF_UPDATE = 4_000
BYTES_OF_METADATA = 8_000


def post_message(call: ApiCall) -> dict[str, Any]:
    channel = _writable(call)
    wait = call.state.limits.post(team=call.team.id, channel=channel.id, now=call.state.seconds)
    if wait:
        raise ApiError("ratelimited", retry_after=wait)
    text, blocks = _content(call, most=TEXT_OF_MESSAGE)
    message = _post(call, channel, text=text, blocks=blocks or [])
    return {"channel": channel.id, "ts": message.ts, "message": as_json(message)}


def post_ephemeral(call: ApiCall) -> dict[str, Any]:
    channel, user = _writable(call), call.required("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    text, blocks = _content(call, most=TEXT_OF_MESSAGE)
    message = _post(call, channel, text=text, blocks=blocks or [], only_for=user)
    return {"message_ts": message.ts}


def update(call: ApiCall) -> dict[str, Any]:
    """Update a message. Text without blocks removes the blocks; metadata stay unless new ones are given."""
    channel = find_channel(call, call.required("channel"), by_name=False)
    if channel.archived:
        raise ApiError("is_inactive")
    message = call.team.find_message(channel.id, call.required("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.bot_id != call.team.bot_id:
        raise ApiError("cant_update_message")
    window, age = call.team.edit_window_seconds, call.state.seconds - float(message.ts)
    if window is not None and age > window:
        raise ApiError("edit_window_closed")
    _change(call, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": as_json(message)}


def _change(call: ApiCall, message: SlackMessage) -> None:
    text, blocks = _content(call, most=TEXT_OF_UPDATE)
    metadata = _metadata(call)
    message.change(text=text or message.text, blocks=blocks or [])
    if metadata is not None:
        message.metadata = metadata
    if blocks is None:
        message.edited = call.state.new_ts()


def find_channel(call: ApiCall, given: str, *, by_name: bool = True) -> Conversation:
    """Return the channel with that ID or name, if the bot can see it. Raise ApiError otherwise."""
    team = call.team
    found = team.channels.get(given)
    if by_name and found is None:
        name = given.removeprefix("#")
        found = next((each for each in team.channels.values() if each.name and each.name == name), None)
        person = team.users.get(given)
        if person and not person.deleted and not person.is_bot:
            found = team.dm(given)
    if found is None or (found.kind != "public_channel" and team.bot_user not in found.members):
        raise ApiError("channel_not_found")
    return found


def _writable(call: ApiCall) -> Conversation:
    channel = find_channel(call, call.required("channel"))
    if channel.archived:
        raise ApiError("is_archived")
    if call.team.bot_user not in channel.members and "chat:write.public" not in call.team.scopes:
        raise ApiError("not_in_channel")
    return channel


def _content(call: ApiCall, *, most: int) -> tuple[str, list[dict[str, Any]] | None]:
    text, given = call.text("text"), call.json_value("blocks")
    if len(text) > most:
        raise ApiError("msg_too_long")
    if given is None:
        if not text:
            raise ApiError("no_text")
        return text, None
    blocks = check_message_blocks(given)
    if not text and not blocks:
        raise ApiError("no_text")
    call.state.accepted.append(Accepted(call.method, "message", given))
    return text, blocks


def _post(call: ApiCall, channel: Conversation, **content: Any) -> SlackMessage:
    team, thread = call.team, call.text("thread_ts") or None
    if thread and not team.find_message(channel.id, thread):
        thread = None
    message = SlackMessage(
        channel=channel.id, ts=call.state.new_ts(), user=team.bot_user, bot_id=team.bot_id, app_id=team.app_id,
        thread_ts=thread, team=team.id, metadata=_metadata(call), **content,
    )  # fmt: skip
    team.messages.append(message)
    return message


def _metadata(call: ApiCall) -> dict[str, Any] | None:
    """Return the given metadata, checked. An empty object removes the existing metadata."""
    given: Any = call.json_value("metadata")
    if not given:
        return None if given is None else {}
    if not isinstance(given, dict) or set(given) != {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_format")
    if not isinstance(given["event_type"], str) or not isinstance(given["event_payload"], dict):
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(given)) > BYTES_OF_METADATA:
        raise ApiError("metadata_too_large")
    return given


def as_json(message: SlackMessage) -> dict[str, Any]:
    """Return a message as it appears in responses and payloads."""
    shown: dict[str, Any] = {
        "type": "message", "user": message.user, "bot_id": message.bot_id, "app_id": message.app_id,
        "ts": message.ts, "text": message.text, "team": message.team,
    }  # fmt: skip
    more = {"blocks": message.blocks, "thread_ts": message.thread_ts, "metadata": message.metadata}
    shown |= {name: value for name, value in more.items() if value}
    if message.edited:
        shown["edited"] = {"user": message.bot_id, "ts": message.edited}
    return shown
