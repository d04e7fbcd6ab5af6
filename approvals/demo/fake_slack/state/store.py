"""The state of the fake Slack behind one lock: workspaces, trigger IDs, response URLs and call counts."""

import itertools
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.state.grants import Grants, ResponseUrl, Trigger
from approvals.demo.fake_slack.state.rate_limits import RateLimits
from approvals.demo.fake_slack.state.workspace import Workspace

APP_ID = "A0APPROVALS"


class Accepted(NamedTuple):
    """Valid blocks or a valid view, with the method that sent them."""

    method: str
    kind: Literal["message", "modal", "home"]
    content: Any


def system_now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class SlackState:
    now: Callable[[], datetime] = system_now
    app_id: str = APP_ID
    app_token: str = "xapp-1-A0APPROVALS-local"
    signing_secret: str = "local-signing-secret"
    origin: str = ""
    """The base of the response URLs."""
    new_socket_url: Callable[[], str] = str
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    grants: Grants = field(default_factory=Grants)
    limits: RateLimits = field(default_factory=RateLimits)
    calls: Counter[str] = field(default_factory=Counter)
    """The number of calls of each method, successful or not."""
    accepted: list[Accepted] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock)
    changed: threading.Condition = field(init=False)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.changed = threading.Condition(self.lock)

    def workspace(self, team_id: str = "T0ACME", *, domain: str = "acme", name: str = "Acme", **how: Any) -> Workspace:
        """Add a workspace with the app installed; its token is `xoxb-<team>-local`."""
        suffix = team_id[1:]
        self.workspaces[team_id] = made = Workspace(
            id=team_id, domain=domain, name=name, token=f"xoxb-{team_id}-local", bot_id=f"B{suffix}",
            bot_user=f"UBOT{suffix}", app_id=self.app_id, **how,
        )  # fmt: skip
        made.user(made.bot_user, "approvals", real_name="Approvals", is_bot=True)
        return made

    @property
    def seconds(self) -> float:
        return self.now().timestamp()

    def by_token(self, token: str) -> Workspace:
        """Return the workspace of a bot token. Raise ApiError if there is none or it is revoked."""
        for workspace in self.workspaces.values():
            if secrets.compare_digest(workspace.token.encode(), token.encode(errors="replace")):
                if workspace.token_state:
                    raise ApiError(workspace.token_state)
                return workspace
        raise ApiError("invalid_auth")

    def new_ts(self) -> str:
        """Return a unique message timestamp, later than all before unless the clock goes back."""
        return f"{int(self.seconds)}.{next(self._numbers) % 1_000_000:06}"

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):08}"

    def new_trigger(self, *, team: str, user: str, view: str | None = None) -> str:
        trigger_id = f"{next(self._numbers)}.{int(self.seconds)}.{secrets.token_hex(16)}"
        self.grants.triggers[trigger_id] = Trigger(team=team, user=user, at=self.seconds, view=view)
        return trigger_id

    def new_response(self, **what: Any) -> str:
        secret = secrets.token_urlsafe(18)
        self.grants.responses[secret] = ResponseUrl(at=self.seconds, **what)
        return f"{self.origin}/respond/{secret}"
