"""Parsers of the Slack settings. No error contains a secret."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

SLACK_API = "https://slack.com/api/"
TEAM = re.compile(r"T[A-Z0-9]{2,20}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def tokens(text: str) -> dict[str, str]:
    """Parse T0123ABCD=xoxb-…,T0456…=xoxb-…: a bot token for each workspace, the default workspace first."""
    pairs = [entry.strip().partition("=") for entry in text.split(",") if entry.strip()]
    found = {team.strip(): token.strip() for team, _, token in pairs}
    for position, (team, _, token) in enumerate(pairs, start=1):
        if not TEAM.fullmatch(team.strip()):
            raise ValueError(f"entry {position} must read T0123ABCD=xoxb-…: a workspace's id, then its bot token")
        if not token.strip().startswith("xoxb-"):
            raise ValueError(
                f"entry {position} ({team.strip()}) must hold the Bot User OAuth Token (xoxb-…) of OAuth & Permissions"
            )
    if len(found) < len(pairs):
        raise ValueError("names a workspace twice")
    return found


def signing_secrets(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if any(len(secret) < 20 for secret in found):
        raise ValueError("must be the Signing Secret of Basic Information (32 hex digits), several comma separated")
    return found


def app_token(text: str) -> str:
    if not text.startswith("xapp-"):
        raise ValueError("must be an App-Level Token (xapp-…) with the scope connections:write")
    return text


def api_url(text: str) -> str:
    """Return the API's URL, which must be https unless it is on this machine, because tokens are sent to it."""
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"must be an https address such as {SLACK_API}")
    return text if text.endswith("/") else f"{text}/"


def conflicts(values: Mapping[str, Any]) -> list[str]:
    """Return the problems of settings that need each other: tokens to send, secrets to receive answers."""
    answers = [name for name in ("slack_signing_secrets", "slack_app_token") if values.get(name)]
    if values.get("slack_tokens") and not answers:
        way = "APPROVALS_SLACK_SIGNING_SECRETS is required with APPROVALS_SLACK_TOKENS"
        return [f"{way}, or for Socket Mode APPROVALS_SLACK_APP_TOKEN"]
    if answers and not values.get("slack_tokens"):
        return [f"APPROVALS_SLACK_TOKENS is required with APPROVALS_{answers[0].upper()}"]
    return []
