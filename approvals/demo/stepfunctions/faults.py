"""Fault injection: calls that are dropped before or after they take effect, rejected, throttled or delayed.

A fault applies to the next call of its operation, identified by X-Amz-Target. SNS and SES do not send that header, so
their calls pass without faults.
"""

import json
import socket
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class RawResponse:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


Serve = Callable[[], RawResponse]
Fault = Callable[[Serve], RawResponse | None]  # None closes the connection


def error_response(status: str, code: str, message: str) -> RawResponse:
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(body)))]
    return RawResponse(status, headers, body)


class DropBeforeApply:
    """Drop the connection before the call takes effect."""

    def __call__(self, _serve: Serve) -> None:
        return None


class DropAfterApply:
    """Drop the connection after the call has taken effect."""

    def __call__(self, serve: Serve) -> None:
        serve()


@dataclass(frozen=True, kw_only=True)
class ServerError:
    """HTTP 500; with `applied` the call still takes effect."""

    applied: bool

    def __call__(self, serve: Serve) -> RawResponse:
        if self.applied:
            serve()
        return error_response("500 Internal Server Error", "InternalFailure", "The request processing has failed.")


class Throttled:
    def __call__(self, _serve: Serve) -> RawResponse:
        return error_response("400 Bad Request", "ThrottlingException", "Rate exceeded")


class AccessDenied:
    def __call__(self, _serve: Serve) -> RawResponse:
        return error_response(
            "400 Bad Request", "AccessDeniedException", "User is not authorized to perform this action"
        )


@dataclass(frozen=True)
class Delay:
    """Delay the response of a call that takes effect."""

    seconds: float

    def __call__(self, serve: Serve) -> RawResponse:
        answer = serve()
        time.sleep(self.seconds)
        return answer


class Faults:
    """WSGI middleware that applies faults to the local services and counts the calls of each operation."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._queued: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.calls: Counter[str] = Counter()

    def next(self, operation: str, *faults: Fault) -> None:
        """Apply each of these faults to one of the next calls of `operation`."""
        with self._lock:
            self._queued[operation].extend(faults)

    def reset(self) -> None:
        with self._lock:
            self._queued.clear()
            self.calls.clear()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        with self._lock:
            self.calls[operation] += 1
            queued = self._queued[operation]
            fault = queued.popleft() if queued else None
        if fault is None:
            return self._application(environ, start_response)
        answer = fault(lambda: self._serve(environ))
        if answer is None:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError(f"the response to {operation} was dropped")
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _serve(self, environ: Environ) -> RawResponse:
        started: list[Any] = []
        body = b"".join(self._application(environ, lambda status, headers, *_: started.extend((status, headers))))
        return RawResponse(started[0], started[1], body)
