"""The fake Slack's server: a context manager that serves the Web API on loopback."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from approvals.demo.fake_slack.faults import Faults
from approvals.demo.fake_slack.state.store import SlackState, system_now
from approvals.demo.fake_slack.state.workspace import SlackMessage, Workspace
from approvals.demo.fake_slack.transport.socket_mode import SocketMode
from approvals.demo.fake_slack.transport.web_api import WebApi

HOST = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Log no requests."""


class LocalSlack:
    """The server with its `state` and its `faults`. Its URL is known once it is entered."""

    def __init__(self, *, now: Callable[[], datetime] = system_now, port: int = 0) -> None:
        self.state = SlackState(now=now)
        self.sockets = SocketMode(self.state)
        self.state.new_socket_url = self.sockets.new_url
        self.faults = Faults(WebApi(self.state))
        self._port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL for APPROVALS_SLACK_API_URL and slack_sdk's `base_url`."""
        return f"{self.origin}/api/"

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self._port}"

    def workspace(self, team_id: str = "T0ACME", **how: Any) -> Workspace:
        return self.state.workspace(team_id, **how)

    @property
    def tokens(self) -> str:
        """The value for APPROVALS_SLACK_TOKENS."""
        return ",".join(f"{team.id}={team.token}" for team in self.state.workspaces.values())

    def wait_for(self, look: Callable[[], Any], *, seconds: float = 10) -> Any:
        """Wait until `look` returns something truthy and return it. Raise AssertionError if it does not in time."""
        with self.state.changed:
            found = self.state.changed.wait_for(look, timeout=seconds)
        if not found:
            raise AssertionError(f"the condition did not become true within {seconds} s")
        return found

    def wait_for_message(self, team: Workspace, channel: str, wanted: Callable[[SlackMessage], bool]) -> SlackMessage:
        found: SlackMessage = self.wait_for(lambda: next(filter(wanted, team.messages_in(channel)), None))
        return found

    @contextmanager
    def unreachable(self) -> Generator[None]:
        """Refuse connections inside the block. The state and the port are kept."""
        self._stop()
        with socket.socket() as kept:
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            kept.bind((HOST, self._port))
            try:
                yield
            finally:
                kept.listen()
                self._start(kept.fileno())

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self, listener: int | None = None) -> None:
        server = make_server(
            HOST, self._port, self.faults, threaded=True, request_handler=QuietHandler, fd=listener
        )  # fmt: skip
        self._server, self._port = server, server.socket.getsockname()[1]
        self.state.origin = self.origin
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        self.sockets.stop()
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._server = self._thread = None
