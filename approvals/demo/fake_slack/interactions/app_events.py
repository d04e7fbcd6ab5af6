"""What Slack itself tells an app: that its address is asked for, that it was uninstalled, that its tokens are void.

An event that is not answered with 2xx within three seconds comes again, three times at most. Slack waits a minute and
five minutes before the later ones; here nobody waits.
"""

import secrets
from collections.abc import Callable
from typing import Any

from approvals.demo.fake_slack.interactions import payloads
from approvals.demo.fake_slack.state.store import State
from approvals.demo.fake_slack.state.workspace import Workspace
from approvals.demo.fake_slack.transport import signed_requests as posting
from approvals.demo.fake_slack.transport.signed_requests import Answer, Post

RETRIES = 3
Send = Callable[[Post], Answer]


def verify_url(state: State, *, send: Send) -> bool:
    """Whether the app gave the challenge back, as plain text or in JSON."""
    challenge = secrets.token_urlsafe(32)
    answer = send(_signed(posting.event(payloads.url_verification(challenge)), state))
    given = answer.json["challenge"] if isinstance(answer.json, dict) else answer.body.decode(errors="replace")
    return answer.in_time and given == challenge


def uninstall(state: State, team: Workspace, *, send: Send) -> list[Answer]:
    team.token_state = "account_inactive"
    return [*revoke_tokens(state, team, send=send), *tell(state, team, {"type": "app_uninstalled"}, send=send)]


def revoke_tokens(state: State, team: Workspace, *, send: Send) -> list[Answer]:
    team.token_state = team.token_state or "token_revoked"
    what = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}}
    return tell(state, team, what, send=send)


def tell(state: State, team: Workspace, what: dict[str, Any], *, send: Send) -> list[Answer]:
    """The answers to all attempts, the last of which may have been taken."""
    post = posting.event(payloads.event(state, team, what))
    answers = [send(_signed(post, state))]
    while not answers[-1].in_time and len(answers) <= RETRIES and "x-slack-no-retry" not in answers[-1].headers:
        retry = {"X_Slack_Retry_Num": str(len(answers)), "X_Slack_Retry_Reason": _reason(answers[-1])}
        answers.append(send(_signed(post.with_headers(**retry), state)))
    return answers


def _reason(answer: Answer) -> str:
    if answer.seconds > posting.SECONDS_TO_ANSWER:
        return "http_timeout"
    return "http_error" if answer.status else "connection_failed"


def _signed(post: Post, state: State) -> Post:
    return post.signed(secret=state.signing_secret, at=state.seconds)
