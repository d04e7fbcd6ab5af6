"""The whole life of one approval as log lines: as the documentation shows them, and without anything secret."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.adapters.database.store import SqlStore
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import AlreadySettled
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.domain.model.submission import Execution
from approvals.entrypoints.app import create_app
from approvals.entrypoints.server.logs import JsonFormatter, TextFormatter
from approvals.flows.gateway import Gateway
from approvals.telemetry.event import Name
from approvals.telemetry.log_lines import LEVELS, LOGGED_WITH_DETAILS, LogLines
from tests.builders import BY_LINK, a_submission
from tests.fakes import World
from tests.support.wheel import ROOT

DOCUMENTED = ROOT / "docs" / "reference" / "logs.md"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:refunds:4711"


@contextmanager
def written(*formats: logging.Formatter) -> Iterator[list[str]]:
    """Collect each log line of each level, in each format."""
    lines = list[str]()

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend(one.format(record) for one in formats)

    root, handler = logging.getLogger(), Lines()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def logged(world: World) -> Gateway:
    """The world's gateway, whose events are log lines."""
    observe = LogLines()
    store = SqlStore(world.database, new_id=world.new_id, observe=observe)
    outbox = SqlOutbox(world.database, new_id=world.new_id, observe=observe)
    return world.another(store=store, outbox=outbox, observe=observe)


def life(world: World, gateway: Gateway, forward: Callable[..., object]) -> None:
    submission = a_submission(reviewers=("ana@example.com",), execution=Execution(id=EXECUTION))
    approval_id = gateway.submit(submission, caller="tests").approval_id
    gateway.deliver(lane="notice")
    forward(minutes=5)
    world.callbacks.results = [TryAgain("AccessDenied", kind="denied")]
    gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    forward(minutes=1)
    gateway.deliver(lane="callback")


def test_the_documentation_shows_the_whole_life_of_an_approval(world: World) -> None:
    with written(JsonFormatter()) as lines:
        life(world, logged(world), world.clock.forward)
    shown = DOCUMENTED.read_text().partition("```json\n")[2].partition("```")[0].splitlines()
    assert shown == lines


def test_the_documentation_has_a_line_for_each_event() -> None:
    text = DOCUMENTED.read_text()
    level = {name: logging.getLevelName(LEVELS[name]).lower() for name in Name if name not in LOGGED_WITH_DETAILS}
    rows = [f"| `{name}` | {level[name]} | {name.documentation} |" for name in level]
    assert [row for row in rows if row not in text] == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.uuids())
def test_no_line_of_a_life_holds_what_people_wrote_or_what_opens_a_page(world: World, secret: UUID) -> None:
    poison, mailed = f"poison{secret.hex}", len(world.mail.sent)
    with written(JsonFormatter(), TextFormatter()) as lines:
        gateway = logged(world)
        submission = a_submission(
            task_token=poison, title=f"{poison} title", details={"Order": poison}, requester=f"{poison}@r.example",
            reviewers=(f"{poison}@example.com",), tags={"order": poison},
        )  # fmt: skip
        approval_id = gateway.submit(submission, caller=f"key:{poison}").approval_id
        world.mail.results = [TryAgain(f"550 {poison}@example.com is unknown")]
        gateway.deliver(lane="notice")
        world.clock.forward(minutes=10)
        gateway.deliver(lane="notice")
        link = world.mail.sent[mailed][2] or ""
        web = create_app(gateway).test_client()
        web.get(link.removeprefix(world.gateway.public_url))
        web.post(link.removeprefix(world.gateway.public_url), data={"comment": poison})
        web.get(f"/{poison}?{poison}", headers={"X-Request-Id": f"{poison}@example.com", "User-Agent": poison})
        world.callbacks.results = [TryAgain(poison), GivenUp(poison)]
        answer = Answer(option="approve", comment=poison)
        gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")
        with suppress(AlreadySettled):
            gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")
        world.clock.forward(minutes=10)
        gateway.deliver(lane="callback")
        gateway.deliver(lane="notice")
    events = {line.partition('"event":"')[2].partition('"')[0] for line in lines if line.startswith("{")}
    assert {"opened", "asked", "notice.sent", "decided", "settled", "callback.failed", "http.request"} <= events
    token = link.rpartition("/")[2]
    assert token
    assert [line for line in lines if poison in line or token in line or "@" in line] == []
