"""Calls of the fake Slack through slack_sdk: authentication, formats, rate limits and faults."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from approvals.demo.fake_slack.faults import Fails, Hangs, RateLimited, ServerError, drop_after, drop_before
from approvals.demo.fake_slack.transport.signed_requests import SlackRequest, send
from tests.support.slack.workspace import OPS, CastSlack, refusal

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Deploy?*"}}


# authentication


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("xoxb-nobody", "invalid_auth"), ("xapp-1-A0APPROVALS-local", "not_allowed_token_type")],
)
def test_a_token_that_is_none_is_refused(slack: CastSlack, token: str | None, error: str) -> None:
    assert refusal(WebClient(token, base_url=slack.url), "auth.test") == error


@pytest.mark.parametrize("state", ["token_revoked", "account_inactive"])
def test_a_token_that_is_void_gives_the_reason(slack: CastSlack, client: WebClient, state: str) -> None:
    slack.team.token_state = state
    assert refusal(client, "chat.postMessage", channel=OPS, text="hello") == state


def test_a_missing_scope_is_named_beside_those_there_are(slack: CastSlack, client: WebClient) -> None:
    slack.team.scopes = {"users:read", "commands"}
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=OPS, text="hello")
    assert refused.value.response.data == {
        "ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "commands,users:read",
    }  # fmt: skip


def test_every_answer_tells_the_scopes_of_the_token(slack: CastSlack, client: WebClient) -> None:
    slack.team.scopes = {"users:read", "chat:write"}
    assert client.auth_test().headers["X-OAuth-Scopes"] == "chat:write,users:read"


def test_a_token_reaches_its_own_workspace_only(slack: CastSlack) -> None:
    other = slack.workspace("T0OTHER", domain="other", name="Other")
    other.user("U0ZOE", "zoe", email="zoe@example.com")
    theirs = slack.client(other)
    assert theirs.auth_test()["team_id"] == "T0OTHER"
    assert refusal(theirs, "chat.postMessage", channel=OPS, text="hello") == "channel_not_found"
    assert refusal(theirs, "users.info", user="U0ANA") == "user_not_found"


# formats


@pytest.mark.parametrize("body", [{"json": {"channel": OPS, "text": "hi", "blocks": [SECTION]}}, {}])
def test_json_and_forms_are_both_read(slack: CastSlack, client: WebClient, body: dict[str, Any]) -> None:
    form = {"channel": OPS, "text": "hi", "blocks": '[{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]'}
    said = client.api_call("chat.postMessage", **(body or {"params": form}))
    message = slack.team.find_message(OPS, said["ts"])
    assert message
    assert message.blocks[0]["type"] == "section"


@pytest.mark.parametrize(
    ("content_type", "error"), [("text/html", "invalid_post_type"), ("application/json", "invalid_json")]
)
def test_a_body_of_no_kind_is_refused(slack: CastSlack, content_type: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {slack.team.token}", "Content-Type": content_type}
    answer = send(SlackRequest(kind="events", body=b"<p>hello</p>", headers=headers), f"{slack.url}auth.test")
    assert answer.json["error"] == error


def test_an_unknown_method_is_one(client: WebClient) -> None:
    assert refusal(client, "chat.shout") == "unknown_method"


# rate limits


def test_one_message_a_second_goes_to_a_channel_after_a_short_burst(slack: CastSlack, client: WebClient) -> None:
    for _ in range(slack.state.limits.posts_in_a_burst):
        client.chat_postMessage(channel=OPS, text="x")
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=OPS, text="x")
    answer = refused.value.response
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "1")
    client.chat_postMessage(channel="U0ANA", text="x")
    slack.clock.forward(seconds=1)
    client.chat_postMessage(channel=OPS, text="x")
    assert refusal(client, "chat.postMessage", channel=OPS, text="x") == "ratelimited"


@pytest.mark.parametrize(
    ("method", "arguments", "a_minute"),
    [("conversations.list", {}, 20), ("users.lookupByEmail", {"email": "ana@example.com"}, 50),
     ("users.info", {"user": "U0ANA"}, 100)],
)  # fmt: skip
def test_a_method_is_called_as_often_as_its_tier_allows(
    slack: CastSlack, client: WebClient, method: str, arguments: dict[str, str], a_minute: int
) -> None:
    frozen = slack.state.now()
    slack.state.now = lambda: frozen
    assert {refusal(client, method, **arguments) for _ in range(a_minute)} == {"OK"}
    assert refusal(client, method, **arguments) == "ratelimited"


def test_the_limits_can_be_turned_off(slack: CastSlack, client: WebClient) -> None:
    slack.state.limits.enabled = False
    for _ in range(20):
        client.chat_postMessage(channel=OPS, text="x")
    assert slack.state.calls["chat.postMessage"] == 20


# faults


@pytest.mark.parametrize("fault", [drop_before, drop_after, ServerError(500), ServerError(503, applied=True)])
def test_a_call_may_be_lost_before_or_after_it_took_effect(slack: CastSlack, fault: Any) -> None:
    slack.faults.next("chat.postMessage", fault)
    with pytest.raises((OSError, SlackApiError)):
        slack.client(retry_handlers=[]).chat_postMessage(channel=OPS, text="once")
    taken = 1 if fault in (drop_after, ServerError(503, applied=True)) else 0
    assert len(slack.team.messages_in(OPS)) == taken
    assert refusal(slack.client(), "chat.postMessage", channel=OPS, text="again") == "OK"


def test_a_call_may_hang_until_the_caller_gives_up(slack: CastSlack) -> None:
    hangs = Hangs()
    slack.faults.next("auth.test", hangs)
    with pytest.raises(TimeoutError):
        slack.client(retry_handlers=[], timeout=0.1).auth_test()  # type: ignore[arg-type]
    hangs.released.set()


def test_every_call_fails_until_told_otherwise(slack: CastSlack, client: WebClient) -> None:
    slack.faults.always("*", Fails("fatal_error"))
    slack.faults.always("chat.update", RateLimited(retry_after=7))
    assert [refusal(client, "auth.test"), refusal(client, "chat.update")] == ["fatal_error", "ratelimited"]
    slack.faults.clear()
    assert refusal(client, "auth.test") == "OK"


def test_nobody_listens_for_a_while_and_nothing_is_forgotten(slack: CastSlack) -> None:
    client = slack.client(retry_handlers=[])
    client.chat_postMessage(channel=OPS, text="before")
    with slack.unreachable(), pytest.raises(OSError, match="refused"):
        client.chat_postMessage(channel=OPS, text="meanwhile")
    client.chat_postMessage(channel=OPS, text="after")
    assert [message.text for message in slack.team.messages_in(OPS)] == ["before", "after"]


# accepted content


def test_whatever_was_accepted_can_be_looked_at(slack: CastSlack, client: WebClient) -> None:
    client.chat_postMessage(channel=OPS, text="x", blocks=[SECTION])
    refusal(client, "chat.postMessage", channel=OPS, text="x", blocks=[{"type": "nope"}])
    assert slack.state.accepted == [("chat.postMessage", "message", [SECTION])]
