"""The app manifest: the configuration of the app in Slack, so that nobody has to click it together by hand."""

from typing import Any

from approvals.adapters.slack.scopes import bot_scopes

NAME = "Approvals"
NAME_LENGTH = 35
EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked")


def app_manifest(url: str | None, *, name: str = NAME, match_email: bool = False) -> dict[str, Any]:
    """Return the manifest for the gateway at this address; without an address, for Socket Mode."""
    base = url.rstrip("/") if url else None
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "Workflows wait here for people's answers",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": [_shortcut()],
            "slash_commands": [_command(base)],
        },
        "oauth_config": {"scopes": {"bot": list(bot_scopes(match_email=match_email))}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **_to(base, "events")},
            "interactivity": {"is_enabled": True, **_to(base, "interactions")},
            "org_deploy_enabled": False,
            "socket_mode_enabled": base is None,
            "token_rotation_enabled": False,
        },
    }  # fmt: skip


def _shortcut() -> dict[str, Any]:
    return {
        "name": "My approvals",
        "type": "global",
        "callback_id": "my_approvals",
        "description": "Lists what waits for your answer",
    }


def _command(base: str | None) -> dict[str, Any]:
    words = {
        "command": "/approvals",
        "description": "What waits for your answer",
        "usage_hint": "[id | help]",
        "should_escape": False,
    }
    return {**words, "url": f"{base}/slack/commands"} if base else words


def _to(base: str | None, place: str) -> dict[str, str]:
    return {"request_url": f"{base}/slack/{place}"} if base else {}
