"""The shop's workspace in the fake Slack: the people of finance, their channel, and the gateway's app.

It holds only the messages that the gateway and these people sent. Their actions reach the gateway as signed requests.
"""

import secrets
from collections.abc import Callable
from typing import Any, Self

from approvals.adapters.slack.blocks.text import escaped
from approvals.demo.cast.scenarios import CHANNEL, PEOPLE, DemoPerson
from approvals.demo.fake_slack import LocalSlack
from approvals.demo.fake_slack.interactions.actor import SimulatedUser
from approvals.demo.fake_slack.state.workspace import SlackMessage
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest, send

TEAM, CHANNEL_ID, COMMAND = "T0SHOP", "C0FINANCE", "/approvals"
SHORTCUT = "my_approvals"
UNKNOWN_COMMAND = "“{}” is not a valid command. In Slack, all messages that start with “/” are read as commands."


class ShopSlack:
    """A context manager that runs the fake Slack. `send` delivers its requests to the gateway."""

    def __init__(self, *, send: Callable[[SlackRequest, str], AppResponse] = send) -> None:
        self._send = send
        self.server = LocalSlack()
        self.server.state.signing_secret = secrets.token_hex(16)
        self.team = self.server.workspace(TEAM, domain="shop", name="Shop")
        for person in PEOPLE:
            self.team.user(person.member, person.slug, email=person.email, real_name=person.name)
            self.team.dm(person.member)
        self.team.channel(CHANNEL_ID, CHANNEL, members=tuple(person.member for person in PEOPLE))

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self.server.__exit__(*raised)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a gateway that uses this Slack."""
        return {
            "APPROVALS_SLACK_TOKENS": self.server.tokens,
            "APPROVALS_SLACK_SIGNING_SECRETS": self.server.state.signing_secret,
            "APPROVALS_SLACK_API_URL": self.server.url,
        }

    def actor(self, person: DemoPerson, gateway: str) -> SimulatedUser:
        """Return an actor for a person. `gateway` is the base URL of the app's request URLs."""

        def send(request: SlackRequest) -> AppResponse:
            return self._send(request, f"{gateway}/slack/{request.kind}")

        return SimulatedUser(slack=self.server, team=self.team, user=self.team.users[person.member], send=send)

    def wait_for(self, condition: Callable[[], Any], *, seconds: float) -> Any:
        """Wait until `condition` is true, and return its last value."""
        with self.server.state.changed:
            return self.server.state.changed.wait_for(condition, timeout=seconds)

    def dm(self, person: DemoPerson) -> str:
        """Return the ID of the direct messages between this person and the app."""
        return self.team.dm(person.member).id

    def say(self, person: DemoPerson, words: str, *, channel: str, thread: str | None = None) -> None:
        """Post a message written by a person. Slack escapes its text and sends the app no event."""
        self._add(SlackMessage(
            channel=channel, ts=self.server.state.new_ts(), text=escaped(words), blocks=[], user=person.member,
            thread_ts=thread, team=TEAM,
        ))  # fmt: skip

    def refuse_command(self, person: DemoPerson, command: str, *, channel: str) -> None:
        """Post Slackbot's answer to an unknown command, visible to this person only."""
        self._add(SlackMessage(
            channel=channel, ts=self.server.state.new_ts(), text=escaped(UNKNOWN_COMMAND.format(command)), blocks=[],
            user="USLACKBOT", bot_id="BSLACKBOT", only_for=person.member, team=TEAM,
        ))  # fmt: skip

    def _add(self, message: SlackMessage) -> None:
        with self.server.state.changed:
            self.team.messages.append(message)
            self.server.state.changed.notify_all()
