"""Retention: settled approvals leave the database for the archive, whole, and never before they are there."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import NotArchived, NotFound
from approvals.domain.model.messages.results import GivenUp, TryAgain, Unconfirmed
from approvals.domain.values import canonical_json
from approvals.flows.gateway import Gateway
from approvals.flows.ports import Retention
from tests.builders import BY_LINK, a_submission
from tests.fakes import World
from tests.flows.retention.conftest import KEPT_FOR, FakeArchive, rows_left, settled

NOTHING_SENT = TryAgain("AWS does not answer")


def keeper_of(world: World, archive: FakeArchive, *, batch: int) -> Gateway:
    return world.another(retention=Retention(kept_for=KEPT_FOR, archive=archive, batch=batch))


def _lines(archive: FakeArchive) -> list[dict[str, Any]]:
    return [json.loads(line) for content in archive.files.values() for line in content.splitlines()]


def test_an_approval_leaves_with_all_its_rows_and_its_line_holds_all_of_it(
    world: World, keeper: Gateway, archive: FakeArchive
) -> None:
    approval_id = settled(world, tags={"Team": "Finance"}, reviewers=("Ana@Example.com", "ben@example.com"))
    before, notes = world.gateway.approval(approval_id), world.gateway.audit(approval_id)
    world.clock.forward(days=30, seconds=1)
    assert keeper.purge() == 1
    assert rows_left(world) == {}
    with pytest.raises(NotFound):
        world.gateway.approval(approval_id)

    [line] = _lines(archive)
    approval = line["approval"]
    assert (line["format"], approval["id"], approval["status"]) == (1, approval_id, "approved")
    assert [note["event"] for note in line["notes"]] == [note.event for note in notes]
    assert [decision["comment"] for decision in line["decisions"]] == ["Fine with me"]
    assert approval["outcome"]["contentSha256"] == before.content_sha256
    assert hashlib.sha256(canonical_json(approval["content"])).hexdigest() == before.content_sha256
    assert {message["key"] for message in line["messages"]} >= {"callback"}
    assert "sealedToken" not in approval
    [content] = archive.files.values()
    assert b"token-0001" not in content
    assert content.endswith(b"\n")


def test_a_younger_one_stays(world: World, keeper: Gateway, archive: FakeArchive) -> None:
    settled(world)
    world.clock.forward(days=29, hours=23)
    assert keeper.purge() == 0
    assert archive.files == {}


def test_without_a_retention_time_all_stay(world: World) -> None:
    settled(world)
    world.clock.forward(days=3650)
    assert world.gateway.purge() == 0
    assert "approvals" in rows_left(world)


def test_without_an_archive_they_are_deleted_only(world: World) -> None:
    settled(world)
    world.clock.forward(days=31)
    assert world.another(retention=Retention(kept_for=KEPT_FOR, archive=None)).purge() == 1
    assert rows_left(world) == {}


def test_what_the_archive_refuses_stays(world: World, keeper: Gateway, archive: FakeArchive) -> None:
    settled(world)
    world.clock.forward(days=31)
    archive.full, before = True, rows_left(world)
    with pytest.raises(NotArchived):
        keeper.purge()
    assert rows_left(world) == before
    archive.full = False
    assert keeper.purge() == 1


@pytest.mark.parametrize("at", range(1, 7), ids=lambda at: f"statement {at}")
def test_a_process_that_dies_between_writes_the_same_file_again(
    world: World, keeper: Gateway, archive: FakeArchive, at: int
) -> None:
    for number in range(3):
        settled(world, number, tags={"team": "finance"})
    world.clock.forward(days=31)
    before = rows_left(world)
    with _Dying(world, at), pytest.raises(KeyboardInterrupt):
        keeper.purge()
    assert rows_left(world) == before
    assert keeper.purge() == 3
    assert rows_left(world) == {}
    assert archive.stored == archive.stored[:1] * 2
    assert len(_lines(archive)) == 3


class _Dying:
    """Within it, the nth statement that deletes something ends the process."""

    def __init__(self, world: World, at: int) -> None:
        self._engine, self._left = world.database.engine, at

    def __enter__(self) -> None:
        sa.event.listen(self._engine, "before_cursor_execute", self._count)

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._count)

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self._left -= statement.startswith("DELETE")
        if self._left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "result",
    [NOTHING_SENT, GivenUp("the token is not known"), Unconfirmed("nobody knows")],
    ids=["waiting", "failed", "unconfirmed"],
)
def test_one_whose_callback_was_not_delivered_stays(world: World, keeper: Gateway, result: Any) -> None:
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    world.deliver_all()
    world.callbacks.results = [result]
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    while world.gateway.deliver(lane="notice"):
        pass
    world.clock.forward(days=400)
    assert keeper.purge() == 0
    assert world.gateway.approval(approval_id)


def test_one_with_a_message_that_waits_stays_and_so_does_a_pending_one(world: World, keeper: Gateway) -> None:
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    world.clock.forward(days=400)
    assert keeper.purge() == 0
    world.mail.results = [NOTHING_SENT] * 99
    world.gateway.cancel(approval_id, actor="command:olga", reason="Not needed")
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback == "delivered"
    world.clock.forward(days=400)
    assert keeper.purge() == 0


def test_one_that_changes_between_export_and_purge_is_exported_again(
    world: World, keeper: Gateway, archive: FakeArchive
) -> None:
    first, second = settled(world, 1), settled(world, 2)
    world.clock.forward(days=31)
    [before, stays] = keeper.ports.records().settled(before=world.clock.now - KEPT_FOR, after="", limit=9).records
    with world.database.write() as connection:
        changed = tables.approvals.update().where(tables.approvals.c.id == first)
        connection.execute(changed.values(version=tables.approvals.c.version + 1))
    assert keeper.ports.records().purge([before, stays], before=world.clock.now - KEPT_FOR) == 1
    assert keeper.purge() == 1
    assert [line["approval"]["id"] for line in _lines(archive)] == [first]
    assert second not in str(archive.files)


def test_many_leave_in_batches_and_an_unreadable_one_stays(world: World, archive: FakeArchive) -> None:
    keeper = keeper_of(world, archive, batch=2)
    ids = [settled(world, number) for number in range(5)]
    with world.database.write() as connection:
        damaged = tables.approvals.update().where(tables.approvals.c.id.in_(ids[2:4]))
        connection.execute(damaged.values(outcome='{"cut'))
    world.clock.forward(days=31)
    assert keeper.purge() == 3
    assert sorted(line["approval"]["id"] for line in _lines(archive)) == [ids[0], ids[1], ids[4]]
    assert rows_left(world)["approvals"] == 2


def test_it_stops_between_two_batches_when_it_has_to(world: World, archive: FakeArchive) -> None:
    keeper = keeper_of(world, archive, batch=1)
    for number in range(3):
        settled(world, number)
    world.clock.forward(days=31)
    turns = iter([True, True, False])
    assert keeper.purge(proceed=lambda: next(turns)) == 2
    assert len(archive.files) == 2


def test_several_processes_purge_each_approval_once(world: World, archive: FakeArchive) -> None:
    ids = [settled(world, number) for number in range(20)]
    world.clock.forward(days=31)
    keepers = [keeper_of(world, archive, batch=4) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        purged = list(pool.map(lambda one: one.purge(), keepers))
    assert sum(purged) == 20
    assert rows_left(world) == {}
    assert {line["approval"]["id"] for line in _lines(archive)} == set(ids)


def test_a_purged_token_that_is_submitted_again_opens_an_approval_that_its_first_heartbeat_ends(
    world: World, keeper: Gateway
) -> None:
    before = settled(world)
    world.clock.forward(days=31)
    assert keeper.purge() == 1
    again = world.gateway.submit(a_submission(task_token="token-0001"), caller="tests")
    assert again.created
    assert again.approval_id != before
    world.deliver_all()
    world.callbacks.results = [GivenUp("the state no longer waits", closed=True)]
    world.clock.now += timedelta(minutes=20)
    world.deliver_all()
    assert world.gateway.approval(again.approval_id).status == "cancelled"
