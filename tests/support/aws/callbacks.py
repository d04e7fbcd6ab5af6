"""Callbacks, and a fake AWS with scripted responses: recorded ones, a dropped connection, or none."""

import json
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.step_functions.callbacks import StepFunctions
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Result
from approvals.domain.model.records import Target
from tests.builders import EXECUTION_ARN, NOW

TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAb/secret+token=="  # what no reason may ever hold
SUCCESS = Callback(callback_id="callback-1", output='{"outcome":"approved","callbackId":"callback-1"}')
FAILURE = Callback(callback_id="callback-1", error="Approval.Rejected", cause='{"callbackId":"callback-1"}')
SLOWLY = timedelta(minutes=5)
HANG_UP, HANG, PROXY, TRUNCATED = "hang up", "hang", "proxy", "truncated"


@dataclass(kw_only=True)
class Aws:
    """Returns its responses in order and repeats the last. A response is (status, body) or one of the words above."""

    url: str = ""
    """Without it a call goes where AWS's own settings say."""
    answers: list[Any] = field(default_factory=lambda: [(200, "{}")])
    requests: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    received: list[tuple[str, HTTPMessage, bytes]] = field(default_factory=list)
    """The request lines, headers and bodies, of every method."""
    keep_alive: bool = False
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.requests]


@contextmanager
def an_aws(certificate: Path | None = None) -> Generator[Aws]:
    """Serve over HTTP, or over HTTPS with a certificate and its key. As a proxy it refuses to connect anywhere."""
    aws = Aws()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            aws.connections += 1

        def do_CONNECT(self) -> None:
            aws.received.append((self.requestline, self.headers, b""))
            self.answer(502, "")

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            aws.received.append((self.requestline, self.headers, raw))
            body = raw.decode()
            operation = self.headers.get("X-Amz-Target", "AssumeRole").rpartition(".")[2]
            parameters = json.loads(body) if body.startswith("{") else {"form": body}
            aws.requests.append((operation, parameters, self.headers["Authorization"]))
            match aws.next_answer():
                case "hang up":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                case "truncated":
                    self.close_connection = True
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: request-7\r\nContent-Length: 11\r\n\r\n{")
                case "hang":
                    aws.over.wait(10)
                case "proxy":
                    self.answer(200, "<html>This is a proxy.</html>")
                case status, content:
                    self.answer(status, content, **{"x-amzn-RequestId": "request-7"})

        def answer(self, status: int, content: str, **headers: str) -> None:
            self.send_response(status)
            if not aws.keep_alive:
                self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        aws.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield aws
        finally:
            aws.over.set()
            server.shutdown()
            thread.join()


def error(code: str, message: str = "", status: int = 400) -> tuple[int, str]:
    return status, json.dumps({"__type": code, "message": message or f"{code}: 'Value {TOKEN} is refused'"})


TIMED_OUT = error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
INVALID_TOKEN = error("InvalidToken", "Invalid Token: 'Invalid token'")


def step_functions(aws: Aws, *, clients: Clients | None = None, now: datetime = NOW, **options: Any) -> StepFunctions:
    clients = clients or Clients(read_timeout=0.3 if HANG in aws.answers else 10)
    return StepFunctions(clients, clock=lambda: now, endpoint_url=aws.url or None, **options)


def a_target(*, execution_arn: str | None = EXECUTION_ARN, age: timedelta = timedelta(hours=2)) -> Target:
    return Target(approval_id="approval-1", sealed_token=b"", execution_arn=execution_arn, created_at=NOW - age)


def send(aws: Aws, *, callback: Callback = SUCCESS, target: Target | None = None, **options: Any) -> Result:
    return step_functions(aws, **options).send(callback, token=TOKEN, target=target or a_target())


def beat(aws: Aws, *, target: Target | None = None, **options: Any) -> Result:
    return step_functions(aws, **options).heartbeat(token=TOKEN, target=target or a_target())
