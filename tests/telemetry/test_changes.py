"""What is committed, and what became of a message, is an event; nothing else is."""

import ast
from pathlib import Path

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import AlreadySettled
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain, Unconfirmed
from approvals.telemetry.event import Event, Name
from tests.builders import BY_LINK, a_submission
from tests.fakes import World
from tests.support.wheel import ROOT


def opened(world: World) -> str:
    submission = a_submission(reviewers=("ana@example.com",))
    return world.gateway.submit(submission, caller="tests").approval_id


def decide(world: World, approval_id: str) -> None:
    world.clock.forward(minutes=5)
    answer = Answer(option="approve")
    world.gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")


def names(world: World) -> list[str]:
    return [str(event.name) for event in world.events]


def last(world: World, name: Name) -> Event:
    return next(event for event in reversed(world.events) if event.name is name)


def test_the_life_of_an_approval_is_six_events(world: World) -> None:
    approval_id = opened(world)
    assert world.gateway.submit(a_submission(reviewers=("ana@example.com",)), caller="tests").approval_id == approval_id
    world.gateway.deliver(lane="notice")
    decide(world, approval_id)
    assert names(world) == ["opened", "asked", "notice.sent", "decided", "settled", "callback.delivered"]
    assert {event.approval_id for event in world.events} == {approval_id}
    asked, decided, settled = (last(world, name) for name in (Name.ASKED, Name.DECIDED, Name.SETTLED))
    assert (asked.channel, asked.facts["notices"]) == ("mail", 1)
    assert (decided.channel, decided.facts["side"], decided.seconds) == ("link", "approve", 300)
    assert (settled.outcome, settled.seconds, settled.policy) == ("approved", 300, "inline")


def test_what_was_not_committed_is_no_event(world: World) -> None:
    approval_id = opened(world)
    decide(world, approval_id)
    before = names(world)
    with pytest.raises(AlreadySettled):
        world.gateway.cancel(approval_id, actor="ops", reason="too late")
    assert names(world) == before


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (Sent(), Name.CALLBACK_DELIVERED),
        (TryAgain("AWS is busy"), Name.CALLBACK_RETRYING),
        (TryAgain("the circuit is open", tried=False), None),
        (GivenUp("the state has ended", closed=True), Name.CALLBACK_TOO_LATE),
        (GivenUp("another Region"), Name.CALLBACK_FAILED),
        (Unconfirmed("the answer was lost"), Name.CALLBACK_UNCONFIRMED),
    ],
)
def test_each_result_of_a_callback_has_its_event(world: World, result: Result, name: Name | None) -> None:
    world.callbacks.results = [result]
    decide(world, opened(world))
    assert [event.name for event in world.events if event.lane == "callback"] == ([name] if name else [])


def test_a_failed_attempt_names_the_class_of_its_reason_and_never_the_text(world: World) -> None:
    world.mail.results = [TryAgain("ana@example.com is busy"), GivenUp("ana@example.com does not exist")]
    opened(world)
    world.gateway.deliver(lane="notice")
    world.clock.forward(minutes=6)
    world.gateway.deliver(lane="notice")
    retrying, failed = last(world, Name.NOTICE_RETRYING), last(world, Name.NOTICE_FAILED)
    assert (retrying.channel, retrying.attempts, bool(retrying.reason)) == ("mail", 1, True)
    assert (failed.attempts, failed.seconds) == (2, 360)
    assert "ana@" not in repr(world.events)


def test_a_callback_that_is_queued_again_is_an_event(world: World) -> None:
    world.callbacks.results = [GivenUp("another Region")]
    approval_id = opened(world)
    decide(world, approval_id)
    assert world.gateway.redeliver(approval_id, actor="ops")
    assert names(world)[-1] == "callback.requeued"


def words_of_notes() -> set[str]:
    """The events of all notes that the package writes: the first argument of `note`, or `event=`."""
    found: set[str] = set()
    for path in (ROOT / "approvals").rglob("*.py"):
        if "demo" not in path.parts:
            found |= _words_in(path)
    return found


def _words_in(path: Path) -> set[str]:
    found = set[str]()
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        called = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if called == "note" and call.args:
            found |= _text(call.args[0])
        if called == "Note":
            found |= {word for given in call.keywords if given.arg == "event" for word in _text(given.value)}
    return found


def _text(node: ast.expr) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


IN_VARIABLES = {"claimed", "released", "reviewer.unreachable", "address.failed", "execution.reported"}
PLACEHOLDERS = {"unreadable"}


def test_each_note_of_the_audit_trail_has_an_event_of_the_same_name() -> None:
    words = words_of_notes()
    assert {"opened", "decided", "callback.delivered"} <= words
    assert (words | IN_VARIABLES) - PLACEHOLDERS - {str(name) for name in Name} == set()
