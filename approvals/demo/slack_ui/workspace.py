"""The shop's workspace in the stand-in for Slack: the people of finance in a channel of theirs, and the gateway's app.

It shows nothing that the gateway did not send, and whoever presses here sends the gateway what Slack would, signed.
"""

import secrets
from collections.abc import Callable
from typing import Any, Self

from approvals.adapters.slack.blocks.text import escaped
from approvals.demo.cast.scenarios import CHANNEL, PEOPLE, Person
from approvals.demo.fake_slack import LocalSlack
from approvals.demo.fake_slack.interactions.actor import Actor
from approvals.demo.fake_slack.state.workspace import Message
from approvals.demo.fake_slack.transport.signed_requests import Answer, Post, send

TEAM, CHANNEL_ID, COMMAND = "T0SHOP", "C0FINANCE", "/approvals"
SHORTCUT = "my_approvals"
UNKNOWN = "“{}” is not a valid command. In Slack, all messages that start with “/” are read as commands."


class Office:
    """A context manager; its address is known once it is entered. `send` brings what people do to the gateway."""

    def __init__(self, *, send: Callable[[Post, str], Answer] = send) -> None:
        self._send = send
        self.slack = LocalSlack()
        self.slack.state.signing_secret = secrets.token_hex(16)
        self.team = self.slack.workspace(TEAM, domain="shop", name="Shop")
        for person in PEOPLE:
            self.team.user(person.member, person.slug, email=person.email, real_name=person.name)
            self.team.dm(person.member)
        self.team.channel(CHANNEL_ID, CHANNEL, members=tuple(person.member for person in PEOPLE))

    def __enter__(self) -> Self:
        self.slack.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self.slack.__exit__(*raised)

    @property
    def settings(self) -> dict[str, str]:
        """Those of a gateway that takes this for Slack."""
        return {
            "APPROVALS_SLACK_TOKENS": self.slack.tokens,
            "APPROVALS_SLACK_SIGNING_SECRETS": self.slack.state.signing_secret,
            "APPROVALS_SLACK_API_URL": self.slack.url,
        }

    def actor(self, person: Person, gateway: str) -> Actor:
        """Somebody in front of their Slack; `gateway` is the address that the app's manifest would name."""

        def post(prepared: Post) -> Answer:
            return self._send(prepared, f"{gateway}/slack/{prepared.kind}")

        return Actor(slack=self.slack, team=self.team, user=self.team.users[person.member], send=post)

    def wait_for(self, look: Callable[[], Any], *, seconds: float) -> Any:
        """What `look` finds, once it finds something; what it found last where it did not in time."""
        with self.slack.state.changed:
            return self.slack.state.changed.wait_for(look, timeout=seconds)

    def dm(self, person: Person) -> str:
        """The conversation between them and the app."""
        return self.team.dm(person.member).id

    def say(self, person: Person, words: str, *, channel: str, thread: str | None = None) -> None:
        """What people write themselves. Slack escapes it; the app is never told."""
        self._add(Message(
            channel=channel, ts=self.slack.state.new_ts(), text=escaped(words), blocks=[], user=person.member,
            thread_ts=thread, team=TEAM,
        ))  # fmt: skip

    def refuse_command(self, person: Person, command: str, *, channel: str) -> None:
        """What Slackbot says to a command that no app has."""
        self._add(Message(
            channel=channel, ts=self.slack.state.new_ts(), text=escaped(UNKNOWN.format(command)), blocks=[],
            user="USLACKBOT", bot_id="BSLACKBOT", only_for=person.member, team=TEAM,
        ))  # fmt: skip

    def _add(self, message: Message) -> None:
        with self.slack.state.changed:
            self.team.messages.append(message)
            self.slack.state.changed.notify_all()
