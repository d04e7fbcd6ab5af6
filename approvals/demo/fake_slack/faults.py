"""Fault injection: calls that fail, hang or get lost, for a number of calls or until `clear`."""

import json
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Serve = Callable[[], Response]
Fault = Callable[[Serve], Response | None]  # None: the connection is broken
EVERY_METHOD = "*"


def drop_before(_serve: Serve) -> None:
    """Drop the connection before the call takes effect."""


def drop_after(serve: Serve) -> None:
    """Drop the connection after the call has taken effect."""
    serve()


@dataclass(frozen=True)
class Fails:
    """A response with one of Slack's error names; the call has no effect."""

    error: str
    status: int = 200

    def __call__(self, _serve: Serve) -> Response:
        body = json.dumps({"ok": False, "error": self.error})
        return Response(body, self.status, content_type="application/json; charset=utf-8")


@dataclass(frozen=True)
class ServerError:
    """An HTTP error with an HTML body; with `applied` the call still takes effect."""

    status: int = 503
    applied: bool = False

    def __call__(self, serve: Serve) -> Response:
        if self.applied:
            serve()
        return Response("<html>upstream connect error</html>", self.status, content_type="text/html")


@dataclass(frozen=True)
class RateLimited:
    retry_after: int = 30

    def __call__(self, _serve: Serve) -> Response:
        answer = Fails("ratelimited", 429)(_serve)
        answer.headers["Retry-After"] = str(self.retry_after)
        return answer


@dataclass(frozen=True)
class Hangs:
    """No response: the connection hangs until `released` is set, then drops."""

    released: threading.Event = field(default_factory=threading.Event)
    at_most: float = 60

    def __call__(self, _serve: Serve) -> None:
        self.released.wait(self.at_most)


class Faults:
    """WSGI middleware that applies faults to Web API calls."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}

    def next(self, method: str, *faults: Fault) -> None:
        """Apply each of these faults to one of the next calls of the method; `*` matches any method."""
        with self._lock:
            self._next[method].extend(faults)

    def always(self, method: str, fault: Fault) -> None:
        """Apply the fault to every call of the method until `clear`."""
        with self._lock:
            self._always[method] = fault

    def clear(self) -> None:
        with self._lock:
            self._next.clear()
            self._always.clear()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        fault = self._fault_for(environ["PATH_INFO"].removeprefix("/api/"))
        if fault is None:
            return self._application(environ, start_response)
        answer = fault(lambda: Response.from_app(self._application, environ, buffered=True))
        if answer is None:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("the response was dropped")
        return answer(environ, start_response)

    def _fault_for(self, method: str) -> Fault | None:
        with self._lock:
            for name in (method, EVERY_METHOD):
                if self._next[name]:
                    return self._next[name].popleft()
            return self._always.get(method) or self._always.get(EVERY_METHOD)
