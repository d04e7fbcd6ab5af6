"""Socket Mode end to end: slack_sdk's client on one side, acting people on the other."""

import json
from collections.abc import Callable, Generator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.demo.fake_slack.test_acting import BUTTON, MODAL
from tests.support.aws.state_machines import eventually
from tests.support.slack.workspace import OPS, CastSlack

Handle = Callable[[SocketModeRequest], dict[str, Any] | None]


class App:
    """Connected; keeps what it is sent, and acknowledges it with what `answer` makes of it."""

    def __init__(self, slack: CastSlack) -> None:
        self.requests: list[SocketModeRequest] = []
        self.answer: Handle = lambda _: None
        self.client = SocketModeClient(
            slack.state.app_token, web_client=WebClient(slack.team.token, base_url=slack.url), ping_interval=0.1
        )
        self.client.socket_mode_request_listeners.append(self._take)  # type: ignore[arg-type]
        self.client.connect()
        slack.wait_for(lambda: slack.sockets.connected == 1)

    def close(self, slack: CastSlack) -> None:
        """Slack's side first, and to its end: two threads of the client must not close the same socket."""
        self.client.auto_reconnect_enabled = False
        slack.sockets.stop()
        eventually(lambda: not self.client.is_connected())
        self.client.close()

    def _take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=self.answer(request))
        )


@pytest.fixture
def app(slack: CastSlack) -> Generator[App]:
    made = App(slack)
    yield made
    made.close(slack)


def test_a_press_a_command_and_an_event_arrive_and_are_acknowledged(slack: CastSlack, app: App) -> None:
    said = slack.client().chat_postMessage(channel=OPS, text="?", blocks=[{"type": "actions", "elements": [BUTTON]}])
    message = slack.team.find_message(OPS, said["ts"])
    assert message
    ana = slack.actor("U0ANA", slack.sockets.send)
    assert ana.press(message, "answer:approve").status == 200
    app.answer = lambda _: {"text": "Nothing waits for you"}
    ana.command("mine")
    ana.open_home()
    press, command, event = app.requests
    assert (press.type, press.payload["user"]["id"]) == ("interactive", "U0ANA")
    assert press.payload["actions"][0]["value"] == "ap-1"
    assert (command.type, command.payload["text"]) == ("slash_commands", "mine")
    assert (event.type, event.payload["event"]["type"]) == ("events_api", "app_home_opened")
    assert [message.text for message in slack.team.ephemerals("U0ANA")] == ["Nothing waits for you"]


def test_a_modal_is_answered_through_the_socket(slack: CastSlack, app: App) -> None:
    ana = slack.actor("U0ANA", slack.sockets.send)
    ana.shortcut("my_approvals")
    slack.client().views_open(trigger_id=app.requests[0].payload["trigger_id"], view=MODAL)
    app.answer = lambda _: {"response_action": "errors", "errors": {"comment": "Say more"}}
    ana.submit({"comment": "fine"})
    assert ana.modal
    assert ana.modal.errors == {"comment": "Say more"}


def test_the_client_comes_back_when_it_is_asked_to_reconnect(slack: CastSlack, app: App) -> None:
    slack.sockets.ask_to_reconnect()
    slack.wait_for(lambda: slack.sockets.opened == 2 and slack.sockets.connected == 1)
    slack.actor("U0ANA", slack.sockets.send).shortcut("my_approvals")
    assert app.requests[-1].payload["callback_id"] == "my_approvals"


def test_without_a_connection_nothing_is_delivered(slack: CastSlack) -> None:
    assert slack.actor("U0ANA", slack.sockets.send).shortcut("my_approvals").status == 0


@pytest.mark.parametrize("token", ["xapp-other", "xoxb-T0ACME-local"])
def test_the_socket_wants_the_apps_own_token(slack: CastSlack, token: str) -> None:
    with pytest.raises(SlackApiError, match=r"invalid_auth|not_allowed_token_type"):
        slack.client().apps_connections_open(app_token=token)


def test_an_address_is_good_for_one_connection(slack: CastSlack) -> None:
    url = slack.client().apps_connections_open(app_token=slack.state.app_token)["url"]
    with connect(url) as first, connect(url) as second:
        assert json.loads(first.recv())["type"] == "hello"
        with pytest.raises(ConnectionClosed, match="invalid ticket"):
            second.recv()


def test_a_client_that_is_gone_before_it_is_greeted_is_not_counted(slack: CastSlack) -> None:
    url = slack.sockets.new_url()
    with slack.state.changed, connect(url):
        pass  # nobody is admitted before it has hung up again
    slack.wait_for(lambda: slack.sockets.opened == 1 and slack.sockets.connected == 0)
