"""The store and the outbox by themselves, on both databases: versions, leases, look-ups and paging."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from approvals.adapters.database.engine import Database
from approvals.adapters.database.store import search
from approvals.adapters.database.transaction import SAME_WAIT
from approvals.domain.directory.people import Directory, Person
from approvals.domain.lifecycle.settle import cancel
from approvals.domain.model.errors import NotFound, Stale, Unavailable
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Sent, TryAgain
from approvals.domain.model.records import Filter, Leased
from approvals.domain.model.submission import Execution
from tests.builders import CONTEXT, EXECUTION_ARN, NOW, a_submission
from tests.fakes import World


@pytest.fixture
def world(database_url: str) -> Generator[World]:
    world = World(database_url)
    yield world
    world.close()


def _open(world: World, token: str = "token", **changes: object) -> str:
    return world.gateway.submit(a_submission(task_token=token, **changes), caller="tests").approval_id


def _lease(world: World, *, now: datetime = NOW, seconds: int = 60, limit: int = 10) -> list[Leased]:
    return world.gateway.ports.outbox.lease(lane="notice", now=now, until=now + timedelta(seconds=seconds), limit=limit)


def test_a_change_made_from_an_old_version_is_refused_whole(world: World) -> None:
    approval = world.gateway.approval(_open(world))
    change = cancel(approval, actor="a", reason="b", now=NOW)
    with world.gateway.ports.store.transaction() as tx:
        tx.apply([change])
    with pytest.raises(Stale), world.gateway.ports.store.transaction() as tx:
        tx.apply([change])
    assert [note.event for note in world.gateway.audit(approval.id)] == ["opened", "cancelled"]


def test_an_exception_rolls_everything_back(world: World) -> None:
    approval = world.gateway.approval(_open(world))
    change = cancel(approval, actor="a", reason="b", now=NOW)

    def fail_on_the_way() -> None:
        with world.gateway.ports.store.transaction() as tx:
            tx.apply([change])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_on_the_way()
    assert world.gateway.approval(approval.id) == approval


def test_what_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.gateway.approval("nothing")


def test_times_come_back_aware_and_naive_ones_are_refused(world: World) -> None:
    approval = world.gateway.approval(_open(world))
    assert approval.created_at == NOW
    naive = msgspec.structs.replace(
        cancel(approval, actor="a", reason="b", now=NOW),
        approval=msgspec.structs.replace(approval, version=2, deadline=datetime(2026, 1, 1)),  # noqa: DTZ001,
    )
    with pytest.raises(Exception, match="without a time zone"), world.gateway.ports.store.transaction() as tx:
        tx.apply([naive])


def test_approvals_are_found_by_everything_they_can_be_listed_by(world: World) -> None:
    ours = _open(world, "one", tags={"team": "payments"}, **CONTEXT)
    other = _open(world, "two", reviewers=("cat@example.com",))
    world.gateway.cancel(other, actor="a", reason="b")
    find = world.gateway.ports.store.find
    for wanted in (
        Filter(status="pending"), Filter(reviewers=("ANA@example.com",)), Filter(execution=EXECUTION_ARN),
        Filter(tag=("team", "payments")), Filter(reviewers=("ben@example.com",), status="pending"),
    ):  # fmt: skip
        assert [approval.id for approval in find(wanted)] == [ours], wanted
    assert [a.id for a in find(Filter())] == [other, ours]
    assert find(Filter(created_to=NOW)) == []
    assert len(find(Filter(created_from=NOW, policy=""))) == 2


@pytest.mark.parametrize("name", ["Ana", "ana", "slack:U024BE7LH"])
def test_a_reviewer_whose_id_has_capitals_is_found_by_it(world: World, name: str) -> None:
    person = Person(id=name, email="ana@example.com")
    gateway = world.another(directory=Directory(people={name: person}))
    ours = gateway.submit(a_submission(reviewers=(name,)), caller="tests").approval_id
    assert [approval.id for approval in gateway.find(Filter(reviewers=(name,)))] == [ours]


def test_pages_follow_one_another_without_gap_or_repetition_while_new_ones_arrive(world: World) -> None:
    ids = [_open(world, f"t{n}") for n in range(7)]
    seen, before = [], None
    while page := world.gateway.find(Filter(limit=3, before=before)):
        seen += [approval.id for approval in page]
        before = page[-1].id
        _open(world, f"late-{len(seen)}")
    assert seen == ids[::-1]


def test_a_message_whose_key_is_queued_already_is_refused_with_its_whole_change(world: World) -> None:
    approval = world.gateway.approval(_open(world))
    change = cancel(approval, actor="a", reason="b", now=NOW)
    twice = msgspec.structs.replace(change, messages=(*change.messages, *change.messages))
    with pytest.raises(IntegrityError), world.gateway.ports.store.transaction() as tx:
        tx.apply([twice])
    assert world.gateway.approval(approval.id) == approval
    assert [note.event for note in world.gateway.audit(approval.id)] == ["opened"]


def test_a_message_is_leased_by_one_at_a_time(world: World) -> None:
    _open(world)
    first, second = _lease(world), _lease(world)
    assert sorted(leased.key for leased in first) == [
        "asked:0:mail:ana@example.com:0",
        "asked:0:mail:ben@example.com:1",
    ]
    assert second == []


def test_a_lease_that_ran_out_is_taken_over_and_marked_as_ambiguous(world: World) -> None:
    _open(world, reviewers=("ana@example.com",))
    [lost] = _lease(world)
    [taken] = _lease(world, now=NOW + timedelta(seconds=60))
    assert (lost.ambiguous, taken.ambiguous, taken.attempts) == (False, True, 2)
    settle = world.gateway.ports.outbox.settle
    assert settle([(lost, Sent())], now=NOW, jitter=lambda: 1.0) == 0, "the lease was lost"
    assert settle([(taken, Sent())], now=NOW, jitter=lambda: 1.0) == 1


def test_what_failed_comes_again_when_the_other_side_asked_or_after_backing_off(world: World) -> None:
    _open(world)
    leased = _lease(world)
    results = [(leased[0], TryAgain("busy", after=timedelta(minutes=7))), (leased[1], TryAgain("down"))]
    world.gateway.ports.outbox.settle(results, now=NOW, jitter=lambda: 0.5)
    assert [one.key for one in _lease(world, now=NOW + timedelta(seconds=1))] == [leased[1].key]
    assert leased[0].key in {one.key for one in _lease(world, now=NOW + timedelta(minutes=7))}


def test_callbacks_can_be_queued_as_leased_to_the_one_who_settles(world: World) -> None:
    approval = world.gateway.approval(_open(world))
    with world.gateway.ports.store.transaction() as tx:
        change = cancel(approval, actor="a", reason="b", now=NOW)
        [leased] = tx.apply([change], lease_until=NOW + timedelta(seconds=60))
    assert isinstance(leased.message, Callback)
    assert leased.target.sealed_token
    assert world.gateway.ports.outbox.lease(lane="callback", now=NOW, until=NOW + timedelta(seconds=60), limit=9) == []
    [taken] = world.gateway.ports.outbox.lease(
        lane="callback", now=NOW + timedelta(seconds=60), until=NOW + timedelta(seconds=120), limit=9
    )
    assert taken.ambiguous


def test_one_that_cannot_be_handled_is_put_out_of_the_way(world: World) -> None:
    approval_id = _open(world)
    with world.gateway.ports.store.transaction() as tx:
        tx.defer(approval_id, until=NOW + timedelta(days=30))
    with world.gateway.ports.store.transaction() as tx:
        assert tx.due(now=NOW + timedelta(days=29), limit=10) == []


def test_a_database_that_is_not_migrated_is_not_ready(bare_database_url: str) -> None:
    world = World(bare_database_url)
    with pytest.raises(Unavailable) as failed:
        world.gateway.ports.store.check()
    assert "approvals" in failed.value.reason
    world.close()


def test_approvals_of_an_execution_are_found_without_reading_every_pending_one(world: World) -> None:
    """Without statistics PostgreSQL adds the index of the status, and each submission reads all that is pending."""
    runs = ({**CONTEXT, "execution": Execution(id=f"{EXECUTION_ARN}-{n}")} for n in range(2000))
    many = [a_submission(task_token=f"token-{n}", **run) for n, run in enumerate(runs)]
    world.gateway.submit_all(many, caller="tests")
    wanted = {"arn": f"{EXECUTION_ARN}-7", "state": "Wait", "item": None, "sender": "tests", "of_id": "x", "most": 2}
    of_execution = search(Filter(execution=f"{EXECUTION_ARN}-7", status="pending"))
    for plan in (plan_of(world.database, SAME_WAIT, wanted), plan_of(world.database, of_execution, {})):
        assert "ix_approvals_execution" in plan
        assert "ix_approvals_status" not in plan


def plan_of(database: Database, query: sa.Select[Any], parameters: dict[str, Any]) -> str:
    """Return the database's plan of a query."""
    word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *a: (f"{word} {a[2]}", a[3]), retval=True)
        cursor = connection.execute(query, parameters).cursor
        assert cursor is not None
        return " ".join(map(str, cursor.fetchall()))
