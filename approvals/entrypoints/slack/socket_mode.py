"""Socket Mode: the same actions over a websocket to Slack, for a gateway without a public address.

The app-level token authenticates the connection, so requests are not signed. If an envelope is not acknowledged within
three seconds, Slack shows the person an error; a repeated envelope is the same answer.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

import msgspec

from approvals.domain.model.errors import Forbidden
from approvals.entrypoints.slack.button_press import interact
from approvals.entrypoints.slack.context import Ack, Slack
from approvals.entrypoints.slack.events import handle_event
from approvals.entrypoints.slack.payloads import Command, EventCallback, Interaction
from approvals.entrypoints.slack.routes import run_each
from approvals.entrypoints.slack.slash_command import command

if TYPE_CHECKING:
    from slack_sdk.socket_mode import SocketModeClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

RETRY_SECONDS = 5.0
_QUIET = logging.getLogger("approvals.slack_socket")
_QUIET.setLevel(logging.ERROR)
"""slack_sdk logs whole messages at debug, each reconnection at info, what it cannot read as a warning, as it is."""
_SILENT = logging.getLogger("approvals.slack_sdk")
_SILENT.setLevel(logging.CRITICAL + 1)
"""Of the call that opens a connection it logs the answer, which holds the way in."""

log = logging.getLogger(__name__)


class SocketMode:
    """A connection that opens at start, is restored after a loss, and closes at stop."""

    def __init__(self, slack: Slack, *, app_token: str, api_url: str, retry_seconds: float = RETRY_SECONDS) -> None:
        self._slack, self._app_token, self._api_url = slack, app_token, api_url
        self._retry_seconds = retry_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._hold, name="slack", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, seconds: float) -> None:
        self._stopping.set()
        self._thread.join(seconds)

    def _hold(self) -> None:
        """Open the first connection, with retries; the client itself restores a lost connection."""
        client = self._client()
        try:
            while not self._stopping.is_set() and not self._connected(client):
                self._stopping.wait(self._retry_seconds)
            self._stopping.wait()
        finally:
            _hang_up(client)
            client.close()

    def _client(self) -> "SocketModeClient":
        from slack_sdk import WebClient
        from slack_sdk.socket_mode import SocketModeClient

        web = WebClient(base_url=self._api_url, retry_handlers=[], logger=_SILENT)
        client = SocketModeClient(
            self._app_token, web_client=web, logger=_QUIET, ping_interval=self._retry_seconds
        )  # fmt: skip
        client.socket_mode_request_listeners.append(self._received)
        return client

    def _connected(self, client: "SocketModeClient") -> bool:
        """Try to connect. Slack may be unreachable at start, and reachable later."""
        from slack_sdk.errors import SlackClientError

        try:
            client.connect()
        except (SlackClientError, OSError, HTTPException) as error:
            log.warning("Socket Mode: there is no connection: %s", _reason(error), extra={"event": "slack.no_socket"})
            return False
        return True

    def _received(self, client: "BaseSocketModeClient", request: "SocketModeRequest") -> None:
        """Handle an envelope, in a thread of the client. Without an acknowledgement the person sees the failure."""
        try:
            ack = handled(self._slack, request.type, request.payload)
        except Exception:
            log.exception("an envelope of Socket Mode failed", extra={"event": "slack.error"})
            return
        answer: dict[str, Any] = {"envelope_id": request.envelope_id}
        if ack.body is not None:
            answer["payload"] = ack.body
        client.send_socket_mode_response(answer)
        run_each(ack.later)


def _hang_up(client: "SocketModeClient") -> None:
    """Close the socket first: the client's own closing would wait for its receive time-out of three seconds."""
    client.auto_reconnect_enabled = False
    session = client.current_session
    if session and session.sock:
        with suppress(OSError):
            session.sock.shutdown(SHUT_RDWR)


def _reason(error: Exception) -> str:
    """Return Slack's error code, such as invalid_auth."""
    response = getattr(error, "response", None)
    return str(response["error"]) if response is not None else type(error).__name__


_KINDS: dict[str, tuple[type[Any], Callable[[Slack, Any], Ack]]] = {
    "interactive": (Interaction, interact),
    "slash_commands": (Command, command),
    "events_api": (EventCallback, handle_event),
}


def handled(slack: Slack, kind: str, payload: dict[str, Any]) -> Ack:
    """Handle an envelope. One that is not for this gateway is acknowledged and ignored, or Slack would repeat it."""
    if kind not in _KINDS:
        return Ack()
    shape, act = _KINDS[kind]
    try:
        return act(slack, msgspec.convert(payload, shape))
    except (msgspec.ValidationError, Forbidden) as error:
        log.warning("an envelope of Socket Mode is passed over: %s", error, extra={"event": "slack.refused"})
        return Ack()
