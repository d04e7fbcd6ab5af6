"""Callbacks, and a fake AWS with scripted responses: recorded ones, a dropped connection, or none."""

import json
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
HANG_UP, HANG, PROXY = "hang up", "hang", "proxy"


@dataclass(kw_only=True)
class Aws:
    """Returns its responses in order and repeats the last. A response is (status, body) or one of the words above."""

    url: str = ""
    answers: list[Any] = field(default_factory=lambda: [(200, "{}")])
    requests: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.requests]


@contextmanager
def an_aws() -> Generator[Aws]:
    aws = Aws()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            operation = self.headers.get("X-Amz-Target", "AssumeRole").rpartition(".")[2]
            parameters = json.loads(body) if body.startswith("{") else {"form": body}
            aws.requests.append((operation, parameters, self.headers["Authorization"]))
            aws.agents.append(self.headers["User-Agent"])
            self.close_connection = True
            match aws.next_answer():
                case "hang up":
                    self.connection.shutdown(socket.SHUT_RDWR)
                case "hang":
                    aws.over.wait(10)
                case "proxy":
                    self.answer(200, "<html>This is a proxy.</html>")
                case status, content:
                    self.answer(status, content, **{"x-amzn-RequestId": "request-7"})

        def answer(self, status: int, content: str, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        aws.url = f"http://127.0.0.1:{server.server_port}"
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
    return StepFunctions(clients, clock=lambda: now, endpoint_url=aws.url, **options)


def a_target(*, execution_arn: str | None = EXECUTION_ARN, age: timedelta = timedelta(hours=2)) -> Target:
    return Target(approval_id="approval-1", sealed_token=b"", execution_arn=execution_arn, created_at=NOW - age)


def send(aws: Aws, *, callback: Callback = SUCCESS, target: Target | None = None, **options: Any) -> Result:
    return step_functions(aws, **options).send(callback, token=TOKEN, target=target or a_target())


def beat(aws: Aws, *, target: Target | None = None, **options: Any) -> Result:
    return step_functions(aws, **options).heartbeat(token=TOKEN, target=target or a_target())
