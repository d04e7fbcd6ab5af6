"""Socket Mode: interactions, commands and events over a websocket that the app opens."""

import contextlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from approvals.demo.fake_slack.state.store import SlackState
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest

HOST = "127.0.0.1"
MOST_CONNECTIONS = 10
SECONDS_TO_STOP = 5


@dataclass
class Envelope:
    """A message that waits for its acknowledgement."""

    acknowledged: threading.Event = field(default_factory=threading.Event)
    payload: Any = None


class SocketMode:
    """The websocket server, started by the first `apps.connections.open`."""

    def __init__(self, state: SlackState) -> None:
        self._state = state
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._tickets: set[str] = set()
        self._connections: list[ServerConnection] = []
        self._waiting: dict[str, Envelope] = {}
        self.opened = 0
        """The number of connections so far."""

    @property
    def connected(self) -> int:
        return len(self._connections)

    def new_url(self) -> str:
        """Return a URL that is valid for one connection."""
        if self._server is None:
            self._server = serve(self._hold, HOST, 0, ping_interval=None, close_timeout=0.1)
            self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
            self._thread.start()
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        port = self._server.socket.getsockname()[1]
        return f"ws://{HOST}:{port}/link/?ticket={ticket}&app_id={self._state.app_id}"

    def send(self, post: SlackRequest, *, patience: float = 10) -> AppResponse:
        """Send over one connection and return its acknowledgement as a response; status 0 if there is none."""
        envelope_id, envelope, began = secrets.token_hex(16), Envelope(), time.monotonic()
        with self._state.changed:
            self._waiting[envelope_id] = envelope
            connections = list(self._connections)
        if not connections:
            return AppResponse(status=0)
        with contextlib.suppress(ConnectionClosed):
            connections[-1].send(json.dumps(_written(post) | {"envelope_id": envelope_id}))
        if not envelope.acknowledged.wait(patience):
            return AppResponse(status=0, seconds=time.monotonic() - began)
        body = json.dumps(envelope.payload).encode() if envelope.payload else b""
        return AppResponse(status=200, body=body, seconds=time.monotonic() - began)

    def ask_to_reconnect(self) -> None:
        """Ask all clients to reconnect and close their connections, as Slack does at intervals."""
        for connection in list(self._connections):
            connection.send(json.dumps({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}))
            _hang_up(connection)

    def stop(self) -> None:
        if self._server and self._thread:
            for connection in list(self._connections):
                _hang_up(connection)
            self._server.shutdown()
            self._thread.join(SECONDS_TO_STOP)
        self._server = self._thread = None

    def _hold(self, connection: ServerConnection) -> None:
        if not self._admitted(connection):
            connection.close(1008, "invalid ticket")
            return
        try:
            connection.send(json.dumps(self._hello()))
            for received in connection:
                self._acknowledge(cast("str", received))
        except ConnectionClosed:
            pass
        finally:
            with self._state.changed:
                self._connections.remove(connection)
                self._state.changed.notify_all()

    def _admitted(self, connection: ServerConnection) -> bool:
        asked = parse_qs(urlsplit(connection.request.path if connection.request else "").query)
        [ticket] = asked.get("ticket", [""])
        with self._state.changed:
            if ticket not in self._tickets or len(self._connections) >= MOST_CONNECTIONS:
                return False
            self._tickets.remove(ticket)
            self._connections.append(connection)
            self.opened += 1
            self._state.changed.notify_all()
        return True

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello", "num_connections": self.connected, "connection_info": {"app_id": self._state.app_id},
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18_060},
        }  # fmt: skip

    def _acknowledge(self, received: str) -> None:
        try:
            said = json.loads(received)
        except ValueError:
            return
        envelope = self._waiting.pop(str(said.get("envelope_id")), None) if isinstance(said, dict) else None
        if envelope:
            envelope.payload = said.get("payload")
            envelope.acknowledged.set()


def _hang_up(connection: ServerConnection) -> None:
    """Close a connection whose client may be slow or gone."""
    with contextlib.suppress(ConnectionClosed):
        connection.close()


def _written(post: SlackRequest) -> dict[str, Any]:
    if post.kind == "events":
        retry = int(post.headers.get("X-Slack-Retry-Num", 0))
        reason = post.headers.get("X-Slack-Retry-Reason", "")
        told = {"retry_attempt": retry, "retry_reason": reason, "accepts_response_payload": False}
        return {"type": "events_api", "payload": json.loads(post.body), **told}
    fields = dict(parse_qsl(post.body.decode(), keep_blank_values=True))
    if post.kind == "commands":
        return {"type": "slash_commands", "payload": fields, "accepts_response_payload": True}
    accepts = json.loads(fields["payload"])["type"] == "view_submission"
    return {"type": "interactive", "payload": json.loads(fields["payload"]), "accepts_response_payload": accepts}
