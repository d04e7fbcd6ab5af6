"""Log lines hold ids and events: no task token, link, address or text of a submission, whatever goes wrong."""

import json
import logging
from collections.abc import Generator

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.payload_adapter import Source
from approvals.entrypoints.app import create_app
from approvals.entrypoints.intake import batch as intake
from approvals.entrypoints.server.logs import JsonFormatter, TextFormatter
from approvals.entrypoints.slack import socket_mode as slack_socket
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

TOKEN, TITLE, COMMENT = "AQCEAAAAKgAAAAMAAAAAAAAAAb-secret", "Refund of the secret kind", "a-comment-nobody-else-reads"
ROUTES = ("/r/<link>", "/i/<link>")
NEVER = (TOKEN, TITLE, COMMENT, "@", "/r/", "/i/")


class Reader(logging.Handler):
    """Everything that is logged, as both formatters write it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [JsonFormatter().format(record), TextFormatter().format(record)]


@pytest.fixture
def logged() -> Generator[Reader]:
    reader, root = Reader(), logging.getLogger()
    level = root.level
    root.addHandler(reader)
    root.setLevel(logging.DEBUG)
    yield reader
    root.removeHandler(reader)
    root.setLevel(level)


@pytest.fixture
def world(database_url: str) -> Generator[World]:
    world = World(database_url)
    yield world
    world.close()


def test_what_goes_wrong_is_reported_without_what_it_was_about(world: World, logged: Reader) -> None:
    world.mail.results = [RuntimeError("the mail server has gone mad")]
    world.callbacks.results = [RuntimeError("so has AWS")]
    submission = a_submission(task_token=TOKEN, title=TITLE)
    approval_id = world.gateway.submit(submission, caller="tests").approval_id
    world.deliver_all()
    answer = Answer(option="approve", comment=COMMENT)
    world.gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")
    broken = json.dumps({"taskToken": TOKEN, "title": TITLE, "reviewers": ["not an address"]})
    for body in (broken, f"{broken} and {TOKEN}"):
        intake.take(
            [intake.QueueMessage("m", body, "receipt")], world.gateway, source=Source(door="sqs", name="approvals")
        )
    events = {json.loads(line)["event"] for line in logged.lines[::2] if '"event"' in line}
    assert {"delivery.error", "intake.refused", "intake.unreadable"} <= events
    assert said(logged) == []


def test_a_request_that_fails_names_its_route_and_not_its_address(world: World, logged: Reader) -> None:
    approval_id = world.gateway.submit(a_submission(task_token=TOKEN, title=TITLE), caller="tests").approval_id
    links, now = world.gateway.ports.links, world.clock()
    client = create_app(world.gateway).test_client()
    world.database.engine.dispose()
    world.database.engine.dialect.do_execute = _broken  # type: ignore[method-assign]
    for url in (links.url(approval_id, ForReviewer(0), now=now), links.inbox_url(approval_id, 0, now=now)):
        assert client.get(url.removeprefix(world.gateway.public_url)).status_code >= 500
    assert any("http.error" in line for line in logged.lines)
    assert [line for line in logged.lines if url.rpartition("/")[2] in line] == []
    assert said(logged) == []


def test_the_library_of_slack_logs_nothing_that_it_receives() -> None:
    """At warning it would log frames that it cannot read, as they are."""
    heard = logging.getLogger("approvals.slack_socket")
    assert slack_socket.log.name != heard.name
    assert not heard.isEnabledFor(logging.WARNING)
    assert not logging.getLogger("approvals.slack_sdk").isEnabledFor(logging.CRITICAL)


def said(logged: Reader, *, but: tuple[str, ...] = ()) -> list[str]:
    found = []
    for line in logged.lines:
        for each in (*but, *ROUTES):
            line = line.replace(each, "")  # noqa: PLW2901
        found += [line for word in NEVER if word in line]
    return found


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("the database is gone")
