"""Builds a gateway as it is wired, on a database of any age, with its clock and the outside in the test's hand.

It alone of this folder imports modules of the package: what is renamed or moved there is renamed here only.
"""

import hashlib
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, get_args

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.step_functions.callbacks import StepFunctions
from approvals.adapters.mail.channel import Mailer
from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.domain.model.messages import outgoing
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.messages.topics import EventName
from approvals.entrypoints.app import app_of
from approvals.entrypoints.server import migrations
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from tests.upgrade.outside import Outside

PUBLIC_URL = "https://approvals.example.com"
OPERATOR, DESK = "apk_operator", "apk_desk"
"""The secrets of two API keys: one may do everything, the other what reviewers and requesters may."""
SLACK_SECRET = "a-signing-secret-of-slack-for-tests"
_KEPT = {
    "APPROVALS_PUBLIC_URL": PUBLIC_URL,
    "APPROVALS_SIGNING_KEYS": "a-signing-key-of-thirty-two-characters",
    "APPROVALS_SEALING_KEYS": "c2VhbGluZy1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE=",
    "APPROVALS_API_KEYS": f"operator:admin:{hashlib.sha256(OPERATOR.encode()).hexdigest()},"
    f"desk:submit+read+decide:{hashlib.sha256(DESK.encode()).hexdigest()}",
    "APPROVALS_MAIL_FROM": "Approvals <approvals@example.com>",
    "APPROVALS_SLACK_TOKENS": "T0ACME=xoxb-for-tests",
    "APPROVALS_SLACK_SIGNING_SECRETS": SLACK_SECRET,
    "APPROVALS_AWS_REGION": "eu-central-1",
    "APPROVALS_HEARTBEAT": "60d",
    "APPROVALS_DIGEST_WINDOW": "10s",
}
TICK, LEAP, IDLE_ROUNDS, MOST_ROUNDS = timedelta(seconds=1.1), timedelta(seconds=4), 3, 60
"""Slack takes one message a second in a conversation, and mails wait for others: twelve seconds are enough."""


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Deployment:
    """One gateway with its web application, as a process of it has them."""

    def __init__(self, url: str, *, directory: str, clock: Clock, outside: Outside, first_id: int = 1) -> None:
        self.url, self.clock, self.outside = url, clock, outside
        self._numbers = itertools.count(first_id)
        settings = Settings.from_env(_environment(url, directory, outside))
        clients = Clients()
        self._database = wiring.open_database(settings, clients, pool_size=4)
        wired = wiring.build(settings, database=self._database, clients=clients)
        self._ports = replace(
            wired.ports, clock=clock, callbacks=self._callbacks(clients), channels=self._channels(settings),
            new_id=self._new_id, each=map, background=lambda function, _within: function(), jitter=lambda: 1.0,
        )  # fmt: skip
        self.gateway = Gateway(self._ports)
        self.client: FlaskClient = app_of(settings, self.gateway, lives_on=False).test_client()

    def close(self) -> None:
        self._database.engine.dispose()

    def work(self, *, rounds: int = MOST_ROUNDS) -> None:
        """Does what a worker does, until there has been nothing to do for some seconds."""
        idle = 0
        for _ in range(rounds):
            idle = 0 if self._work_once() else idle + 1
            self.clock.now += LEAP if idle else TICK
            if idle == IDLE_ROUNDS:
                return

    def _work_once(self) -> int:
        swept = self.gateway.sweep()
        return swept + sum(self.gateway.deliver(lane=lane) for lane in ("callback", "notice"))

    def die_sending(self, *, lane: str, limit: int = 100) -> int:
        """Leases what is due, as a process does that dies then. Returns how much that is."""
        now = self.clock()
        return len(self._ports.outbox.lease(lane=lane, now=now, until=now + timedelta(seconds=60), limit=limit))

    def call(self, method: str, path: str, *, key: str = OPERATOR, **body: Any) -> TestResponse:
        """Asks the API."""
        headers = {"Authorization": f"Bearer {key}"}
        return self.client.open(path, method=method, headers=headers, json=body if method == "POST" else None)

    def forget_tokens(self, *, before: datetime) -> int:
        """Drops what opens the task tokens of old approvals, as a worker does now and then."""
        return self._ports.store.forget_tokens(before=before)

    def rows(self, query: str) -> list[Any]:
        """Reads the database itself, past all code."""
        with self._database.read() as connection:
            return list(connection.exec_driver_sql(query).all())

    def _callbacks(self, clients: Clients) -> StepFunctions:
        return StepFunctions(clients, clock=self.clock, region="eu-central-1", endpoint_url=self.outside.url)

    def _channels(self, settings: Settings) -> dict[str, Any]:
        api = SlackApi(settings.slack_tokens or {}, url=settings.slack_api_url, clock=self.clock)
        return {
            "mail": Mailer(_Post(self.outside), sender=settings.mail_from, clock=self.clock),
            "slack": SlackChannel(api, conversations=SlackConversations(api), clock=self.clock),
        }

    def _new_id(self) -> str:
        return f"{int(self.clock().timestamp() * 1000):011x}{next(self._numbers):014x}"


class _Post:
    """Hands mails over, as the transport by SMTP does."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:  # noqa: ARG002
        code = self._outside.mail(message, to)
        if code >= 400:
            return GivenUp(f"refused ({code})") if code >= 500 else TryAgain(f"refused for now ({code})")
        return Sent(receipt=str(message["Message-ID"]))

    def message_id(self, receipt: str) -> str:
        return receipt


def _environment(url: str, directory: str, outside: Outside) -> dict[str, str]:
    return {
        **_KEPT,
        "APPROVALS_DATABASE_URL": url,
        "APPROVALS_DIRECTORY": directory,
        "APPROVALS_MAIL_URL": "smtp://127.0.0.1:25?starttls=no",
        "APPROVALS_SLACK_API_URL": outside.url,
    }


def kinds() -> tuple[set[str], set[str]]:
    """What the outbox may hold, by code: the kinds of messages, and the events of notices."""
    tags = {kind.__struct_config__.tag for kind in get_args(outgoing.Message)}
    return tags, set(get_args(EventName))


def upgrade(url: str) -> None:
    """Brings the database to the newest shape, as `approvals db upgrade` does."""
    migrations.upgrade(url)


def check(url: str) -> None:
    """Raises where the tables differ from those of the code."""
    migrations.check(url)
