"""Calls that go wrong as on a real network: lost before or after they took effect, refused, throttled, late.
A fault meets the next call of its operation, told by X-Amz-Target; SNS and SES send none, and pass unseen.
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
Fault = Callable[[Serve], RawResponse | None]  # no answer: the connection is closed


def error_response(status: str, code: str, message: str) -> RawResponse:
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(body)))]
    return RawResponse(status, headers, body)


class DropBeforeApply:
    """The call never arrives."""

    def __call__(self, _serve: Serve) -> None:
        return None


class DropAfterApply:
    """The call takes effect and the answer is lost."""

    def __call__(self, serve: Serve) -> None:
        serve()


@dataclass(frozen=True, kw_only=True)
class ServerError:
    """HTTP 500, which tells nothing about whether the call took effect."""

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
    """The call takes effect, and its answer comes late."""

    seconds: float

    def __call__(self, serve: Serve) -> RawResponse:
        answer = serve()
        time.sleep(self.seconds)
        return answer


class Faults:
    """Middleware in front of the local services; counts the calls that arrive, by operation."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._laid: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.calls: Counter[str] = Counter()

    def next(self, operation: str, *faults: Fault) -> None:
        """The next calls of `operation` meet these faults, one each."""
        with self._lock:
            self._laid[operation].extend(faults)

    def reset(self) -> None:
        with self._lock:
            self._laid.clear()
            self.calls.clear()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        with self._lock:
            self.calls[operation] += 1
            laid = self._laid[operation]
            fault = laid.popleft() if laid else None
        if fault is None:
            return self._application(environ, start_response)
        answer = fault(lambda: self._serve(environ))
        if answer is None:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError(f"{operation} is answered by silence")
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _serve(self, environ: Environ) -> RawResponse:
        started: list[Any] = []
        body = b"".join(self._application(environ, lambda status, headers, *_: started.extend((status, headers))))
        return RawResponse(started[0], started[1], body)
