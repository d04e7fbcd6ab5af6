"""Stands for the outside on this machine: where mails arrive, and over HTTP Slack's Web API and Step Functions.

Each keeps what it is told, and refuses what a test tells it to refuse. Nothing here knows the gateway.
"""

import json
import threading
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]
BOT = "B0APPROVALS"
CHANNELS = {"ops": "C0OPS", "releases": "C0RELEASES"}
LOST = "lost"
"""A trouble: the call is done, and its answer never arrives."""


@dataclass(kw_only=True)
class Outside:
    """Everything the gateway talks to. `calls` holds what came by HTTP, in order, `mails` the mails."""

    clock: Callable[[], datetime]
    url: str = ""
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Each with the address that it was handed over for."""
    mail_troubles: dict[str, int] = field(default_factory=dict)
    """What a mail server answers in place of 250, by address."""
    calls: list[Json] = field(default_factory=list)
    said: list[Json] = field(default_factory=list)
    """The messages that stand in Slack."""
    slack_troubles: dict[tuple[str, str], str] = field(default_factory=dict)
    """Slack's word for what is wrong, by method and conversation."""
    aws_troubles: dict[str, str] = field(default_factory=dict)
    """The name of an AWS error, by task token or execution ARN."""
    histories: dict[str, list[Json]] = field(default_factory=dict)
    """The events of executions, by their ARN."""

    def mail(self, message: EmailMessage, to: str) -> int:
        """The answer of a mail server; a mail that it takes is kept."""
        code = self.mail_troubles.get(to, 250)
        if code == 250:
            self.mails.append((to, message))
        return code

    def slack(self, method: str, given: Json) -> Json | None:
        """Slack's answer; None where the connection ends without one."""
        self.calls.append({"to": "slack", "method": method, **given})
        trouble = self.slack_troubles.get((method, str(given.get("channel", ""))), "")
        if trouble and trouble != LOST:
            return {"ok": False, "error": trouble}
        answer = {"ok": True, **_SLACK.get(method, _nothing)(self, given)}
        return None if trouble == LOST else answer

    def aws(self, operation: str, given: Json) -> tuple[int, Json] | None:
        """The answer of Step Functions with its status; None where the connection ends without one."""
        self.calls.append({"to": "aws", "operation": operation, **given})
        trouble = self.aws_troubles.get(given.get("taskToken") or given.get("executionArn", ""), "")
        if trouble == LOST:
            return None
        if trouble:
            return 400, {"__type": trouble, "message": trouble}
        return 200, {"events": self.histories.get(given.get("executionArn", ""), [])}


def _nothing(_outside: Outside, _given: Json) -> Json:
    return {}


def _posted(outside: Outside, given: Json) -> Json:
    """The time stamp is made of what is said, so that it is the same in whatever order things are said."""
    channel = conversation(given["channel"])
    key = given.get("metadata", {}).get("event_payload", {}).get("key", given.get("text", ""))
    ts = f"{int(outside.clock().timestamp())}.{zlib.crc32(f'{channel} {key}'.encode()) % 1_000_000:06}"
    kept = {name: given[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in given}
    outside.said.append({"channel": channel, "ts": ts, "bot_id": BOT, **kept})
    return {"channel": channel, "ts": ts}


def _changed(outside: Outside, given: Json) -> Json:
    found = next(one for one in outside.said if (one["channel"], one["ts"]) == (given["channel"], given["ts"]))
    found |= {"now": given["text"], "blocks": given["blocks"]}
    return {"channel": given["channel"], "ts": given["ts"]}


def _history(outside: Outside, given: Json) -> Json:
    return {"messages": [one for one in outside.said if one["channel"] == given["channel"]]}


def conversation(given: str) -> str:
    """The direct messages with a person, where their own id stands for them."""
    return f"D{given[1:]}" if given.startswith("U") else given


_SLACK: dict[str, Callable[[Outside, Json], Json]] = {
    "auth.test": lambda _outside, _given: {"bot_id": BOT, "user_id": "U0BOT", "team_id": "T0ACME"},
    "users.conversations": lambda _outside, _given: {
        "channels": [{"id": id_, "name": name} for name, id_ in CHANNELS.items()]
    },
    "conversations.open": lambda _outside, given: {"channel": {"id": conversation(given["users"])}},
    "conversations.history": _history,
    "conversations.replies": _history,
    "chat.postMessage": _posted,
    "chat.update": _changed,
}


@contextmanager
def an_outside(clock: Callable[[], datetime]) -> Generator[Outside]:
    outside = Outside(clock=clock)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(outside)) as server:
        outside.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield outside
        finally:
            server.shutdown()
            thread.join()


def _handler(outside: Outside) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
            answer = self.answered(given)
            if answer is None:
                self.close_connection = True
                return
            status, told = answer
            text = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("x-amzn-RequestId", f"request-{len(text)}")
            self.end_headers()
            self.wfile.write(text)

        def answered(self, given: Json) -> tuple[int, Json] | None:
            """Whether it is for AWS or for Slack, and what they say."""
            if target := self.headers.get("X-Amz-Target"):
                return outside.aws(target.rpartition(".")[2], given)
            if self.path.startswith("/response/"):
                return 200, {}
            told = outside.slack(self.path.rpartition("/")[2], given)
            return None if told is None else (200, told)

        def log_message(self, *_: Any) -> None: ...

    return Handler
