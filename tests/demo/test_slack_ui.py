"""The demo's Slack pane: what it shows of what was sent to Slack, to whom, and what its forms send to the gateway."""

import json
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from flask.testing import FlaskClient

from approvals.demo.cast.scenarios import ANA, BEN
from approvals.demo.fake_slack.methods.views import new_view, stack
from approvals.demo.fake_slack.schema.validation import check_message_blocks
from approvals.demo.fake_slack.state.workspace import Message, View
from approvals.demo.fake_slack.transport.signed_requests import Answer, Post
from approvals.demo.slack_ui.workspace import CHANNEL_ID, Office
from approvals.demo.stage import create_stage
from tests.demo.demo_world import HERE, START, StandIn

HOSTILE = "<script>alert(1)</script><!channel> *bold* \" onclick='x' {{ 7919*7907 }}"
BUTTON = {
    "type": "button", "action_id": "answer:approve", "value": "ap-1", "style": "primary",
    "text": {"type": "plain_text", "text": "Approve"},
}  # fmt: skip
MENU = {
    "type": "overflow", "action_id": "comment",
    "options": [{"text": {"type": "plain_text", "text": "Reject, with a comment…"}, "value": "ap-1:reject"}],
}  # fmt: skip


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words, "emoji": False}


def field(block: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An input block; its label is its id."""
    return {"type": "input", "block_id": block, "label": plain(block), "element": element, **more}


MODAL = {
    "type": "modal", "callback_id": "answer", "title": plain("Your answer"), "submit": plain("Send"),
    "blocks": [
        field("why", {"type": "plain_text_input", "action_id": "value", "multiline": True}, optional=True),
        field("confirmation", {"type": "plain_text_input", "action_id": "value"}),
        field("size", {"type": "radio_buttons", "action_id": "value",
                       "options": [{"text": plain(size), "value": size} for size in ("s", "m")]}),
        field("sure", {"type": "checkboxes", "action_id": "value",
                       "options": [{"text": plain("Yes"), "value": "true"}]}, optional=True),
        field("many", {"type": "number_input", "action_id": "value", "is_decimal_allowed": True,
                       "initial_value": "90"}, optional=True),
    ],
}  # fmt: skip


class Gateway:
    """Takes what the pane sends, and answers as it is told to."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None

    def send(self, post: Post, url: str) -> Answer:
        form = dict(parse_qsl(post.body.decode()))
        self.got.append({"path": urlsplit(url).path, "signed": "X-Slack-Signature" in post.headers, **form})
        return Answer(status=200, body=json.dumps(self.answer).encode() if self.answer else b"")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def office(gateway: Gateway) -> Office:
    return Office(send=gateway.send)


@pytest.fixture
def client(office: Office) -> FlaskClient:
    world: Any = StandIn(office=office, gateway=SimpleNamespace(url="http://127.0.0.1:8000"))
    return create_stage(world, clock=START.timestamp).test_client()


def say(office: Office, *blocks: dict[str, Any], to: str = CHANNEL_ID, **more: Any) -> Message:
    """The app's message with these blocks."""
    message = Message(
        channel=to, ts=office.slack.state.new_ts(), text="Approval", blocks=check_message_blocks(list(blocks)),
        user=office.team.bot_user, bot_id=office.team.bot_id, app_id=office.team.app_id, **more,
    )  # fmt: skip
    office.team.messages.append(message)
    return message


def section(words: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": words}}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def live(client: FlaskClient, query: str = "") -> dict[str, str]:
    return {name: part["html"] for name, part in client.get(f"/live{query}").json.items()}  # type: ignore[union-attr]


def open_modal(office: Office) -> View:
    with office.slack.state.changed:
        return stack(office.team, new_view(office.slack.state, office.team, ANA.member, MODAL))


def press(client: FlaskClient, message: Message, pressed: str, query: str = "") -> int:
    form = {"channel": message.channel, "ts": message.ts, "press": pressed}
    return client.post(f"/slack/press{query}", data=form, headers=HERE).status_code


@pytest.mark.parametrize("kind", ["plain_text", "mrkdwn"])
def test_hostile_text_is_text(client: FlaskClient, office: Office, kind: str) -> None:
    header = {"type": "header", "text": plain(HOSTILE)}
    context = {"type": "context", "elements": [{"type": kind, "text": HOSTILE}]}
    named = actions({**BUTTON, "text": plain(HOSTILE[:75]), "value": HOSTILE})
    say(office, header, section(HOSTILE, kind), {"type": "section", "fields": [plain(HOSTILE)]}, context, named)
    talk = live(client)["talk"]
    assert "<script" not in talk
    assert talk.count("&lt;script&gt;alert(1)&lt;/script&gt;") == (6 if kind == "plain_text" else 4)
    assert not re.search(r"<[^>]*\sonclick=[^>]*>", re.sub(r'"[^"]*"', '""', talk))
    assert "62615533" not in talk


def test_addresses_that_are_none_of_the_web_are_no_links(client: FlaskClient, office: Office) -> None:
    say(office, section("<javascript:alert(1)|There>", "mrkdwn"), actions({**BUTTON, "url": "javascript:alert(1)"}))
    assert 'href="javascript' not in live(client)["talk"]


def test_the_parts_of_a_message_look_like_what_they_are(client: FlaskClient, office: Office) -> None:
    say(
        office,
        section("*Due* <!date^1772443800^{date_num}|then>", "mrkdwn"),
        {"type": "divider"},
        actions(BUTTON, MENU),
    )
    talk = live(client)["talk"]
    assert "<b>Due</b> 2026-03-02" in talk
    assert '<button class="kit-button primary"' in talk
    assert "Reject, with a comment…</button>" in talk
    assert "<hr>" in talk


def test_each_sees_their_own_conversations_and_private_messages(client: FlaskClient, office: Office) -> None:
    say(office, section("for all"))
    say(office, section("for Ana alone"), only_for=ANA.member)
    say(office, section("to Ben"), to=office.dm(BEN))
    assert "for Ana alone" in live(client)["talk"]
    assert "Only visible to you" in live(client)["talk"]
    assert "for Ana alone" not in live(client, "?me=ben")["talk"]
    assert "to Ben" in live(client, "?me=ben&place=dm")["talk"]
    assert "to Ben" not in live(client, "?place=dm")["talk"]


def test_what_was_not_looked_at_is_counted(client: FlaskClient, office: Office) -> None:
    say(office, section("to Ben"), to=office.dm(BEN))
    assert 'Ben <span class="count">1' in live(client)["colleagues"]
    live(client, "?me=ben&place=dm")
    assert 'class="count"' not in live(client)["colleagues"]


def test_replies_stand_in_their_thread(client: FlaskClient, office: Office) -> None:
    above = say(office, section("the question"))
    say(office, section("the outcome"), thread_ts=above.ts)
    assert "1 reply" in live(client)["talk"]
    assert "the outcome" not in live(client)["talk"]
    assert "the outcome" in live(client, f"?thread={above.ts}")["talk"]


def test_a_button_sends_a_signed_interaction(client: FlaskClient, office: Office, gateway: Gateway) -> None:
    message = say(office, actions(BUTTON, MENU))
    assert press(client, message, '["answer:approve", "ap-1"]', "?me=ben&order=1042") == 303
    assert press(client, message, '["comment", "ap-1:reject"]') == 303
    [button, menu] = gateway.got
    assert button["path"] == "/slack/interactions"
    assert button["signed"]
    assert '"id": "U0BEN"' in button["payload"]
    assert '"value": "ap-1:reject"' in menu["payload"]


@pytest.mark.parametrize("pressed", ['["answer:reject", "ap-1"]', '["answer:approve", "ap-2"]', "nothing", ""])
def test_what_the_message_does_not_show_cannot_be_pressed(
    client: FlaskClient, office: Office, gateway: Gateway, pressed: str
) -> None:
    assert press(client, say(office, actions(BUTTON)), pressed) == 303
    assert gateway.got == []


def test_a_window_is_filled_in_and_sent(client: FlaskClient, office: Office, gateway: Gateway) -> None:
    view = open_modal(office)
    assert 'role="dialog"' in live(client)["modal"]
    assert live(client, "?me=ben")["modal"].strip() == ""
    form = {"view": view.id, "confirmation": "approve", "size": "m", "sure": "true", "many": "", "why": ""}
    client.post("/slack/submit", data=form, headers=HERE)
    payload = gateway.got[0]["payload"]
    assert '"confirmation": {"value": {"type": "plain_text_input", "value": "approve"}}' in payload
    assert '"many": {"value": {"type": "number_input", "value": null}}' in payload
    assert '"selected_option": {"text": {"type": "plain_text", "text": "m"' in payload
    assert live(client)["modal"].strip() == ""


def test_what_is_missing_is_said_before_anything_is_sent(client: FlaskClient, office: Office, gateway: Gateway) -> None:
    view = open_modal(office)
    client.post("/slack/submit", data={"view": view.id, "confirmation": "", "why": "kept"}, headers=HERE)
    modal = live(client)["modal"]
    assert modal.count("Please complete this required field.") == 2
    assert ">kept</textarea>" in modal
    assert gateway.got == []


def test_what_the_gateway_finds_wrong_stands_at_its_field(
    client: FlaskClient, office: Office, gateway: Gateway
) -> None:
    gateway.answer = {"response_action": "errors", "errors": {"confirmation": "Type it."}}
    view = open_modal(office)
    client.post("/slack/submit", data={"view": view.id, "confirmation": "no", "size": "s"}, headers=HERE)
    modal = live(client)["modal"]
    assert '<p class="kit-fault" id="input-confirmation-fault">Type it.</p>' in modal
    assert 'value="no"' in modal


def test_a_window_is_closed_unsent(client: FlaskClient, office: Office, gateway: Gateway) -> None:
    open_modal(office)
    client.post("/slack/close", headers=HERE)
    assert live(client)["modal"].strip() == ""
    assert gateway.got == []


def test_what_people_write_is_theirs_and_a_command_goes_to_the_app(client: FlaskClient, gateway: Gateway) -> None:
    for words in ("<b>hello</b>", "/approvals help", "/unheard of", " "):
        client.post("/slack/say", data={"words": words}, headers=HERE)
    talk = live(client)["talk"]
    assert "&lt;b&gt;hello&lt;/b&gt;" in talk
    assert "“/unheard” is not a valid command." in talk
    [command] = gateway.got
    assert (command["path"], command["command"], command["text"]) == ("/slack/commands", "/approvals", "help")


def test_home_is_asked_for_when_it_is_opened(client: FlaskClient, gateway: Gateway) -> None:
    answer = client.post("/slack/open-home?me=ben", headers=HERE)
    assert unquote_plus(answer.location) == "/?me=ben&place=home"
    assert [got["path"] for got in gateway.got] == ["/slack/events"]


@pytest.mark.parametrize("act", ["press", "submit", "close", "open-home", "say", "shortcut"])
def test_only_its_own_page_acts(client: FlaskClient, gateway: Gateway, act: str) -> None:
    assert client.post(f"/slack/{act}", headers={"Origin": "https://example.com"}).status_code == 403
    assert gateway.got == []
