"""Events that Slack sends an app: URL verification, uninstallation and revoked tokens.

An event without a 2xx response within three seconds is sent again, at most three times. Slack waits one and five
minutes before the later retries; here they follow at once.
"""

import secrets
from collections.abc import Callable
from typing import Any

from approvals.demo.fake_slack.interactions import payloads
from approvals.demo.fake_slack.state.store import SlackState
from approvals.demo.fake_slack.state.workspace import Workspace
from approvals.demo.fake_slack.transport import signed_requests
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest

RETRIES = 3
Send = Callable[[SlackRequest], AppResponse]


def verify_url(state: SlackState, *, send: Send) -> bool:
    """Return whether the app echoes the challenge, as plain text or in JSON."""
    challenge = secrets.token_urlsafe(32)
    answer = send(_signed(signed_requests.event_request(payloads.url_verification(challenge)), state))
    given = answer.json["challenge"] if isinstance(answer.json, dict) else answer.body.decode(errors="replace")
    return answer.in_time and given == challenge


def uninstall(state: SlackState, team: Workspace, *, send: Send) -> list[AppResponse]:
    team.token_state = "account_inactive"
    return [*revoke_tokens(state, team, send=send), *send_event(state, team, {"type": "app_uninstalled"}, send=send)]


def revoke_tokens(state: SlackState, team: Workspace, *, send: Send) -> list[AppResponse]:
    team.token_state = team.token_state or "token_revoked"
    body = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}}
    return send_event(state, team, body, send=send)


def send_event(state: SlackState, team: Workspace, body: dict[str, Any], *, send: Send) -> list[AppResponse]:
    """Send an event until it succeeds or the retries run out, and return all responses."""
    post = signed_requests.event_request(payloads.event(state, team, body))
    answers = [send(_signed(post, state))]
    while not answers[-1].in_time and len(answers) <= RETRIES and "x-slack-no-retry" not in answers[-1].headers:
        retry = {"X_Slack_Retry_Num": str(len(answers)), "X_Slack_Retry_Reason": _reason(answers[-1])}
        answers.append(send(_signed(post.with_headers(**retry), state)))
    return answers


def _reason(answer: AppResponse) -> str:
    if answer.seconds > signed_requests.SECONDS_TO_ANSWER:
        return "http_timeout"
    return "http_error" if answer.status else "connection_failed"


def _signed(post: SlackRequest, state: SlackState) -> SlackRequest:
    return post.signed(secret=state.signing_secret, at=state.seconds)
