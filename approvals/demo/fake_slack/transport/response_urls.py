"""Response URLs: an app posts a message, or replaces the one that was clicked."""

import json
from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.schema.validation import check_message_blocks
from approvals.demo.fake_slack.state.grants import ResponseUrl
from approvals.demo.fake_slack.state.store import Accepted, SlackState
from approvals.demo.fake_slack.state.workspace import SlackMessage, Workspace


def respond(body: bytes, secret: str, *, state: SlackState) -> tuple[int, str]:
    grant = state.grants.respond(secret, now=state.seconds)
    if grant is None:
        known = secret in state.grants.responses
        return 404, "expired_url" if known else "no_such_url"
    try:
        said = _read(body)
        _apply(said, grant, state=state)
    except ApiError as refused:
        return 400, refused.error
    return 200, "ok"


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError("invalid_payload") from None
    if not isinstance(said, dict) or not isinstance(said.get("text", ""), str):
        raise ApiError("invalid_payload")
    return said


def _apply(said: dict[str, Any], grant: ResponseUrl, *, state: SlackState) -> None:
    team = state.workspaces[grant.team]
    text, given = said.get("text", ""), said.get("blocks")
    blocks = check_message_blocks(given) if given is not None else []
    if given is not None:
        state.accepted.append(Accepted("response_url", "message", given))
    source = _source(team, grant)
    if said.get("delete_original") and source:
        team.messages.remove(source)
    elif not text and not blocks:
        raise ApiError("no_text")
    elif said.get("replace_original") and source:
        source.change(text=text, blocks=blocks)
    else:
        shown_to = None if said.get("response_type") == "in_channel" else grant.user
        team.messages.append(
            SlackMessage(
                channel=grant.channel, ts=state.new_ts(), text=text, blocks=blocks, user=team.bot_user,
                bot_id=team.bot_id, app_id=team.app_id, team=team.id, only_for=shown_to,
                thread_ts=said.get("thread_ts"),
            )
        )  # fmt: skip


def _source(team: Workspace, grant: ResponseUrl) -> SlackMessage | None:
    said = (each for each in team.messages if each.channel == grant.channel and each.ts == grant.message_ts)
    return next(said, None) if grant.message_ts else None
