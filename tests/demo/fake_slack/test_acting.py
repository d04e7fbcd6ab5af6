"""Actions of people in the fake Slack, and the requests the app gets, verified by slack_sdk."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from approvals.demo.fake_slack.interactions.actor import NoSuchButton, SimulatedUser
from approvals.demo.fake_slack.interactions.modal_values import InvalidInput
from approvals.demo.fake_slack.state.workspace import SlackMessage
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest
from tests.support.slack.workspace import OPS, CastSlack


@dataclass
class App:
    """An app that records requests and returns a configured response."""

    answers: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    seconds: float = 0.1
    posts: list[SlackRequest] = field(default_factory=list)

    def __call__(self, post: SlackRequest) -> AppResponse:
        self.posts.append(post)
        return AppResponse(status=self.status, body=self.answers.get(post.kind, b""), seconds=self.seconds)

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(parse_qs(self.posts[-1].body.decode())["payload"][0])


BUTTON = {
    "type": "button",
    "action_id": "answer:approve",
    "value": "ap-1",
    "text": {"type": "plain_text", "text": "Go"},
}
MODAL = {
    "type": "modal",
    "callback_id": "answer",
    "private_metadata": '{"approval": "ap-1"}',
    "title": {"type": "plain_text", "text": "Approve"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "comment",
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "value", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "form.size",
            "optional": True,
            "label": {"type": "plain_text", "text": "Size"},
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [{"text": {"type": "plain_text", "text": size}, "value": size} for size in ("s", "m")],
            },
        },
    ],
}


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def ana(slack: CastSlack, app: App) -> SimulatedUser:
    return slack.actor("U0ANA", app)


@pytest.fixture
def asked(slack: CastSlack) -> SlackMessage:
    said = slack.client().chat_postMessage(channel=OPS, text="?", blocks=[{"type": "actions", "elements": [BUTTON]}])
    message = slack.team.find_message(OPS, said["ts"])
    assert message
    return message


def open_modal(slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage) -> None:
    ana.press(asked, "answer:approve")
    slack.client().views_open(trigger_id=app.payload["trigger_id"], view=MODAL)


def test_a_press_is_signed_and_tells_who_pressed_what_where(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    ana.press(asked, "answer:approve")
    [post] = app.posts
    verifier = SignatureVerifier(slack.state.signing_secret)
    assert verifier.is_valid_request(post.body, dict(post.headers))
    told = app.payload
    assert (told["type"], told["team"]["id"], told["user"]["id"]) == ("block_actions", "T0ACME", "U0ANA")
    assert told["container"] == {"type": "message", "message_ts": asked.ts, "channel_id": OPS, "is_ephemeral": False}
    [action] = told["actions"]
    assert {name: action[name] for name in ("action_id", "value", "type")} == {
        "action_id": "answer:approve", "value": "ap-1", "type": "button",
    }  # fmt: skip
    assert told["message"]["blocks"][0]["elements"] == [BUTTON]


def test_somebody_from_another_workspace_comes_with_their_own(slack: CastSlack, app: App, asked: SlackMessage) -> None:
    """The app's own stands beside it."""
    slack.team.user("U0ZOE", "zoe", home="T0PARTNER")
    slack.actor("U0ZOE", app).press(asked, "answer:approve")
    assert (app.payload["team"]["id"], app.payload["user"]["team_id"]) == ("T0ACME", "T0PARTNER")
    assert slack.client().users_info(user="U0ZOE")["user"]["team_id"] == "T0PARTNER"


def test_what_is_not_shown_any_more_cannot_be_pressed_but_from_an_old_screen(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    slack.client().chat_update(channel=OPS, ts=asked.ts, text="done")
    with pytest.raises(NoSuchButton):
        ana.press(asked, "answer:approve")
    ana.send(ana.press_request(asked, "answer:approve", blocks=asked.versions[0][1]))
    assert app.payload["actions"][0]["value"] == "ap-1"


@pytest.mark.parametrize(("seconds", "error"), [(0, "exchanged_trigger_id"), (4, "expired_trigger_id")])
def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage, seconds: int, error: str
) -> None:
    ana.press(asked, "answer:approve")
    trigger_id = app.payload["trigger_id"]
    slack.clock.forward(seconds=seconds)
    if not seconds:
        slack.client().views_open(trigger_id=trigger_id, view=MODAL)
    with pytest.raises(SlackApiError) as refused:
        slack.client().views_open(trigger_id=trigger_id, view=MODAL)
    assert refused.value.response["error"] == error
    assert (ana.modal is None) == bool(seconds)


def test_a_submission_tells_the_fields_by_block_and_action(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    open_modal(slack, app, ana, asked)
    ana.submit({"comment": "fine", "form.size": "m"})
    assert ana.modal is None
    told = app.payload["view"]
    assert (told["callback_id"], told["private_metadata"]) == ("answer", '{"approval": "ap-1"}')
    option = {"text": {"type": "plain_text", "text": "m"}, "value": "m"}
    assert told["state"]["values"] == {
        "comment": {"value": {"type": "plain_text_input", "value": "fine"}},
        "form.size": {"value": {"type": "static_select", "selected_option": option}},
    }


@pytest.mark.parametrize("values", [{}, {"comment": ""}, {"comment": "x" * 21}, {"comment": "x", "form.size": "xl"}])
def test_slacks_own_window_keeps_back_what_is_not_filled_in(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage, values: dict[str, str]
) -> None:
    open_modal(slack, app, ana, asked)
    with pytest.raises(InvalidInput):
        ana.submit(values)
    assert ana.modal
    assert len(app.posts) == 1


@pytest.mark.parametrize(
    ("answer", "errors"),
    [
        (b'{"response_action": "errors", "errors": {"comment": "Say more"}}', {"comment": "Say more"}),
        (b'{"response_action": "errors", "errors": {"elsewhere": "Say more"}}', "trouble"),
        (b'{"response_action": "shout"}', "trouble"),
        (b"thanks", "trouble"),
    ],
)
def test_the_answer_to_a_submission_is_in_the_modal(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage, answer: bytes, errors: Any
) -> None:
    open_modal(slack, app, ana, asked)
    app.answers["interactions"] = answer
    ana.submit({"comment": "fine"})
    assert ana.modal
    if errors == "trouble":
        assert "trouble" in ana.modal.errors[""]
    else:
        assert ana.modal.errors == errors


def test_an_answer_after_three_seconds_is_trouble(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    open_modal(slack, app, ana, asked)
    app.seconds = 3.1
    ana.submit({"comment": "fine"})
    assert ana.modal
    assert "trouble" in ana.modal.errors[""]


def test_a_modal_is_updated_by_the_answer(slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage) -> None:
    open_modal(slack, app, ana, asked)
    changed = {**MODAL, "title": {"type": "plain_text", "text": "Really?"}}
    app.answers["interactions"] = json.dumps({"response_action": "update", "view": changed}).encode()
    ana.submit({"comment": "fine"})
    assert ana.modal
    assert ana.modal.content["title"]["text"] == "Really?"


def test_a_modal_is_put_on_top_by_the_answer(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    open_modal(slack, app, ana, asked)
    first = ana.modal
    pushed = {**MODAL, "callback_id": "second"}
    app.answers["interactions"] = json.dumps({"response_action": "push", "view": pushed}).encode()
    ana.submit({"comment": "fine"})
    assert ana.modal
    assert ana.modal.content["callback_id"] == "second"
    app.answers.clear()
    ana.submit({"comment": "fine"})
    assert ana.modal is first


def test_a_response_url_takes_five_messages(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    ana.press(asked, "answer:approve")
    webhook = WebhookClient(app.payload["response_url"])
    statuses = [webhook.send(text=f"no {number}").status_code for number in range(6)]
    assert statuses == [200] * 5 + [404]
    assert [message.text for message in slack.team.ephemerals("U0ANA")] == [f"no {number}" for number in range(5)]


def test_a_response_url_lasts_thirty_minutes(
    slack: CastSlack, app: App, ana: SimulatedUser, asked: SlackMessage
) -> None:
    ana.press(asked, "answer:approve")
    slack.clock.forward(minutes=31)
    answer = WebhookClient(app.payload["response_url"]).send(text="late")
    assert (answer.status_code, answer.body) == (404, "expired_url")


def test_a_command_is_a_form_and_its_answer_is_shown_to_the_person(
    slack: CastSlack, app: App, ana: SimulatedUser
) -> None:
    app.answers["commands"] = b'{"response_type": "ephemeral", "text": "Nothing waits for you"}'
    ana.command("mine", channel=OPS)
    fields = parse_qs(app.posts[-1].body.decode())
    assert (fields["command"], fields["text"], fields["user_id"]) == (["/approvals"], ["mine"], ["U0ANA"])
    [shown] = slack.team.ephemerals("U0ANA")
    assert (shown.channel, shown.text) == (OPS, "Nothing waits for you")


def test_a_shortcut_and_the_home_tab_tell_who_came(app: App, ana: SimulatedUser) -> None:
    ana.shortcut("my_approvals")
    assert (app.payload["type"], app.payload["callback_id"]) == ("shortcut", "my_approvals")
    ana.open_home()
    told = json.loads(app.posts[-1].body)
    assert (told["type"], told["event"]["type"], told["event"]["user"]) == (
        "event_callback",
        "app_home_opened",
        "U0ANA",
    )
