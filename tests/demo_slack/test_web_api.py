"""The stand-in refuses what Slack says it refuses, by Slack's names: asked through slack_sdk's own client."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from approvals.demo.slack.faults import Fails, Hangs, RateLimited, ServerError, drop_after, drop_before
from tests.support.slack import OPS, CastSlack

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Deploy?*"}}


@pytest.fixture
def client(slack: CastSlack) -> WebClient:
    return slack.client()


def refusal(client: WebClient, method: str, **arguments: Any) -> str:
    """The error's name, or OK."""
    try:
        client.api_call(method, json=arguments)
    except SlackApiError as error:
        return error.response["error"]
    return "OK"


# who calls


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("xoxb-nobody", "invalid_auth"), ("xapp-1-A0APPROVALS-local", "not_allowed_token_type")],
)
def test_a_token_that_is_none_is_refused(slack: CastSlack, token: str | None, error: str) -> None:
    assert refusal(WebClient(token, base_url=slack.url), "auth.test") == error


@pytest.mark.parametrize("state", ["token_revoked", "account_inactive"])
def test_a_token_that_is_void_says_why(slack: CastSlack, client: WebClient, state: str) -> None:
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


# how it is asked


@pytest.mark.parametrize("body", [{"json": {"channel": OPS, "text": "hi", "blocks": [SECTION]}}, {}])
def test_json_and_forms_are_both_read(slack: CastSlack, client: WebClient, body: dict[str, Any]) -> None:
    form = {"channel": OPS, "text": "hi", "blocks": '[{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]'}
    said = client.api_call("chat.postMessage", **(body or {"params": form}))
    message = slack.team.find_message(OPS, said["ts"])
    assert message
    assert message.blocks[0]["type"] == "section"


def test_an_unknown_method_is_one(client: WebClient) -> None:
    assert refusal(client, "chat.shout") == "unknown_method"


# where it is said


@pytest.mark.parametrize(
    ("channel", "error"),
    [("C0NONE", "channel_not_found"), ("#nowhere", "channel_not_found"), ("C0OLD", "is_archived"),
     ("C0FOREIGN", "not_in_channel"), ("C0SECRET", "channel_not_found"), ("U0SAM", "channel_not_found"),
     ("", "invalid_arguments"), (OPS, "OK"), ("#ops", "OK"), ("ops", "OK"), ("U0ANA", "OK")],
)  # fmt: skip
def test_a_message_goes_where_the_bot_is_let_in(slack: CastSlack, client: WebClient, channel: str, error: str) -> None:
    slack.team.channel("C0OLD", "old", archived=True)
    slack.team.channel("C0FOREIGN", "foreign", bot=False)
    slack.team.channel("C0SECRET", "secret", private=True, bot=False)
    assert refusal(client, "chat.postMessage", channel=channel, text="hello") == error


def test_a_message_to_a_person_is_a_direct_message(client: WebClient) -> None:
    said = client.chat_postMessage(channel="U0ANA", text="hello")
    assert said["channel"] == client.conversations_open(users="U0ANA")["channel"]["id"]
    assert said["channel"].startswith("D")


@pytest.mark.parametrize(
    ("users", "error"), [("U0NONE", "user_not_found"), ("U0SAM", "user_disabled"), ("", "users_list_not_supplied")]
)
def test_direct_messages_are_opened_with_people_who_are_there(client: WebClient, users: str, error: str) -> None:
    assert refusal(client, "conversations.open", users=users) == error


def test_a_reply_stands_in_its_thread(slack: CastSlack, client: WebClient) -> None:
    above = client.chat_postMessage(channel=OPS, text="asked")["ts"]
    client.chat_postMessage(channel=OPS, text="reminded", thread_ts=above)
    assert [(message.text, message.thread_ts) for message in slack.team.said_in(OPS)] == [
        ("asked", None), ("reminded", above),
    ]  # fmt: skip


def test_what_is_said_to_one_person_is_seen_by_nobody_else(slack: CastSlack, client: WebClient) -> None:
    client.chat_postEphemeral(channel=OPS, user="U0ANA", text="not you")
    assert slack.team.said_in(OPS) == []
    assert [message.text for message in slack.team.ephemerals("U0ANA")] == ["not you"]
    outsider = {"channel": OPS, "user": "U0SAM", "text": "not you"}
    assert refusal(client, "chat.postEphemeral", **outsider) == "user_not_in_channel"


# what is said


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({}, "no_text"), ({"text": ""}, "no_text"), ({"blocks": []}, "no_text"),
     ({"text": "x" * 40_001}, "msg_too_long"), ({"text": "x" * 40_000}, "OK"),
     ({"blocks": "nope"}, "invalid_blocks_format"), ({"blocks": {}}, "invalid_blocks_format"),
     ({"blocks": [SECTION] * 51}, "invalid_blocks"), ({"blocks": [SECTION] * 50}, "OK"),
     ({"text": {"a": 1}}, "invalid_arguments")],
)  # fmt: skip
def test_a_message_says_something_and_not_too_much(client: WebClient, arguments: dict[str, Any], error: str) -> None:
    assert refusal(client, "chat.postMessage", channel=OPS, **arguments) == error


# changing it


@pytest.fixture
def said(client: WebClient) -> str:
    return str(client.chat_postMessage(channel=OPS, text="asked", blocks=[SECTION])["ts"])


def test_a_message_keeps_what_it_said_before(slack: CastSlack, client: WebClient, said: str) -> None:
    changed = {**SECTION, "text": {"type": "plain_text", "text": "Deployed"}}
    client.chat_update(channel=OPS, ts=said, text="settled", blocks=[changed])
    [message] = slack.team.said_in(OPS)
    assert (message.text, message.blocks[0]["text"]["text"]) == ("settled", "Deployed")
    assert [(text, blocks[0]["text"]["text"]) for text, blocks in message.versions] == [("asked", "*Deploy?*")]


def test_text_without_blocks_takes_the_blocks_away(slack: CastSlack, client: WebClient, said: str) -> None:
    client.chat_update(channel=OPS, ts=said, text="settled")
    [message] = slack.team.said_in(OPS)
    assert (message.blocks, message.edited is not None) == ([], True)


@pytest.mark.parametrize(
    ("change", "error"),
    [({"ts": "1.0"}, "message_not_found"), ({"channel": "C0NONE"}, "channel_not_found"),
     ({"channel": "#ops"}, "channel_not_found"), ({"channel": "U0ANA"}, "channel_not_found"), ({"text": ""}, "no_text"),
     ({"text": "x" * 4001}, "msg_too_long"), ({"ts": ""}, "invalid_arguments"), ({}, "OK")],
)  # fmt: skip
def test_a_message_is_changed_by_channel_id_and_ts(
    client: WebClient, said: str, change: dict[str, str], error: str
) -> None:
    assert refusal(client, "chat.update", **{"channel": OPS, "ts": said, "text": "x", **change}) == error


def test_a_message_of_somebody_else_cannot_be_changed(slack: CastSlack, client: WebClient, said: str) -> None:
    slack.team.said_in(OPS)[0].bot_id = None
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "cant_update_message"


def test_a_message_is_not_changed_after_the_workspaces_window(slack: CastSlack, client: WebClient, said: str) -> None:
    slack.team.edit_window_seconds = 300
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "OK"
    slack.clock.forward(minutes=6)
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "edit_window_closed"


def test_a_message_in_an_archived_channel_stays_as_it_is(slack: CastSlack, client: WebClient, said: str) -> None:
    slack.team.channels[OPS].archived = True
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "is_archived"


def test_what_was_said_to_one_person_cannot_be_changed(client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel=OPS, user="U0ANA", text="not you")["message_ts"]
    assert refusal(client, "chat.update", channel=OPS, ts=ts, text="x") == "message_not_found"


# how often


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


# people and channels


def test_people_are_found_by_id_and_by_mail(client: WebClient) -> None:
    ana = client.users_lookupByEmail(email="Ana@Example.com")["user"]
    assert (ana["id"], ana["team_id"], ana["profile"]["email"]) == ("U0ANA", "T0ACME", "ana@example.com")
    assert client.users_info(user="U0SAM")["user"]["deleted"] is True
    assert refusal(client, "users.lookupByEmail", email="sam@example.com") == "users_not_found"
    assert refusal(client, "users.info", user="U0NONE") == "user_not_found"


def test_mail_addresses_are_told_only_with_their_scope(slack: CastSlack, client: WebClient) -> None:
    slack.team.scopes.discard("users:read.email")
    assert "email" not in client.users_info(user="U0ANA")["user"]["profile"]
    assert refusal(client, "users.lookupByEmail", email="ana@example.com") == "missing_scope"


def test_channels_are_listed_page_by_page(slack: CastSlack, client: WebClient) -> None:
    for number in range(5):
        slack.team.channel(f"C{number}", f"more-{number}", archived=number == 4)
    slack.team.channel("C0SECRET", "secret", private=True, bot=False)
    pages = client.conversations_list(limit=2, types="public_channel,private_channel", exclude_archived=True)
    assert [len(page["channels"]) for page in pages] == [2, 2, 1]
    assert refusal(client, "conversations.list", cursor="nonsense") == "invalid_cursor"
    assert refusal(client, "conversations.list", types="secret") == "invalid_types"


def test_a_channel_tells_whether_the_bot_is_in_it(slack: CastSlack, client: WebClient) -> None:
    slack.team.channel("C0FOREIGN", "foreign", bot=False)
    assert client.conversations_info(channel=OPS)["channel"]["is_member"] is True
    assert client.conversations_info(channel="C0FOREIGN")["channel"]["is_member"] is False
    assert slack.team.bot_user in client.conversations_members(channel=OPS)["members"]


# bad days


@pytest.mark.parametrize("fault", [drop_before, drop_after, ServerError(500), ServerError(503, applied=True)])
def test_a_call_may_be_lost_before_or_after_it_took_effect(slack: CastSlack, fault: Any) -> None:
    slack.faults.next("chat.postMessage", fault)
    with pytest.raises((OSError, SlackApiError)):
        slack.client(retry_handlers=[]).chat_postMessage(channel=OPS, text="once")
    taken = 1 if fault in (drop_after, ServerError(503, applied=True)) else 0
    assert len(slack.team.said_in(OPS)) == taken
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
    assert [message.text for message in slack.team.said_in(OPS)] == ["before", "after"]


# what is kept for a check


def test_whatever_was_accepted_can_be_looked_at(slack: CastSlack, client: WebClient) -> None:
    client.chat_postMessage(channel=OPS, text="x", blocks=[SECTION])
    refusal(client, "chat.postMessage", channel=OPS, text="x", blocks=[{"type": "nope"}])
    assert slack.state.accepted == [("chat.postMessage", "message", [SECTION])]
