"""A fake Slack with a workspace and its people, who act against the URL of a gateway.

`slack` has the workspace T0ACME with Ana, Ben, Rhea and Mallory in #ops, and Sam, who has left; its clock runs with the
real one and can be moved:

    slack.clock.forward(seconds=4)
    ana = slack.actor("U0ANA", url)      # posts to url/interactions, url/commands, url/events
    ana.press(message, "answer:approve", value=approval_id)
"""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from approvals.demo.fake_slack import LocalSlack
from approvals.demo.fake_slack.interactions.actor import Send, SimulatedUser
from approvals.demo.fake_slack.state.workspace import Workspace
from approvals.demo.fake_slack.transport.signed_requests import send
from tests.support.slack.published_types import SlackTypes

CAST = {"U0RHEA": "rhea", "U0ANA": "ana", "U0BEN": "ben", "U0MALLORY": "mallory"}
OPS = "C0OPS"


class MovableClock:
    """A clock that follows the real one plus an offset, or stands still once stopped."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._stopped: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stopped or datetime.now(UTC)) + self.ahead

    def stop(self) -> None:
        self._stopped = datetime.now(UTC)

    def forward(self, **delta: float) -> None:
        self.ahead += timedelta(**delta)


class CastSlack(LocalSlack):
    def __init__(self) -> None:
        self.clock = MovableClock()
        super().__init__(now=self.clock)
        self.team = self.workspace("T0ACME")
        for user_id, name in CAST.items():
            self.team.user(user_id, name, email=f"{name}@example.com")
        self.team.user("U0SAM", "sam", email="sam@example.com", deleted=True)
        self.team.channel(OPS, "ops", members=tuple(CAST))

    def client(self, team: Workspace | None = None, **options: Any) -> WebClient:
        return WebClient((team or self.team).token, base_url=self.url, **options)

    def actor(self, user_id: str, to: str | Send, *, team: Workspace | None = None) -> SimulatedUser:
        """Return an actor. `to` is the base URL of the app's request URLs, or a function that sends requests."""
        where = team or self.team

        def post(prepared: Any) -> Any:
            return send(prepared, f"{to}/{prepared.kind}")

        return SimulatedUser(slack=self, team=where, user=where.users[user_id], send=to if callable(to) else post)


@pytest.fixture
def slack(slack_types: SlackTypes) -> Generator[CastSlack]:
    with CastSlack() as local:
        yield local
    slack_types.keep(local.state.accepted)


def refusal(client: WebClient, method: str, **arguments: Any) -> str:
    """Return the error name of a call, or OK."""
    try:
        client.api_call(method, json=arguments)
    except SlackApiError as error:
        return error.response["error"]
    return "OK"
