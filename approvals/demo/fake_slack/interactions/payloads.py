"""The payloads of interactions, commands and events, with every field of Slack's reference."""

from typing import Any

from approvals.demo.fake_slack.methods import views
from approvals.demo.fake_slack.methods.chat import as_json
from approvals.demo.fake_slack.state.store import SlackState
from approvals.demo.fake_slack.state.workspace import SlackMessage, SlackUser, SlackView, Workspace

CHANNEL_NAMES = {"im": "directmessage", "private_channel": "privategroup"}
VERIFICATION_TOKEN = "deprecated-verification-token"

Payload = dict[str, Any]


def block_actions_in_message(
    state: SlackState, team: Workspace, user: SlackUser, message: SlackMessage, action: Payload
) -> Payload:
    """Return a button press; in a shared channel `team` is the installing workspace (slackapi/java-slack-sdk, 1041)."""
    channel = team.channels[message.channel]
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": False}
    if message.only_for:
        container["is_ephemeral"] = True
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    response_url = state.new_response(
        team=team.id, channel=channel.id, user=user.id, message_ts=message.ts, only_for=message.only_for
    )
    return _frame(state, team, user, "block_actions") | {
        "container": container,
        "trigger_id": state.new_trigger(team=team.id, user=user.id),
        "team": {"id": team.id, "domain": team.domain},
        "channel": {"id": channel.id, "name": CHANNEL_NAMES.get(channel.kind, channel.name)},
        "message": as_json(message),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action | {"action_ts": state.new_ts()}],
    }


def block_actions_in_view(
    state: SlackState, team: Workspace, user: SlackUser, view: SlackView, action: Payload
) -> Payload:
    return _frame(state, team, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": state.new_trigger(team=team.id, user=user.id, view=view.id),
        "view": views.as_json(view, state, team),
        "actions": [action | {"action_ts": state.new_ts()}],
    }


def view_submission(state: SlackState, team: Workspace, user: SlackUser, view: SlackView, values: Payload) -> Payload:
    return _frame(state, team, user, "view_submission") | {
        "trigger_id": state.new_trigger(team=team.id, user=user.id, view=view.id),
        "view": views.as_json(view, state, team) | {"state": {"values": values}},
        "response_urls": [],
    }


def view_closed(state: SlackState, team: Workspace, user: SlackUser, view: SlackView) -> Payload:
    shown = views.as_json(view, state, team)
    return _frame(state, team, user, "view_closed") | {"view": shown, "is_cleared": False}


def shortcut(state: SlackState, team: Workspace, user: SlackUser, callback_id: str) -> Payload:
    return _frame(state, team, user, "shortcut") | {
        "callback_id": callback_id,
        "trigger_id": state.new_trigger(team=team.id, user=user.id),
        "action_ts": state.new_ts(),
    }


def slash_command(
    state: SlackState, team: Workspace, user: SlackUser, *, command: str, text: str, channel_id: str
) -> dict[str, str]:
    channel = team.channels[channel_id]
    return {
        "token": VERIFICATION_TOKEN, "team_id": team.id, "team_domain": team.domain, "channel_id": channel_id,
        "channel_name": CHANNEL_NAMES.get(channel.kind, channel.name), "user_id": user.id, "user_name": user.name,
        "command": command, "text": text, "api_app_id": state.app_id, "is_enterprise_install": "false",
        "response_url": state.new_response(team=team.id, channel=channel_id, user=user.id),
        "trigger_id": state.new_trigger(team=team.id, user=user.id),
    }  # fmt: skip


def event(state: SlackState, team: Workspace, what: Payload) -> Payload:
    bot = {
        "enterprise_id": None, "team_id": team.id, "user_id": team.bot_user, "is_bot": True,
        "is_enterprise_install": False,
    }  # fmt: skip
    return {
        "token": VERIFICATION_TOKEN, "team_id": team.id, "context_team_id": team.id, "context_enterprise_id": None,
        "api_app_id": state.app_id, "event": what | {"event_ts": state.new_ts()}, "type": "event_callback",
        "event_id": state.new_id("Ev"), "event_time": int(state.seconds), "authorizations": [bot],
        "is_ext_shared_channel": False,
    }  # fmt: skip


def url_verification(challenge: str) -> Payload:
    return {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}


def _frame(state: SlackState, team: Workspace, user: SlackUser, kind: str) -> Payload:
    home = user.home or team.id
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "team": {"id": home, "domain": team.domain if home == team.id else home.lower()},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": home},
        "api_app_id": state.app_id,
        "enterprise": None,
        "is_enterprise_install": False,
    }
