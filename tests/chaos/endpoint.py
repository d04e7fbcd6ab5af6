"""A Step Functions that breaks: it closes task tokens as AWS does, knows the truth about each, and loses answers."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Closed = Literal["callback", "workflow"]
Reply = tuple[int, dict[str, Any]]
CALLBACKS = ("SendTaskSuccess", "SendTaskFailure")
OK: Reply = (200, {})
TIMED_OUT: Reply = (
    400,
    {"__type": "TaskTimedOut", "message": "Task Timed Out: 'Provided task does not exist anymore'"},
)
INVALID_TOKEN: Reply = (400, {"__type": "InvalidToken", "message": "Invalid Token: 'Invalid token'"})
THROTTLED: Reply = (400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
FAILED: Reply = (500, {"__type": "InternalFailure", "message": "The request processing has failed."})
FAULTS = {
    "drop before": 6, "drop after": 8, "fail before": 4, "fail after": 3, "throttle": 6, "delay before": 4,
    "delay after": 8, "none": 61,
}  # fmt: skip
LONGEST_DELAY, LONGEST_LAG = 3.0, 3.0


@dataclass(kw_only=True)
class Wait:
    """The truth about one waiting state. `sent` holds each callback that reached the endpoint, applied or not."""

    token: str
    execution: str | None
    known_from: float = 0.0
    closed_by: Closed | None = None
    accepted: dict[str, str] | None = None
    sent: list[dict[str, str]] = field(default_factory=list)
    visible_from: float = 0.0


class Endpoint:
    """The waiting states of all workflows, and the faults of the service that holds them."""

    def __init__(self, draws: random.Random) -> None:
        self.url, self.faulty, self.down_until = "", True, 0.0
        self.waits: dict[str, Wait] = {}
        self.faults: Counter[str] = Counter()
        self.in_a_call = threading.Event()
        """Set while a callback has been applied and its response is delayed: the worst moment for a kill."""
        self._draws, self._lock = draws, threading.Lock()

    def begin(self, token: str, *, execution: str | None, delay: float = 0.0) -> None:
        """Begin to wait, after `delay` seconds: until then nobody knows the token."""
        with self._lock:
            self.waits[token] = Wait(token=token, execution=execution, known_from=time.monotonic() + delay)

    def stop(self, token: str) -> None:
        """End the wait, as a workflow does that is stopped or times out."""
        with self._lock:
            wait = self.waits[token]
            wait.closed_by = wait.closed_by or "workflow"

    def draw(self) -> str:
        """Return the fault of the next call."""
        with self._lock:
            if not self.faulty:
                return "none"
            down = time.monotonic() < self.down_until
            fault = "drop before" if down else self._draws.choices(list(FAULTS), list(FAULTS.values()))[0]
            self.faults[fault] += 1
            return fault

    def seconds(self, most: float) -> float:
        with self._lock:
            return self._draws.uniform(0, most)

    def reached(self, operation: str, said: dict[str, Any]) -> None:
        """Record a callback as soon as it arrives, even if it is not applied."""
        wait = self.waits.get(said.get("taskToken", ""))
        if wait and operation in CALLBACKS:
            wait.sent.append(_body(said))

    def apply(self, operation: str, said: dict[str, Any]) -> Reply:
        if operation == "GetExecutionHistory":
            return 200, {"events": self._events(said["executionArn"])}
        with self._lock:
            wait = self.waits.get(said["taskToken"])
            if wait is None or time.monotonic() < wait.known_from:
                return INVALID_TOKEN
            if wait.closed_by:
                return TIMED_OUT
            if operation != "SendTaskHeartbeat":
                lag = self._draws.uniform(0, LONGEST_LAG) if self.faulty else 0
                wait.closed_by, wait.accepted, wait.visible_from = "callback", _body(said), time.monotonic() + lag
            return OK

    def _events(self, execution: str) -> list[dict[str, Any]]:
        """Return the events of an execution that can be seen already, latest first."""
        with self._lock:
            ended = [wait for wait in self.waits.values() if wait.execution == execution and wait.accepted]
        seen = sorted((w for w in ended if w.visible_from <= time.monotonic()), key=lambda w: -w.visible_from)
        return [_event(number, wait.accepted or {}) for number, wait in enumerate(seen, 1)]


def _body(said: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in said.items() if name != "taskToken"}


def _event(number: int, body: dict[str, str]) -> dict[str, Any]:
    kind = "Succeeded" if "output" in body else "Failed"
    details = {"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken", **body}
    return {"id": number, "timestamp": 0, "type": f"Task{kind}", f"task{kind}EventDetails": details}


@contextmanager
def serve_endpoint(draws: random.Random) -> Generator[Endpoint]:
    """Serve an endpoint on loopback for the duration of the block."""
    endpoint = Endpoint(draws)

    class Handler(_Handler):
        states = endpoint

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        endpoint.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    states: Endpoint

    def do_POST(self) -> None:
        self.close_connection = True
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        try:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        except (ValueError, OSError):  # the process that sent it was killed
            return
        self.states.reached(operation, said)
        reply = self._reply(self.states.draw(), operation, said)
        try:
            self._write(reply)
        except OSError:
            return

    def _reply(self, fault: str, operation: str, said: dict[str, Any]) -> Reply | None:
        """Return the reply, or None to drop the connection without one."""
        match fault:
            case "drop before":
                return None
            case "throttle":
                return THROTTLED
            case "fail before":
                return FAILED
            case "delay before":
                time.sleep(self.states.seconds(LONGEST_DELAY))
        reply = self.states.apply(operation, said)
        if fault == "delay after":
            if operation in CALLBACKS:
                self.states.in_a_call.set()
            time.sleep(self.states.seconds(LONGEST_DELAY))
        return {"drop after": None, "fail after": FAILED}.get(fault, reply)

    def _write(self, reply: Reply | None) -> None:
        if reply is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, content = reply
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in (("Connection", "close"), ("x-amzn-RequestId", "chaos"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...
