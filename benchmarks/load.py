"""The load generator, a separate process that sends a fixed number of requests over keep-alive connections.

`python -m benchmarks.load` reads a Plan from stdin, prints a Tally, and ends after SECONDS at the latest.
"""

import selectors
import socket
import statistics
import sys
import time
from collections import Counter, deque

import msgspec

SECONDS = 60
RENEWED_AFTER = 64
"""Requests per connection: new connections spread the load over the server's processes."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The requests to send, as raw bytes, each sent once."""

    port: int
    clients: int
    requests: list[bytes]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The result: responses by status, and their times."""

    seconds: float
    statuses: dict[int, int]
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds


class Client:
    """One connection with at most one outstanding request."""

    def __init__(self, port: int, waiting: deque[bytes]) -> None:
        self._port, self._waiting = port, waiting
        self._answer = b""
        self._sent_at = 0.0
        self._left = 0
        self.socket: socket.socket | None = None

    def send_next(self, selector: selectors.BaseSelector) -> bool:
        """Send the next request. Return False if there is none left."""
        if not self._waiting:
            self._close(selector)
            return False
        if self._left == 0:
            self._close(selector)
            self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(self.socket, selectors.EVENT_READ, self)
            self._left = RENEWED_AFTER
        self._left -= 1
        self._answer, self._sent_at = b"", time.perf_counter()
        assert self.socket is not None
        self.socket.sendall(self._waiting.popleft())
        return True

    def receive(self) -> tuple[int, float] | None:
        """Return the status and time of the response once it is complete."""
        assert self.socket is not None
        piece = self.socket.recv(65536)
        self._answer += piece
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not piece and not end:
            raise ConnectionError("the server closed a connection without an answer")
        if not end or len(body) < _length(head):
            return None
        if b"\nconnection: close" in head.lower():
            self._left = 0
        return int(head[9:12]), time.perf_counter() - self._sent_at

    def _close(self, selector: selectors.BaseSelector) -> None:
        if self.socket:
            selector.unregister(self.socket)
            self.socket.close()
            self.socket = None


def run(plan: Plan) -> Tally:
    waiting = deque(plan.requests)
    statuses: Counter[int] = Counter()
    took: list[float] = []
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        open_clients = sum(Client(plan.port, waiting).send_next(selector) for _ in range(plan.clients))
        while open_clients:
            if time.perf_counter() - began > SECONDS:
                raise TimeoutError(f"not finished after {SECONDS} s: {dict(statuses)}")
            for key, _ in selector.select(timeout=1):
                if answer := key.data.receive():
                    statuses[answer[0]] += 1
                    took.append(answer[1])
                    open_clients -= not key.data.send_next(selector)
    seconds = time.perf_counter() - began
    cuts = statistics.quantiles(took, n=100)
    return Tally(seconds=seconds, statuses=dict(statuses), p50_ms=cuts[49] * 1000, p99_ms=cuts[98] * 1000)


def request(method: str, path: str, *, body: bytes = b"", **headers: str) -> bytes:
    """Return a raw request. Header names are given with underscores, such as `content_type`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\ncontent-length:")
    return int(lowered[at + 16 :].split(b"\r", 1)[0]) if at >= 0 else 0


if __name__ == "__main__":
    print(msgspec.json.encode(run(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan))).decode())
