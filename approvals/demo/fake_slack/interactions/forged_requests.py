"""Forged requests, derived from a genuine one, to test the signature check of an app."""

from collections.abc import Callable
from dataclasses import replace

from approvals.demo.fake_slack.state.store import SlackState
from approvals.demo.fake_slack.transport.signed_requests import SlackRequest

MINUTES = 60
Forgery = Callable[[SlackRequest, SlackState], SlackRequest]


def _at(shift: float) -> Forgery:
    return lambda post, state: post.signed(secret=state.signing_secret, at=state.seconds + shift)


def _stamped(timestamp: str) -> Forgery:
    return lambda post, state: post.signed(secret=state.signing_secret, at=timestamp)


def _headed(name: str, value: str) -> Forgery:
    return lambda post, _: replace(post, headers={**post.headers, name: value})


def _without(name: str) -> Forgery:
    return lambda post, _: replace(post, headers={key: value for key, value in post.headers.items() if key != name})


FORGERIES: dict[str, Forgery] = {
    "another secret": lambda post, state: post.signed(secret="not-the-secret", at=state.seconds),
    "empty secret": lambda post, state: post.signed(secret="", at=state.seconds),
    "changed body": lambda post, _: post.with_body(post.body + b"&more=1"),
    "no signature": _without("X-Slack-Signature"),
    "empty signature": _headed("X-Slack-Signature", ""),
    "signature of no version": _headed("X-Slack-Signature", "0" * 64),
    "signature beyond ASCII": _headed("X-Slack-Signature", "v0=\xe9\xff"),
    "no timestamp": _without("X-Slack-Request-Timestamp"),
    "moved timestamp": lambda post, state: _headed("X-Slack-Request-Timestamp", str(int(state.seconds) + 1))(
        post, state
    ),
    "stale timestamp": _at(-6 * MINUTES),
    "future timestamp": _at(6 * MINUTES),
    "negative timestamp": _stamped("-1"),
    "timestamp of 5,000 digits": _stamped("9" * 5000),
    "timestamp that is no number": _stamped("soon"),
    "timestamp NaN": _stamped("nan"),
    "timestamp with a fraction": _stamped("1.7e9"),
    "timestamp of other digits": _headed("X-Slack-Request-Timestamp", "\xb2\xb3"),
}
"""Forgeries by name. An app must reject all of them."""

MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "not UTF-8": b"payload=\xff\xfe",
    "percent-coded not UTF-8": b"payload=%FF%FE",
    "no JSON": b"payload=%7Bnope",
    "JSON of another kind": b"payload=%5B1%2C2%5D",
    "null": b"payload=null",
    "without payload": b"ssl_check=1",
    "deep": b"payload=" + b"%5B" * 20_000,
    "number too long": b"payload=" + b"9" * 10_000,
    "lone surrogate": b"payload=%7B%22type%22%3A%22%5Cud800%22%7D",
    "NUL": b"payload=%7B%22type%22%3A%22%5Cu0000%22%7D",
}
"""Malformed bodies for a correctly signed request: `request.with_body(...).signed(...)`."""
