"""The whole product in one process: the interpreter, SQS, a mail server, a database, and the gateway as it is wired.

Only the clock is the test's, so that days pass at once. People act by mail and page: `Person` reads the mail, opens its
link and sends the form as a browser would.
"""

import dataclasses
import re
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.sqs import SqsQueue
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.domain.api_keys import entry
from approvals.domain.model.approval import Approval
from approvals.domain.model.records import Filter
from approvals.entrypoints.app import create_app
from approvals.entrypoints.intake.batch import QueueMessage, take_from
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from tests.fakes import FrozenClock
from tests.support.aws.state_machines import Machines, eventually
from tests.support.mail.smtp import SmtpServer

PUBLIC_URL = "https://approvals.example.com"
API_KEY = "apk_end-to-end"
SUBMISSION = {
    "taskToken.$": "$$.Task.Token",
    "title.$": "States.Format('Refund order {}', $.order)",
    "details": {"Order.$": "$.order", "Amount.$": "$.amount"},
    "requester": "rhea@example.com",
    "reviewers": ["ana@example.com", "ben@example.com"],
    "timeoutSeconds": 3600,
    "context.$": "$$",
}
"""What the waiting state sends, in JSONPath."""


class Whole:
    """Everything together, on one database."""

    def __init__(self, aws: LocalAws, smtp: SmtpServer, database_url: str, *, window: str = "0s") -> None:
        self.aws, self.smtp, self.machines = aws, smtp, Machines(aws)
        settings = Settings.from_env({
            "APPROVALS_DATABASE_URL": database_url,
            "APPROVALS_PUBLIC_URL": PUBLIC_URL,
            "APPROVALS_SIGNING_KEYS": new_signing_key(),
            "APPROVALS_SEALING_KEYS": new_sealing_key(),
            "APPROVALS_API_KEYS": entry("tests", ["admin"], API_KEY),
            "APPROVALS_MAIL_URL": f"smtp://{smtp.host}:{smtp.port}?starttls=no",
            "APPROVALS_MAIL_FROM": "Approvals <approvals@example.com>",
            "APPROVALS_DIGEST_WINDOW": window,
            "APPROVALS_AWS_REGION": "us-east-1",
            "APPROVALS_QUEUE_URL": self.machines.queue_url,
        })  # fmt: skip
        self.clock = FrozenClock(wiring.system_clock())
        self.database = wiring.open_database(settings, Clients(), pool_size=settings.web_threads + 2)
        # Wait for each callback, however slow this machine is just now.
        built = wiring.build(settings, database=self.database, callback_wait=None)
        self.gateway = Gateway(dataclasses.replace(built.ports, clock=self.clock))
        self.app = create_app(self.gateway, api_keys=settings.api_keys)
        self.queue = SqsQueue(lambda: aws.client("sqs"), url=self.machines.queue_url, make=QueueMessage)

    def close(self) -> None:
        self.aws.reset()
        self.database.engine.dispose()

    def start(self, *, order: str = "1234", message: dict[str, Any] | None = None, **state: Any) -> str:
        """Starts an execution whose one task asks us; a catcher goes on to "Caught". Gives its ARN."""
        wait = self.machines.wait_state(
            Parameters={"QueueUrl": self.machines.queue_url, "MessageBody": message or SUBMISSION},
            TimeoutSeconds=3600,
            **state,
        )
        caught = {"Type": "Pass", "End": True}
        return self.machines.start({"Wait": wait, "Caught": caught}, execution_input={"order": order, "amount": 420})

    def take_in(self, count: int = 1) -> list[Approval]:
        """Polls the queue until so many more messages are handled; gives all pending approvals, newest first."""
        left = count

        def polled() -> bool:
            nonlocal left
            left -= take_from(self.queue, self.gateway)
            return left <= 0

        eventually(polled)
        return self.gateway.find(Filter(status="pending"))

    def work(self, **forward: float) -> None:
        """Time passes, then everything that is due happens."""
        self.clock.forward(**forward)
        while self.gateway.sweep():
            pass
        for lane in ("callback", "notice"):
            while self.gateway.deliver(lane=lane):
                pass

    def person(self, address: str) -> "Person":
        return Person(self, address)

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [one.message for one in self.smtp.received if address in one.recipients]


class Person:
    """Somebody who gets mail and has a browser."""

    def __init__(self, whole: Whole, address: str) -> None:
        self._whole, self.address = whole, address
        self.browser: FlaskClient = whole.app.test_client()

    @property
    def link(self) -> str:
        """The path of the link in the latest mail that asks for an answer."""
        asking = [mail for mail in self._whole.mails_to(self.address) if ".settled." not in mail["Message-ID"]]
        body = asking[-1].get_body(("plain",))
        found = re.search(rf"{re.escape(PUBLIC_URL)}(/r/\S+)", body.get_content() if body else "")
        assert found, f"the mail to {self.address} has no link"
        return found[1]

    def look(self) -> str:
        return self.browser.get(self.link).get_data(as_text=True)

    def answer(self, option: str, **fields: str) -> TestResponse:
        """Fills in the form of the page and sends it, as a browser would."""
        form = {**hidden_fields(self.look()), "option": option, **fields}
        headers = {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"}
        return self.browser.post(self.link, data=form, headers=headers, follow_redirects=True)


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.found[given.get("name") or ""] = given.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    parser = _Hidden()
    parser.feed(page)
    return parser.found


def links_in(page: str) -> list[str]:
    """Every address on a page, as paths where they are ours."""
    return [urlsplit(link).path or link for link in re.findall(r'(?:href|src|action)="([^"]+)"', page)]


Look = Callable[[], Any]
