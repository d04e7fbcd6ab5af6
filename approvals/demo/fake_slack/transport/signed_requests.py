"""Requests to an app as Slack sends them: a raw body, a timestamp, and the v0 signature over both."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

RequestKind = Literal["interactions", "commands", "events"]
SECONDS_TO_ANSWER = 3.0
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class SlackRequest:
    """A request to an app. A changed copy keeps the old signature until `signed` is called."""

    kind: RequestKind
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def signed(self, *, secret: str, at: float | str) -> Self:
        timestamp = str(int(at)) if isinstance(at, float) else str(at)
        signature = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": sign(self.body, secret, timestamp)}
        return replace(self, headers={**self.headers, **signature})

    def with_headers(self, **headers: str) -> Self:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def with_body(self, body: bytes) -> Self:
        return replace(self, body=body)


@dataclass(frozen=True, kw_only=True)
class AppResponse:
    """The app's response; status 0 if there was none."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def in_time(self) -> bool:
        """Whether it arrived within three seconds; after that, Slack shows the user an error."""
        return 0 < self.status < 300 and self.seconds <= SECONDS_TO_ANSWER

    @property
    def json(self) -> Any:
        """The decoded body, None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def sign(body: bytes, secret: str, timestamp: str) -> str:
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def form_request(kind: RequestKind, fields: Mapping[str, str]) -> SlackRequest:
    return SlackRequest(kind=kind, body=urlencode(fields).encode(), headers={"Content-Type": FORM_TYPE})


def interaction_request(payload: Mapping[str, Any]) -> SlackRequest:
    return form_request("interactions", {"payload": json.dumps(payload)})


def event_request(payload: Mapping[str, Any]) -> SlackRequest:
    return SlackRequest(kind="events", body=json.dumps(payload).encode(), headers={"Content-Type": "application/json"})


def send(post: SlackRequest, url: str, *, timeout: float = 30) -> AppResponse:
    """Send the request and return the response, however late; the real Slack waits three seconds."""
    parts = urlsplit(url)
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=timeout)
    began = time.monotonic()
    try:
        connection.request("POST", parts.path, post.body, {"User-Agent": "Slackbot 1.0", **post.headers})
        answered = connection.getresponse()
        body = answered.read()
        headers = {name.lower(): value for name, value in answered.getheaders()}
        return AppResponse(status=answered.status, body=body, headers=headers, seconds=time.monotonic() - began)
    except OSError:
        return AppResponse(status=0, seconds=time.monotonic() - began)
    finally:
        connection.close()
