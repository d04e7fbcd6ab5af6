"""Slack's Web API: a client for each workspace. It never repeats a call, because a repeated post would appear twice.

No message, token or answer is ever logged: slack_sdk would log all of it at debug.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from approvals.adapters.slack.errors import NotDone, connection_error, error_for_code, no_response_error
from approvals.adapters.slack.rate_limit import NONE, RateLimit
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.telemetry import tracing

if TYPE_CHECKING:
    from slack_sdk import WebClient

SECONDS = 10
POSTS = frozenset({"chat.postMessage", "chat.postEphemeral"})
PAGE, MOST_PAGES = 200, 10
_SILENT = logging.getLogger("approvals.slack_sdk")
_SILENT.setLevel(logging.CRITICAL + 1)


class SlackApi:
    """`tokens` by workspace, the default workspace first. Connects to nothing before the first call."""

    def __init__(
        self, tokens: Mapping[str, str], *, url: str, clock: Callable[[], datetime], seconds: int = SECONDS
    ) -> None:
        self._tokens, self._url, self._seconds = dict(tokens), url, seconds
        self._clients: dict[str, WebClient] = {}
        self._lock = threading.Lock()
        self.clock, self.rate_limit = clock, RateLimit(clock=clock)
        self._refused: dict[str, tuple[str, datetime]] = {}
        self._bots: dict[str, str] = {}

    @property
    def teams(self) -> tuple[str, ...]:
        return tuple(self._tokens)

    @property
    def default_team(self) -> str:
        return self.teams[0]

    def call(self, method: str, *, team: str, **arguments: Any) -> dict[str, Any]:
        """Slack's answer, with what it granted (`x-oauth-scopes`) as `_scopes`. Raises NotDone."""
        client = self._client(team)
        key = _limit_key(method, team, arguments)
        if (wait := self.rate_limit.wait(_all_posts(team) if method in POSTS else key)) > NONE:
            raise NotDone("ratelimited", TryAgain("Slack asked us to wait", after=wait, kind="throttled"))
        try:
            with tracing.call(f"Slack {method}", {"http.request.method": "POST"}):
                return _call(client, method, arguments)
        except NotDone as error:
            if error.code == "ratelimited" and isinstance(error.result, TryAgain) and error.result.after:
                self._silent(key, team, wait=error.result.after, post=method in POSTS)
            raise

    def bot(self, team: str) -> str:
        """Return the id of our bot in the workspace, which identifies its messages. Raises NotDone."""
        if team not in self._bots:
            found = str(self.call("auth.test", team=team).get("bot_id") or "")
            if not found:
                raise error_for_code("not_allowed_token_type")
            self._bots[team] = found
        return self._bots[team]

    def pages(self, method: str, *, team: str, of: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield the entries under the name `of`, of at most MOST_PAGES pages. Raises NotDone."""
        cursor = ""
        for _ in range(MOST_PAGES):
            more = {"cursor": cursor} if cursor else {}
            answer = self.call(method, team=team, limit=PAGE, **arguments, **more)
            yield from answer.get(of) or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _silent(self, key: str, team: str, *, wait: timedelta, post: bool) -> None:
        """Slack does not say whether a channel has enough or the workspace: two channels at once mean the latter."""
        self.rate_limit.hold(key, wait=wait)
        if not post:
            return
        now = self.clock()
        other, until = self._refused.get(team, (key, now))
        if other != key and until > now:
            self.rate_limit.hold(_all_posts(team), wait=wait)
        self._refused[team] = key, now + wait

    def _client(self, team: str) -> "WebClient":
        if team not in self._tokens:
            reason = f"there is no token of workspace {team} in APPROVALS_SLACK_TOKENS"
            raise NotDone("no_token", GivenUp(reason, kind="invalid"))
        with self._lock:
            if team not in self._clients:
                self._clients[team] = _made(self._tokens[team], url=self._url, seconds=self._seconds)
            return self._clients[team]


def _made(token: str, *, url: str, seconds: int) -> "WebClient":
    from slack_sdk import WebClient

    client = WebClient(token, base_url=url, timeout=seconds, retry_handlers=[], logger=_SILENT)
    client.proxy = None  # the proxies of the environment are urllib's matter, which honours no_proxy as well
    return client


def _limit_key(method: str, team: str, arguments: Mapping[str, Any]) -> str:
    """Return the key of Slack's rate limit: the channel for messages, the method for other calls."""
    return f"{team}/{arguments.get('channel')}" if method in POSTS else f"{team} {method}"


def _all_posts(team: str) -> str:
    return f"{team} posts"


def _call(client: "WebClient", method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Reading methods take no JSON, writing ones take blocks as JSON best.

    urllib wraps what goes wrong until all of a request is handed over into URLError, and nothing after that.
    """
    from slack_sdk.errors import SlackApiError

    nested = any(isinstance(value, dict | list) for value in arguments.values())
    try:
        answer = client.api_call(method, json=arguments) if nested else client.api_call(method, params=arguments)
        return {**dict(answer.data), "_scopes": _header(answer.headers, "x-oauth-scopes")}  # type: ignore[arg-type]
    except SlackApiError as error:
        raise _refused(error.response) from None
    except URLError as error:
        raise connection_error(
            type(error.reason).__name__ if isinstance(error.reason, Exception) else "URLError"
        ) from None
    except (OSError, HTTPException) as error:
        raise no_response_error(type(error).__name__) from None
    except (ValueError, TypeError, AttributeError) as error:
        raise error_for_code("unreadable") from error


def _refused(response: Any) -> NotDone:
    data = response.data if isinstance(response.data, dict) else {}
    wait = _header(response.headers, "retry-after")
    after = timedelta(seconds=int(wait)) if wait.isdecimal() and len(wait) < 6 else None
    return error_for_code(
        str(data.get("error", "")), status=response.status_code, after=after, needed=str(data.get("needed", ""))
    )


def _header(headers: Mapping[str, Any], name: str) -> str:
    found = next((value for key, value in headers.items() if key.lower() == name), "")
    return str(found[0] if isinstance(found, list) and found else found)
