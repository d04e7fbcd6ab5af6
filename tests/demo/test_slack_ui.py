"""The demo's Slack pane: the messages it shows to each person, and the requests its forms send to the gateway."""

import json
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from flask.testing import FlaskClient

from approvals.demo.app import create_app
from approvals.demo.cast.scenarios import ANA, BEN
from approvals.demo.fake_slack.methods.views import new_view, stack
from approvals.demo.fake_slack.schema.validation import check_message_blocks
from approvals.demo.fake_slack.state.workspace import SlackMessage, SlackView
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest
from approvals.demo.slack_ui.workspace import CHANNEL_ID, ShopSlack
from tests.demo.fake_system import HERE, START, FakeSystem

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
    """A gateway that records requests and returns a configured response."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None

    def send(self, post: SlackRequest, url: str) -> AppResponse:
        form = dict(parse_qsl(post.body.decode()))
        self.got.append({"path": urlsplit(url).path, "signed": "X-Slack-Signature" in post.headers, **form})
        return AppResponse(status=200, body=json.dumps(self.answer).encode() if self.answer else b"")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def slack(gateway: Gateway) -> ShopSlack:
    return ShopSlack(send=gateway.send)


@pytest.fixture
def client(slack: ShopSlack) -> FlaskClient:
    system: Any = FakeSystem(slack=slack, gateway=SimpleNamespace(url="http://127.0.0.1:8000"))
    return create_app(system, clock=START.timestamp).test_client()


def say(slack: ShopSlack, *blocks: dict[str, Any], to: str = CHANNEL_ID, **more: Any) -> SlackMessage:
    """Post a message of the app with these blocks."""
    message = SlackMessage(
        channel=to, ts=slack.server.state.new_ts(), text="Approval", blocks=check_message_blocks(list(blocks)),
        user=slack.team.bot_user, bot_id=slack.team.bot_id, app_id=slack.team.app_id, **more,
    )  # fmt: skip
    slack.team.messages.append(message)
    return message


def section(words: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": words}}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def live(client: FlaskClient, query: str = "") -> dict[str, str]:
    return {name: part["html"] for name, part in client.get(f"/live{query}").json.items()}  # type: ignore[union-attr]


def open_modal(slack: ShopSlack) -> SlackView:
    with slack.server.state.changed:
        return stack(slack.team, new_view(slack.server.state, slack.team, ANA.member, MODAL))


def press(client: FlaskClient, message: SlackMessage, pressed: str, query: str = "") -> int:
    form = {"channel": message.channel, "ts": message.ts, "press": pressed}
    return client.post(f"/slack/press{query}", data=form, headers=HERE).status_code


@pytest.mark.parametrize("kind", ["plain_text", "mrkdwn"])
def test_hostile_text_is_text(client: FlaskClient, slack: ShopSlack, kind: str) -> None:
    header = {"type": "header", "text": plain(HOSTILE)}
    context = {"type": "context", "elements": [{"type": kind, "text": HOSTILE}]}
    named = actions({**BUTTON, "text": plain(HOSTILE[:75]), "value": HOSTILE})
    say(slack, header, section(HOSTILE, kind), {"type": "section", "fields": [plain(HOSTILE)]}, context, named)
    conversation = live(client)["conversation"]
    assert "<script" not in conversation
    assert conversation.count("&lt;script&gt;alert(1)&lt;/script&gt;") == (6 if kind == "plain_text" else 4)
    assert not re.search(r"<[^>]*\sonclick=[^>]*>", re.sub(r'"[^"]*"', '""', conversation))
    assert "62615533" not in conversation


def test_only_web_addresses_become_links(client: FlaskClient, slack: ShopSlack) -> None:
    say(slack, section("<javascript:alert(1)|There>", "mrkdwn"), actions({**BUTTON, "url": "javascript:alert(1)"}))
    assert 'href="javascript' not in live(client)["conversation"]


def test_blocks_are_rendered_as_html(client: FlaskClient, slack: ShopSlack) -> None:
    say(
        slack,
        section("*Due* <!date^1772443800^{date_num}|then>", "mrkdwn"),
        {"type": "divider"},
        actions(BUTTON, MENU),
    )
    conversation = live(client)["conversation"]
    assert "<b>Due</b> 2026-03-02" in conversation
    assert '<button class="kit-button primary"' in conversation
    assert "Reject, with a comment…</button>" in conversation
    assert "<hr>" in conversation


def test_each_sees_their_own_conversations_and_private_messages(client: FlaskClient, slack: ShopSlack) -> None:
    say(slack, section("for all"))
    say(slack, section("for Ana alone"), only_for=ANA.member)
    say(slack, section("to Ben"), to=slack.dm(BEN))
    assert "for Ana alone" in live(client)["conversation"]
    assert "Only visible to you" in live(client)["conversation"]
    assert "for Ana alone" not in live(client, "?me=ben")["conversation"]
    assert "to Ben" in live(client, "?me=ben&screen=dm")["conversation"]
    assert "to Ben" not in live(client, "?screen=dm")["conversation"]


def test_unread_messages_are_counted(client: FlaskClient, slack: ShopSlack) -> None:
    say(slack, section("to Ben"), to=slack.dm(BEN))
    assert 'Ben <span class="count">1' in live(client)["slack_header"]
    live(client, "?me=ben&screen=dm")
    assert 'class="count"' not in live(client)["slack_header"]


def test_replies_are_shown_in_their_thread(client: FlaskClient, slack: ShopSlack) -> None:
    above = say(slack, section("the question"))
    say(slack, section("the outcome"), thread_ts=above.ts)
    assert "1 reply" in live(client)["conversation"]
    assert "the outcome" not in live(client)["conversation"]
    assert "the outcome" in live(client, f"?thread={above.ts}")["conversation"]


def test_a_button_sends_a_signed_interaction(client: FlaskClient, slack: ShopSlack, gateway: Gateway) -> None:
    message = say(slack, actions(BUTTON, MENU))
    assert press(client, message, '["answer:approve", "ap-1"]', "?me=ben&order=1042") == 303
    assert press(client, message, '["comment", "ap-1:reject"]') == 303
    [button, menu] = gateway.got
    assert button["path"] == "/slack/interactions"
    assert button["signed"]
    assert '"id": "U0BEN"' in button["payload"]
    assert '"value": "ap-1:reject"' in menu["payload"]


@pytest.mark.parametrize("pressed", ['["answer:reject", "ap-1"]', '["answer:approve", "ap-2"]', "nothing", ""])
def test_a_button_that_is_not_shown_cannot_be_pressed(
    client: FlaskClient, slack: ShopSlack, gateway: Gateway, pressed: str
) -> None:
    assert press(client, say(slack, actions(BUTTON)), pressed) == 303
    assert gateway.got == []


def test_a_modal_is_submitted(client: FlaskClient, slack: ShopSlack, gateway: Gateway) -> None:
    view = open_modal(slack)
    assert 'role="dialog"' in live(client)["modal"]
    assert live(client, "?me=ben")["modal"].strip() == ""
    form = {"view": view.id, "confirmation": "approve", "size": "m", "sure": "true", "many": "", "why": ""}
    client.post("/slack/submit", data=form, headers=HERE)
    payload = gateway.got[0]["payload"]
    assert '"confirmation": {"value": {"type": "plain_text_input", "value": "approve"}}' in payload
    assert '"many": {"value": {"type": "number_input", "value": null}}' in payload
    assert '"selected_option": {"text": {"type": "plain_text", "text": "m"' in payload
    assert live(client)["modal"].strip() == ""


def test_missing_fields_are_reported_before_a_request_is_sent(
    client: FlaskClient, slack: ShopSlack, gateway: Gateway
) -> None:
    view = open_modal(slack)
    client.post("/slack/submit", data={"view": view.id, "confirmation": "", "why": "kept"}, headers=HERE)
    modal = live(client)["modal"]
    assert modal.count("Please complete this required field.") == 2
    assert ">kept</textarea>" in modal
    assert gateway.got == []


def test_errors_of_the_gateway_are_shown_at_their_fields(
    client: FlaskClient, slack: ShopSlack, gateway: Gateway
) -> None:
    gateway.answer = {"response_action": "errors", "errors": {"confirmation": "Type it."}}
    view = open_modal(slack)
    client.post("/slack/submit", data={"view": view.id, "confirmation": "no", "size": "s"}, headers=HERE)
    modal = live(client)["modal"]
    assert '<p class="kit-fault" id="input-confirmation-fault">Type it.</p>' in modal
    assert 'value="no"' in modal


def test_a_closed_modal_sends_no_request(client: FlaskClient, slack: ShopSlack, gateway: Gateway) -> None:
    open_modal(slack)
    client.post("/slack/close", headers=HERE)
    assert live(client)["modal"].strip() == ""
    assert gateway.got == []


def test_only_commands_are_sent_to_the_app(client: FlaskClient, gateway: Gateway) -> None:
    for words in ("<b>hello</b>", "/approvals help", "/unheard of", " "):
        client.post("/slack/say", data={"words": words}, headers=HERE)
    conversation = live(client)["conversation"]
    assert "&lt;b&gt;hello&lt;/b&gt;" in conversation
    assert "“/unheard” is not a valid command." in conversation
    [command] = gateway.got
    assert (command["path"], command["command"], command["text"]) == ("/slack/commands", "/approvals", "help")


def test_opening_home_sends_an_event(client: FlaskClient, gateway: Gateway) -> None:
    answer = client.post("/slack/open-home?me=ben", headers=HERE)
    assert unquote_plus(answer.location) == "/?me=ben&screen=home"
    assert [got["path"] for got in gateway.got] == ["/slack/events"]


@pytest.mark.parametrize("act", ["press", "submit", "close", "open-home", "say", "shortcut"])
def test_only_its_own_page_acts(client: FlaskClient, gateway: Gateway, act: str) -> None:
    assert client.post(f"/slack/{act}", headers={"Origin": "https://example.com"}).status_code == 403
    assert gateway.got == []
