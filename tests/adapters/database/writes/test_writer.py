"""The writer on both databases: each of a batch gets its own verdict, and all that belongs together is written so."""

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from approvals.adapters.database.engine import Database
from approvals.adapters.database.store import SqlStore
from approvals.domain.lifecycle.settle import cancel
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Change
from approvals.domain.model.errors import Stale
from approvals.domain.model.records import Arrival, Filter
from tests.builders import NOW, a_submission
from tests.fakes import World


class Gated(Database):
    """A database whose first write after `close` waits for `open`, so that others get in line behind it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=16)
        self._gate = threading.Event()
        self.open, self.reached = self._gate.set, threading.Event()
        self.open()

    def close(self) -> None:
        self._gate.clear()
        self.reached.clear()

    @contextmanager
    def write_once(self) -> Iterator[sa.Connection]:
        self.reached.set()
        assert self._gate.wait(10)
        with super().write_once() as connection:
            yield connection


@pytest.fixture
def world(database_url: str) -> Generator[World]:
    world = World(database_url)
    yield world
    world.close()


@pytest.fixture
def gated(database_url: str) -> Generator[Gated]:
    database = Gated(database_url)
    yield database
    database.engine.dispose()


def opened(world: World, token: str = "token", **changes: object) -> str:
    return world.gateway.submit(a_submission(task_token=token, **changes), caller="tests").approval_id


def arrival(world: World, token: str) -> Arrival:
    """Return what a submission with this token gives to the store."""
    kept: list[Arrival] = []

    class Keeping(SqlStore):
        def add(self, arrivals: Any) -> list[str]:
            kept.extend(arrivals)
            return [one.change.approval.id for one in arrivals]

    gateway = world.another(store=Keeping(world.database, new_id=world.new_id))
    gateway.submit(a_submission(task_token=token), caller="tests")
    return kept[0]


def cancelled(world: World, approval_id: str) -> Change:
    return cancel(world.gateway.approval(approval_id), actor="a", reason="b", now=NOW)


def with_message_twice(change: Change) -> Change:
    return msgspec.structs.replace(change, messages=(*change.messages, *change.messages))


def test_a_known_a_bad_and_a_new_arrival_of_a_batch_each_get_their_verdict(world: World, gated: Gated) -> None:
    known, store = opened(world, "known"), SqlStore(gated, new_id=world.new_id)
    bad = arrival(world, "bad")
    bad = msgspec.structs.replace(bad, change=with_message_twice(bad.change))
    first, again, new, twin = (arrival(world, token) for token in ("first", "known", "new", "new"))
    found = together(gated, store, [[first], [again], [bad], [new, twin]])
    new_id = new.change.approval.id
    assert [one.result(0) for one in (found[0], found[1], found[3])] == [
        [first.change.approval.id], [known], [new_id, new_id],
    ]  # fmt: skip
    assert isinstance(found[2].exception(0), IntegrityError)
    assert {a.id for a in world.gateway.find(Filter())} == {known, first.change.approval.id, new_id}
    assert [note.event for note in world.gateway.audit(new_id)] == ["opened"]


def together(gated: Gated, store: SqlStore, calls: list[list[Arrival]]) -> list[Future[list[str]]]:
    """Let the first call write, and the others wait behind it."""
    gated.close()
    with ThreadPoolExecutor(len(calls)) as threads:
        found = [threads.submit(store.add, calls[0])]
        assert gated.reached.wait(10)
        found += [threads.submit(store.add, call) for call in calls[1:]]
        while len(store.writer.arrivals.waiting) < len(calls) - 1:
            pass
        gated.open()
    return found


def test_a_stale_a_bad_and_a_good_change_of_a_batch_each_get_their_verdict(world: World, gated: Gated) -> None:
    ids = [opened(world, token) for token in ("first", "stale", "bad", "good")]
    changes = [cancelled(world, approval_id) for approval_id in ids]
    changes[2] = with_message_twice(changes[2])
    world.gateway.cancel(ids[1], actor="somebody", reason="faster")
    store = SqlStore(gated, new_id=world.new_id)
    gated.close()
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(apply, store, changes[0])]
        assert gated.reached.wait(10)
        found += [threads.submit(apply, store, change) for change in changes[1:]]
        while len(store.writer.changes.waiting) < len(changes) - 1:
            pass
        gated.open()
    assert [type(one.exception(0)) for one in found] == [type(None), Stale, IntegrityError, type(None)]
    trails = [[note.actor for note in world.gateway.audit(approval_id)] for approval_id in ids]
    assert trails == [["tests", "a"], ["tests", "somebody", "delivery"], ["tests"], ["tests", "a"]]


def apply(store: SqlStore, change: Change) -> None:
    with store.attempt() as tx:
        tx.apply([change])


def test_a_change_made_before_the_first_message_copy_was_stored_is_judged_again(world: World) -> None:
    """Storing a copy moves no version; the change would not make the copy due."""
    change = cancelled(world, opened(world))

    def change_while_a_copy_is_stored() -> None:
        with world.gateway.ports.store.attempt() as tx:
            tx.approval(change.approval.id)
            with world.database.write() as connection:
                connection.exec_driver_sql("UPDATE approvals SET copies = true")
            tx.apply([change])

    with pytest.raises(Stale):
        change_while_a_copy_is_stored()
    apply(SqlStore(world.database, new_id=world.new_id), change)
    assert not world.gateway.approval(change.approval.id).pending


def test_a_reviewer_who_is_added_later_finds_an_approval_with_tags(world: World) -> None:
    approval_id = opened(world, tags={"team": "payments"})
    operator = Actor(via="api", id="operator")
    world.gateway.reassign(approval_id, reviewer=0, to="zoe@example.com", actor=operator, operator=True)
    for wanted in (Filter(reviewers=("zoe@example.com",)), Filter(tag=("team", "payments"))):
        assert [approval.id for approval in world.gateway.find(wanted)] == [approval_id]


def test_a_text_that_postgresql_cannot_hold_is_refused_without_being_repeated(postgres_url: str) -> None:
    """PostgreSQL's own error would hold the values beside it."""
    world = World(postgres_url)
    change = cancelled(world, opened(world))
    note = msgspec.structs.replace(change.note, facts={}, actor="a\0b")
    with pytest.raises(Exception, match="NUL") as failed:
        apply(SqlStore(world.database, new_id=world.new_id), msgspec.structs.replace(change, note=note))
    assert "a\0b" not in str(failed.value)
    world.close()
