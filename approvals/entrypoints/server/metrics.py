"""The metrics of a gateway's processes, served to Prometheus on a port of their own.

The socket and the folder of values are made before the processes fork; each process answers for all of them. On the
loopback address nobody is asked for a key; on any other an API key with the scope `metrics` is required.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from approvals.domain import api_keys
from approvals.domain.api_keys import ApiKey
from approvals.domain.model.errors import Forbidden, Misconfigured, Unauthenticated, Unavailable
from approvals.domain.model.records import Backlog
from approvals.entrypoints.server.sockets import opened
from approvals.settings.environment import Settings, export
from approvals.settings.parsers import listens_on_loopback
from approvals.telemetry.gauges import Reading, readings
from approvals.telemetry.instruments import DATABASE_UP
from approvals.telemetry.meter import Meter

if TYPE_CHECKING:
    from approvals.telemetry.prometheus import Prometheus

PATH = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
CLIENT_SECONDS = 3
READ_EVERY_SECONDS = 5.0
"""However often somebody asks, a process reads the gauges from the database no more often."""

log = logging.getLogger(__name__)


class Metrics:
    """The metrics of this gateway: made before the fork, started in each process."""

    def __init__(self, settings: Settings) -> None:
        """Open the port and make the folder. Raises Misconfigured."""
        try:
            from approvals.telemetry.prometheus import FOLDER_VARIABLE, Folder
        except ModuleNotFoundError:
            more = "APPROVALS_METRICS_LISTEN needs one more package: pip install 'approvals-gateway[metrics]'"
            raise Misconfigured(more) from None
        number = opened(settings.metrics_listen, variable="APPROVALS_METRICS_LISTEN").removeprefix("fd://")
        self._listening = socket.socket(fileno=int(number))
        self._keys = None if listens_on_loopback(settings.metrics_listen) else settings.api_keys
        self._folder = Folder()
        export(FOLDER_VARIABLE, str(self._folder.path))
        self._prometheus: Prometheus | None = None

    def meter(self) -> Meter | None:
        """Return the observer of this process; None if there is no room for its files, which must stop no approval."""
        from approvals.telemetry.prometheus import Prometheus

        try:
            self._prometheus = Prometheus(self._folder)
        except OSError:
            log.exception("there is no room for metrics: this process counts nothing", extra={"event": "metrics.off"})
            return None
        return Meter(self._prometheus.record)

    def start(self, backlog: Callable[[], Backlog]) -> None:
        """Answer Prometheus in a thread of this process."""
        if self._prometheus is None:
            return
        from approvals.telemetry.prometheus import build_info

        gauges = Gauges(backlog, build=build_info(version("approvals-gateway")))
        prometheus = self._prometheus
        server = _Server(self._listening, text=lambda: prometheus.text(gauges), keys=self._keys)
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def retire(self, pid: int) -> None:
        """Keep what a process counted that has ended. A failure must not stop the process that starts the next one."""
        try:
            self._folder.retire(pid)
        except OSError:
            log.exception("the metrics of a process that ended are lost", extra={"event": "metrics.error"})

    def remove(self) -> None:
        """Remove the folder, at the end of the last process."""
        self._folder.remove()


def metrics_of(settings: Settings) -> Metrics | None:
    """Return the metrics if they are on. Raises Misconfigured."""
    return Metrics(settings) if settings.metrics_listen else None


class Gauges:
    """Reads the gauges from the database, and keeps them for some seconds."""

    def __init__(
        self, backlog: Callable[[], Backlog], *, build: Reading, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._backlog, self._build, self._monotonic = backlog, build, monotonic
        self._lock = threading.Lock()
        self._read_at, self._kept = float("-inf"), list[Reading]()

    def __call__(self) -> list[Reading]:
        with self._lock:
            if self._monotonic() - self._read_at >= READ_EVERY_SECONDS:
                self._kept, self._read_at = self._readings(), self._monotonic()
            return self._kept

    def _readings(self) -> list[Reading]:
        try:
            found = list(readings(self._backlog()))
        except Unavailable:
            return [self._build, (DATABASE_UP, 0.0, ())]
        return [self._build, (DATABASE_UP, 1.0, ()), *found]


class _Server(HTTPServer):
    """One request at a time: a slow client delays other scrapes only."""

    def __init__(self, listening: socket.socket, *, text: Callable[[], bytes], keys: Sequence[ApiKey] | None) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.text, self.keys = listening, text, keys

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class names them
        log.warning("a scrape of the metrics failed", exc_info=True, extra={"event": "metrics.error"})


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = CLIENT_SECONDS
    server_version, sys_version = "approvals", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self._answer(404, b"the metrics are at /metrics\n")
        elif (refused := self._refused()) is not None:
            self._answer(refused, b"an API key with the scope metrics is required\n")
        else:
            self._answer(200, self.server.text())

    def _refused(self) -> int | None:
        if self.server.keys is None:
            return None
        try:
            api_keys.caller(self.server.keys, self.headers.get("Authorization", ""), scope="metrics")
        except Unauthenticated:
            return 401
        except Forbidden:
            return 403
        return None

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: a scrape comes every few seconds."""
