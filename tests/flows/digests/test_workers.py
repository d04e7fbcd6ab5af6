"""Many workers, and some that die: still one digest for one burst, by few statements."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.adapters.database.outbox import digest_lease
from approvals.adapters.database.outbox.digest_lease import lease_digests
from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.records import Leased
from tests.builders import NOW
from tests.fakes import FakeChannel, World
from tests.support.domain.digests import ANA, BEN, WINDOW, open_rows, shown, submit


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("when", ["before it is sent", "after it was sent"])
def test_a_worker_that_dies_is_followed_by_one_digest_of_the_same(world: World, when: str) -> None:
    submit(world, 20)
    world.clock.forward(seconds=10)
    if when == "before it is sent":
        world.mail.results = [Crash()]
        with pytest.raises(Crash):
            world.gateway.deliver(lane="notice")
    else:
        dying = world.another(outbox=_Dying(world.database, new_id=world.new_id, window=WINDOW))
        with pytest.raises(Crash):
            dying.deliver(lane="notice")
    sent_before = len(world.mail.digests)
    world.clock.forward(seconds=59)
    submit(world, 1)
    world.deliver_all()
    assert len(world.mail.digests) == sent_before
    world.clock.forward(seconds=1)
    world.deliver_all()
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert shown(world)[sent_before:] == [(ANA, 21)]
    assert open_rows(world) == 0


class _Dying(SqlOutbox):
    def settle(self, *_: Any, **__: Any) -> int:
        raise Crash


class _Slowly(FakeChannel):
    """Everybody sends at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def send_digest(self, digest: Any, *, link: str) -> Result:
        with self._lock:
            self.digests.append((digest, link))
        return Sent("receipt")


def test_many_workers_send_one_digest_for_one_burst(world: World) -> None:
    """Every worker sees all of it due at the same moment, and takes only a few rows at a time."""
    world.mail = _Slowly()
    world.gateway = world.another(channels={"mail": world.mail})
    people = tuple(f"p{n}@example.com" for n in range(6))
    for _ in range(5):
        submit(world, 40, reviewers=people)
    world.clock.forward(seconds=10)
    ready = threading.Barrier(8)

    def work(_: int) -> None:
        mine = world.another(channels={"mail": world.mail})
        ready.wait()
        idle = 0
        while idle < 5:
            idle = 0 if mine.deliver(lane="notice", limit=3) else idle + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sorted(shown(world)) == [(person, 200) for person in people]
    assert (open_rows(world), world.mail.events) == (0, [])


def test_while_one_worker_leases_what_is_for_somebody_no_other_takes_any_of_it(postgres_url: str) -> None:
    """On PostgreSQL, where two can be at it: the first has taken one row, and not come to the others yet."""
    world = World(postgres_url, window=WINDOW)
    submit(world, 6)
    submit(world, 3, reviewers=(BEN,))
    now = world.clock.forward(seconds=10)
    claim = {"of_lane": "notice", "now": now, "until": now + timedelta(minutes=1), "most": 1}
    with world.database.write() as first:
        [turn] = first.execute(digest_lease._TAKE_TURNS, {name: claim[name] for name in ("of_lane", "now", "most")})
        first.execute(digest_lease._OURS, {**claim, "new_lease": "first", "people": [turn.recipient]}).all()
        with world.database.write() as second:
            others = lease_digests(second, {**claim, "most": 100, "new_lease": "second"}, window=WINDOW)
    assert (turn.recipient, turn.ours) == (f"mail:{ANA}", True)
    assert [row["recipient"] for row in others] == [f"mail:{BEN}"] * 3
    world.close()


def test_what_is_leased_for_somebody_is_no_longer_there_when_the_lock_is_free(postgres_url: str) -> None:
    """The second looks before the first commits, and locks after it."""
    world = World(postgres_url, window=WINDOW)
    submit(world, 6)
    now = world.clock.forward(seconds=10)
    claim = {"of_lane": "notice", "now": now, "until": now + timedelta(minutes=1), "most": 1}
    with world.database.write() as first:
        lease_digests(first, {**claim, "new_lease": "first"}, window=WINDOW)
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(world.gateway.ports.outbox.lease, lane="notice", now=now, until=now, limit=10).result(10)
    assert held == []
    assert world.gateway.ports.outbox.lease(lane="notice", now=now, until=now, limit=10) == []
    world.close()


def test_a_digest_leaves_what_another_process_holds(world: World) -> None:
    submit(world, 1)
    held = leased_at(world, world.clock.forward(seconds=10))
    submit(world, 1)
    taken = leased_at(world, world.clock.forward(seconds=10))
    assert (len(held), len(taken)) == (1, 1)
    assert held[0].target != taken[0].target


def leased_at(world: World, now: datetime) -> list[Leased]:
    outbox = world.gateway.ports.outbox
    return outbox.lease(lane="notice", now=now, until=now + timedelta(minutes=1), limit=10)


def test_callbacks_are_leased_by_the_same_statements_as_ever_and_an_idle_poll_is_one_look(world: World) -> None:
    submit(world)
    world.deliver_all()
    world.gateway.ports.outbox.lease(lane="callback", now=NOW + timedelta(hours=1), until=NOW, limit=10)
    statements: list[str] = []
    sa.event.listen(world.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    world.gateway.ports.outbox.lease(lane="callback", now=NOW + timedelta(hours=1), until=NOW, limit=10)
    said = [text.split()[0] for text in statements if not text.startswith("BEGIN")]
    assert said == ["SELECT", "UPDATE", "SELECT"], "a look, the leases, where they go"
    statements.clear()
    assert world.gateway.deliver(lane="notice") == 0
    assert [text.split()[0] for text in statements if not text.startswith("BEGIN")] == ["SELECT"]
