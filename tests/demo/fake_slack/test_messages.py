"""Posting and updating messages by Slack's rules, with its error names."""

from typing import Any

import pytest
from slack_sdk import WebClient

from tests.support.slack.workspace import OPS, CastSlack, refusal

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Deploy?*"}}


# channels


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


def test_a_reply_is_in_its_thread(slack: CastSlack, client: WebClient) -> None:
    above = client.chat_postMessage(channel=OPS, text="asked")["ts"]
    client.chat_postMessage(channel=OPS, text="reminded", thread_ts=above)
    asked, reminded = slack.team.messages_in(OPS)
    assert (asked.thread_ts, reminded.thread_ts) == (None, above)
    assert slack.team.replies_to(asked) == [reminded]


def test_what_is_reported_to_one_person_is_seen_by_nobody_else(slack: CastSlack, client: WebClient) -> None:
    client.chat_postEphemeral(channel=OPS, user="U0ANA", text="not you")
    assert slack.team.messages_in(OPS) == []
    assert [message.text for message in slack.team.ephemerals("U0ANA")] == ["not you"]
    outsider = {"channel": OPS, "user": "U0SAM", "text": "not you"}
    assert refusal(client, "chat.postEphemeral", **outsider) == "user_not_in_channel"


# content


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({}, "no_text"), ({"text": ""}, "no_text"), ({"blocks": []}, "no_text"),
     ({"text": "x" * 40_001}, "msg_too_long"), ({"text": "x" * 40_000}, "OK"),
     ({"blocks": "nope"}, "invalid_blocks_format"), ({"blocks": {}}, "invalid_blocks_format"),
     ({"blocks": [SECTION] * 51}, "invalid_blocks"), ({"blocks": [SECTION] * 50}, "OK"),
     ({"text": {"a": 1}}, "invalid_arguments")],
)  # fmt: skip
def test_a_message_states_something_and_not_too_much(client: WebClient, arguments: dict[str, Any], error: str) -> None:
    assert refusal(client, "chat.postMessage", channel=OPS, **arguments) == error


# updates


@pytest.fixture
def said(client: WebClient) -> str:
    return str(client.chat_postMessage(channel=OPS, text="asked", blocks=[SECTION])["ts"])


def test_a_message_keeps_what_it_said_before(slack: CastSlack, client: WebClient, said: str) -> None:
    changed = {**SECTION, "text": {"type": "plain_text", "text": "Deployed"}}
    client.chat_update(channel=OPS, ts=said, text="settled", blocks=[changed])
    [message] = slack.team.messages_in(OPS)
    assert (message.text, message.blocks[0]["text"]["text"]) == ("settled", "Deployed")
    assert [(text, blocks[0]["text"]["text"]) for text, blocks in message.versions] == [("asked", "*Deploy?*")]


def test_text_without_blocks_takes_the_blocks_away(slack: CastSlack, client: WebClient, said: str) -> None:
    client.chat_update(channel=OPS, ts=said, text="settled")
    [message] = slack.team.messages_in(OPS)
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


def test_a_message_keeps_its_metadata_until_others_come(slack: CastSlack, client: WebClient) -> None:
    metadata = {"event_type": "asked", "event_payload": {"key": "ap-1"}}
    ts = client.chat_postMessage(channel=OPS, text="x", metadata=metadata)["ts"]
    [message] = slack.team.messages_in(OPS)
    client.chat_update(channel=OPS, ts=ts, text="y")
    assert message.metadata == metadata
    client.chat_update(channel=OPS, ts=ts, text="z", metadata={})
    assert message.metadata == {}


@pytest.mark.parametrize(
    ("metadata", "error"),
    [({"event_type": "x"}, "invalid_metadata_format"), ("x", "invalid_metadata_format"),
     ({"event_type": 1, "event_payload": {}}, "invalid_metadata_schema"),
     ({"event_type": "x", "event_payload": {"x": "x" * 8000}}, "metadata_too_large")],
)  # fmt: skip
def test_metadata_have_a_type_and_a_payload(client: WebClient, metadata: Any, error: str) -> None:
    assert refusal(client, "chat.postMessage", channel=OPS, text="x", metadata=metadata) == error


def test_a_message_of_somebody_else_cannot_be_changed(slack: CastSlack, client: WebClient, said: str) -> None:
    slack.team.messages_in(OPS)[0].bot_id = None
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "cant_update_message"


def test_a_message_is_not_changed_after_the_workspaces_window(slack: CastSlack, client: WebClient, said: str) -> None:
    slack.team.edit_window_seconds = 300
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "OK"
    slack.clock.forward(minutes=6)
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "edit_window_closed"


def test_a_message_in_an_archived_channel_stays_as_it_is(slack: CastSlack, client: WebClient, said: str) -> None:
    slack.team.channels[OPS].archived = True
    assert refusal(client, "chat.update", channel=OPS, ts=said, text="x") == "is_inactive"


def test_what_was_said_to_one_person_cannot_be_changed(client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel=OPS, user="U0ANA", text="not you")["message_ts"]
    assert refusal(client, "chat.update", channel=OPS, ts=ts, text="x") == "message_not_found"
