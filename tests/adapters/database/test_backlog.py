"""The backlog: what waits and how late it is, on both databases, and by indexes however much is stored."""

from collections.abc import Generator
from contextlib import closing
from datetime import timedelta

import pytest

from approvals.adapters.database.outbox.backlog import backlog
from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.results import GivenUp, Result, TryAgain, Unconfirmed
from benchmarks.data import bulk
from tests.builders import BY_LINK, a_submission
from tests.fakes import World
from tests.support.database.engines import create_schema
from tests.support.database.plans import Plans
from tests.support.database.postgres import PostgresServer


@pytest.fixture
def world(database_url: str) -> Generator[World]:
    with closing(World(database_url)) as made:
        yield made


def decided(world: World, result: Result, *, token: str = "t") -> None:
    approval_id = opened(world, token)
    world.callbacks.results = [result]
    answer = Answer(option="approve")
    world.gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")


def opened(world: World, token: str = "t") -> str:
    submission = a_submission(task_token=token, reviewers=("ana@example.com",))
    return world.gateway.submit(submission, caller="tests").approval_id


def test_an_empty_gateway_has_no_backlog(world: World) -> None:
    found = world.gateway.backlog()
    assert (found.pending, found.overdue, found.failed, found.unconfirmed, found.sweep_lag) == (0, 0, 0, 0, 0.0)
    assert found.oldest == {"callback": 0.0, "notice": 0.0}


def test_what_is_pending_becomes_overdue_with_its_deadline(world: World) -> None:
    world.clock.now = world.gateway.approval(opened(world)).deadline + timedelta(seconds=40)
    found = world.gateway.backlog()
    assert (found.pending, found.overdue) == (1, 1)
    assert found.sweep_lag >= 40
    world.sweep_all()
    assert (world.gateway.backlog().pending, world.gateway.backlog().overdue) == (0, 0)


@pytest.mark.parametrize(
    ("result", "counts"),
    [(GivenUp("denied"), (1, 0)), (Unconfirmed("nobody knows"), (0, 1)), (TryAgain("busy"), (0, 0))],
)
def test_callbacks_that_somebody_must_look_at_are_counted(
    world: World, result: Result, counts: tuple[int, int]
) -> None:
    decided(world, result)
    found = world.gateway.backlog()
    assert (found.failed, found.unconfirmed) == counts


@pytest.mark.parametrize("tried", [True, False])
def test_a_callback_that_waits_for_its_next_attempt_is_late_since_it_was_due_first(
    world: World, *, tried: bool
) -> None:
    decided(world, TryAgain("denied", after=timedelta(hours=1), tried=tried, kind="denied"))
    world.clock.forward(minutes=30)
    world.deliver_all()
    assert world.gateway.backlog().oldest["callback"] == 1800
    world.clock.forward(minutes=31)
    world.deliver_all()
    assert world.gateway.backlog().oldest["callback"] == 0


def test_a_message_that_is_due_and_was_never_tried_is_late(world: World) -> None:
    opened(world)
    world.clock.forward(seconds=40)
    assert world.gateway.backlog().oldest == {"callback": 0.0, "notice": 40.0}


def test_heartbeats_are_no_late_messages(world: World) -> None:
    opened(world)
    world.deliver_all()
    for _ in range(3):
        world.clock.forward(minutes=20)
        world.deliver_all()
    assert world.gateway.backlog().oldest == {"callback": 0.0, "notice": 0.0}


def test_counts_stop_at_a_limit(world: World) -> None:
    for number in range(4):
        opened(world, f"t{number}")
    assert backlog(world.database, now=world.clock.now, most=2).pending == 2


def test_a_full_database_is_read_by_indexes(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        create_schema(url)
        with closing(World(url)) as world:
            bulk.copy(url, original=opened(world), times=3000)
            bulk.analyze(url)
            plans = Plans(world.database.engine)
            for _ in range(12):
                with plans.used() as used:
                    world.gateway.backlog()
    read = {name for plan in used for name in plan.whole}
    assert read <= {"ix_approvals_due", "ix_approvals_undelivered"}, "both are read up to a limit"
