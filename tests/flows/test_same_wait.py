"""Attempts of the same wait: only a token that is proven closed ends an approval, whatever the sender's counts say."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.records import Target
from approvals.domain.model.submission import Execution, State, Submission
from tests.builders import EXECUTION_ARN, NOW, a_submission
from tests.fakes import FakeCallbacks, World

CLOSED = GivenUp("the state no longer waits", closed=True)
ITEMS = st.none() | st.integers(0, 2) | st.sampled_from(["a", "1"]) | st.sampled_from([(0, 1), (1, 0), ("a", 1)])


class Tokens(FakeCallbacks):
    """Step Functions, where some tokens are closed."""

    def __init__(self, *closed: str, answer: Result = CLOSED) -> None:
        super().__init__()
        self.closed, self.answer = set(closed), answer

    def heartbeat(self, *, token: str, target: Target) -> Result:  # noqa: ARG002
        self.calls.append(("heartbeat", token))
        return self.answer if token in self.closed else Sent("request-1")


def attempt(token: str, *, retry: int = 0, redrive: int = 0, entered: bool = False, **more: object) -> Submission:
    execution = Execution(id=EXECUTION_ARN, redrive_count=redrive)
    state = State(name="Wait", retry_count=retry, entered_time=NOW if entered else None)
    return a_submission(task_token=token, execution=execution, state=state, **more)


def at(world: World, *closed: str, answer: Result = CLOSED) -> Tokens:
    """Closes tokens of Step Functions."""
    tokens = Tokens(*closed, answer=answer)
    world.gateway = world.another(callbacks=tokens)
    return tokens


def opened(world: World, submission: Submission, caller: str = "tests") -> str:
    return world.gateway.submit(submission, caller=caller).approval_id


def status(world: World, approval_id: str) -> str:
    return str(world.gateway.approval(approval_id).status)


@pytest.mark.parametrize(("retry", "redrive"), [(1, 0), (0, 1)])
def test_a_later_attempt_supersedes_the_earlier_once_its_token_is_proven_closed(
    world: World, retry: int, redrive: int
) -> None:
    tokens = at(world, "first")
    old = opened(world, attempt("first"))
    new = opened(world, attempt("second", retry=retry, redrive=redrive))
    assert (status(world, old), tokens.calls) == ("pending", [])
    world.deliver_all()
    assert (status(world, old), status(world, new)) == ("superseded", "pending")
    assert tokens.calls == [("heartbeat", "first")]
    assert world.gateway.audit(old)[-1].facts == {"by": new}


@pytest.mark.parametrize("answer", [Sent("request"), TryAgain("InvalidToken"), TryAgain("no answer", ambiguous=True)])
def test_an_earlier_attempt_is_left_alone_unless_its_token_is_proven_closed(world: World, answer: Result) -> None:
    at(world, "first", answer=answer)
    old = opened(world, attempt("first"))
    new = opened(world, attempt("second", retry=1))
    world.deliver_all()
    assert (status(world, old), status(world, new)) == ("pending", "pending")


def test_items_of_a_map_without_map_item_keep_waiting_when_one_of_them_is_retried(world: World) -> None:
    at(world, "b")
    first, _, third = (opened(world, attempt(token)) for token in "abc")
    again = opened(world, attempt("b2", retry=1))
    world.deliver_all()
    assert [status(world, one) for one in (first, third, again)] == ["pending"] * 3


def test_the_closed_one_of_several_items_without_map_item_ends_at_its_next_heartbeat(world: World) -> None:
    at(world, "b")
    first, second, third = (opened(world, attempt(token)) for token in "abc")
    again = opened(world, attempt("b2", retry=1))
    world.clock.forward(minutes=20)
    world.deliver_all()
    assert status(world, second) == "cancelled"
    assert [status(world, one) for one in (first, third, again)] == ["pending"] * 3


def test_another_caller_ends_no_approval_and_causes_no_heartbeat(world: World) -> None:
    tokens = at(world, "first")
    old = opened(world, attempt("first"), caller="key:shop")
    opened(world, attempt("second", retry=7), caller="key:other")
    world.deliver_all()
    assert (status(world, old), tokens.calls) == ("pending", [])


def test_an_excessive_redrive_count_ends_no_later_attempt(world: World) -> None:
    at(world, "forged")
    opened(world, attempt("forged", redrive=2**31 - 1))
    new = opened(world, attempt("second", redrive=1))
    world.deliver_all()
    world.clock.forward(minutes=20)
    world.deliver_all()
    assert status(world, new) == "pending"


@pytest.mark.parametrize("retry", [0, 1])
def test_an_attempt_that_arrives_after_its_successor_ends_once_its_token_is_proven_closed(
    world: World, retry: int
) -> None:
    tokens = at(world, "late")
    new = opened(world, attempt("latest", retry=2))
    world.clock.forward(minutes=5)
    old = opened(world, attempt("late", retry=retry, entered=True))
    world.deliver_all()
    assert (status(world, old), status(world, new)) == ("superseded", "pending")
    assert tokens.calls == [("heartbeat", "late")]


def test_a_first_attempt_that_arrives_at_once_makes_no_token_doubtful(world: World) -> None:
    tokens = at(world)
    opened(world, attempt("other", retry=1, entered=True))
    opened(world, attempt("first", entered=True))
    world.deliver_all()
    assert tokens.calls == []


def test_another_state_execution_or_map_item_is_another_wait(world: World) -> None:
    tokens = at(world, "first", "state", "execution", "item")
    opened(world, attempt("first"))
    opened(world, a_submission(
        task_token="state", execution=Execution(id=EXECUTION_ARN), state=State(name="Wait 2", retry_count=1)
    ))  # fmt: skip
    opened(world, a_submission(
        task_token="execution", execution=Execution(id=f"{EXECUTION_ARN}2"), state=State(name="Wait", retry_count=1)
    ))  # fmt: skip
    opened(world, attempt("item", map_item=1, retry=1))
    world.deliver_all()
    assert tokens.calls == []


@given(items=st.tuples(ITEMS, ITEMS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_index_a_key_and_a_path_are_each_told_apart(world: World, items: tuple[object, object]) -> None:
    old, new = f"old-{world.new_id()}", f"new-{world.new_id()}"
    tokens, caller = at(world, old), world.new_id()
    first = opened(world, attempt(old, map_item=items[0]), caller)
    opened(world, attempt(new, map_item=items[1], retry=1), caller)
    world.deliver_all()
    assert world.gateway.approval(first).content.map_item == items[0]
    assert (status(world, first) == "superseded") == (items[0] == items[1])
    assert bool(tokens.calls) == (items[0] == items[1])


def test_a_heartbeat_that_is_being_sent_is_left_to_its_sender(world: World) -> None:
    tokens = at(world, "first")
    old = opened(world, attempt("first"))
    now = world.clock.forward(minutes=20)
    [leased] = world.gateway.ports.outbox.lease(lane="callback", now=now, until=now + timedelta(minutes=1), limit=5)
    opened(world, attempt("second", retry=1))
    world.deliver_all()
    assert (tokens.calls, status(world, old)) == ([], "pending")
    assert world.gateway.ports.outbox.settle([(leased, Sent("request"))], now=now, jitter=lambda: 0.5) == 1
