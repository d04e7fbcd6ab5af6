"""Response URLs: the address in an interaction to which private replies are sent.

It may be used five times within half an hour. Only Slack's own host is ever called, whatever the address says.
"""

import logging
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

log = logging.getLogger(__name__)
_SILENT = logging.getLogger("approvals.slack_sdk")
_SILENT.setLevel(logging.CRITICAL + 1)


class SlackResponses:
    """`api_url` says which Slack is ours: response URLs are of its host behind `hooks.`, or of a stand-in's own."""

    def __init__(self, *, api_url: str, seconds: int) -> None:
        parts = urlsplit(api_url)
        self._ours = {(parts.scheme, parts.netloc), (parts.scheme, f"hooks.{parts.netloc}")}
        self._seconds = seconds

    def send(self, url: str, message: dict[str, Any]) -> bool:
        """Send a message. Return whether Slack accepted it."""
        if not self._is_ours(url):
            return False
        from slack_sdk.webhook import WebhookClient

        client = WebhookClient(url, timeout=self._seconds, retry_handlers=[], logger=_SILENT)
        private = {"response_type": "ephemeral", "replace_original": False, **message}
        try:
            return client.send_dict(private).status_code == 200
        except (OSError, HTTPException, ValueError) as error:
            log.warning("a response URL did not answer: %s", type(error).__name__, extra={"event": "slack.unanswered"})
            return False

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return (parts.scheme, parts.netloc) in self._ours
