"""conversations.*: channels, their members, and direct messages."""

import base64
import binascii
from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods.chat import find_channel
from approvals.demo.fake_slack.methods.request import ApiCall
from approvals.demo.fake_slack.state.workspace import Conversation

SCOPE_FOR = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
PAGE = 100
MOST = 1000


def info(call: ApiCall) -> dict[str, Any]:
    channel = find_channel(call, call.required("channel"), by_name=False)
    _need_scope(call, channel.kind)
    return {"channel": _as_json(channel, call)}


def members(call: ApiCall) -> dict[str, Any]:
    channel = find_channel(call, call.required("channel"), by_name=False)
    _need_scope(call, channel.kind)
    found, cursor = page(call, sorted(channel.members))
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


def list_all(call: ApiCall) -> dict[str, Any]:
    kinds = [kind.strip() for kind in (call.text("types") or "public_channel").split(",")]
    for kind in kinds:
        if kind not in SCOPE_FOR:
            raise ApiError("invalid_types")
        _need_scope(call, kind)
    skip_archived = call.text("exclude_archived").lower() in ("true", "1")
    found = [
        _as_json(channel, call)
        for channel in call.team.channels.values()
        if channel.kind in kinds and _visible(channel, call) and not (skip_archived and channel.archived)
    ]
    some, cursor = page(call, found)
    return {"channels": some, "response_metadata": {"next_cursor": cursor}}


def of_user(call: ApiCall) -> dict[str, Any]:
    """users.conversations: list the channels the bot is in."""
    answer = list_all(call)
    answer["channels"] = [each for each in answer["channels"] if each.get("is_member", True)]
    return answer


def open_dm(call: ApiCall) -> dict[str, Any]:
    users = [user.strip() for user in call.text("users").split(",") if user.strip()]
    if given := call.text("channel"):
        return {"channel": {"id": find_channel(call, given, by_name=False).id}}
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > 1:
        raise ApiError("method_not_supported_for_channel_type")
    user = call.team.users.get(users[0])
    if user is None or user.is_bot:
        raise ApiError("user_not_found")
    if user.deleted:
        raise ApiError("user_disabled")
    return {"channel": {"id": call.team.dm(user.id).id}}


def _visible(channel: Conversation, call: ApiCall) -> bool:
    return channel.kind == "public_channel" or call.team.bot_user in channel.members


def _need_scope(call: ApiCall, kind: str) -> None:
    if SCOPE_FOR[kind] not in call.team.scopes:
        provided = ",".join(sorted(call.team.scopes))
        raise ApiError("missing_scope", {"needed": SCOPE_FOR[kind], "provided": provided})


def _as_json(channel: Conversation, call: ApiCall) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": channel.id, "is_channel": channel.kind == "public_channel", "is_group": False,
        "is_im": channel.kind == "im", "is_mpim": False, "is_private": channel.kind != "public_channel",
        "is_archived": channel.archived, "context_team_id": call.team.id,
    }  # fmt: skip
    if channel.with_user:
        return shown | {"user": channel.with_user, "is_open": True}
    return shown | {
        "name": channel.name, "name_normalized": channel.name, "is_member": call.team.bot_user in channel.members,
        "num_members": len(channel.members), "is_general": False, "is_shared": False, "is_ext_shared": False,
    }  # fmt: skip


def page(call: ApiCall, found: list[Any]) -> tuple[list[Any], str]:
    """Return one page after the cursor, and the cursor of the next page."""
    limit = call.text("limit") or str(PAGE)
    if not limit.isdecimal() or not 0 < len(limit) < 5 or not 1 <= int(limit) <= MOST:
        raise ApiError("invalid_limit")
    start = _start(call.text("cursor"))
    end = start + int(limit)
    return found[start:end], base64.b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise ApiError("invalid_cursor") from None
    if word != "next" or not number.isdecimal() or len(number) > 9:
        raise ApiError("invalid_cursor")
    return int(number)
