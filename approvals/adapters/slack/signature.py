"""Slack's signatures: verify that Slack sent a request, and sent it recently. Malformed requests are not genuine.

`v0=` and the HMAC-SHA256 of `v0:TIMESTAMP:BODY`: docs.slack.dev, "Verifying requests from Slack". slack_sdk's verifier
raises on hostile input, and importing any part of slack_sdk costs a cold start 80 ms.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

STALE_AFTER = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,12}")


class SlackSignatures:
    """Verifies with any of the secrets: those of several apps, or an old one and its successor."""

    def __init__(self, secrets: Sequence[str], *, clock: Callable[[], datetime]) -> None:
        self._secrets, self._clock = tuple(secrets), clock

    def genuine(self, body: bytes, *, timestamp: str, signature: str) -> bool:
        """Return whether Slack signed this body within five minutes of now. Accepts any input."""
        if not _SECONDS.fullmatch(timestamp):
            return False
        if abs(self._clock().timestamp() - int(timestamp)) > STALE_AFTER.total_seconds():
            return False
        given = signature.encode("utf-8", "surrogatepass")
        expected = [sign(body, secret=secret, timestamp=timestamp).encode() for secret in self._secrets]
        return any([hmac.compare_digest(given, each) for each in expected])  # noqa: C419  all, whichever it is


def sign(body: bytes, *, secret: str, timestamp: str) -> str:
    """Return the signature as Slack writes it."""
    signed = b"v0:%b:%b" % (timestamp.encode(), body)
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
