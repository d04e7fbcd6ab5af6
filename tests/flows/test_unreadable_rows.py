"""An approval that cannot be read harms only itself: the others are swept, listed and audited.

It waits for a release that can read it, or for a repair.
"""

from typing import Any

import pytest

from approvals.adapters.database.unreadable.set_aside import FIRST, LONGEST, distance
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Unreadable
from approvals.domain.model.records import Filter
from approvals.flows import sweep
from tests.builders import BY_LINK, a_submission
from tests.fakes import World
from tests.support.database import damage
from tests.support.database.damage import spoil, stored, submit_several, unreadable_rows

EVERY = sorted({*damage.APPROVALS, *damage.ONLY_SQLITE, *damage.ONLY_POSTGRESQL})


@pytest.mark.parametrize("what", EVERY)
def test_the_others_are_swept_and_listed_and_it_stays_as_it_is(
    world: World, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    damages = damage.named(world.url)
    if what not in damages:
        return  # the other database's
    bad, *good = submit_several(world)
    spoil(world, bad, damages[what])
    damage.damage(world.database, "approvals", {"next_action_at": "2026-03-01 00:00:00.000000+00:00"}, id=bad)
    before = stored(world.database, "approvals", id=bad) if "UTF-8" not in what else None
    world.clock.forward(days=40)
    world.sweep_all()
    assert [world.gateway.approval(one).status for one in good] == ["expired", "expired"]
    assert sorted(approval.id for approval in world.gateway.find(Filter())) == good
    assert before is None or stored(world.database, "approvals", id=bad) == before
    with pytest.raises(Unreadable, match=bad):
        world.gateway.approval(bad)
    assert unreadable_rows(caplog) == [("approvals", bad)]
    assert world.gateway.unreadable == 1


def test_it_is_tried_again_later_and_later_without_spinning(world: World, caplog: pytest.LogCaptureFixture) -> None:
    [bad] = submit_several(world, 1)
    spoil(world, bad)
    world.clock.forward(days=40)
    tried = []
    for _ in range(8 * 60):
        world.sweep_all()
        tried.append(len(unreadable_rows(caplog)))
        world.clock.forward(minutes=1)
    assert tried[0] == 1
    assert tried[-1] == len([0, 1, 3, 7, 15, 31, 63, *range(123, 480, 60)])
    assert (distance(0), distance(50)) == (FIRST, LONGEST)
    assert not world.gateway.ports.store.any_due(now=world.clock())


def test_a_repaired_row_is_swept_and_no_longer_counted(world: World) -> None:
    [bad] = submit_several(world, 1)
    [content] = stored(world.database, "approvals", "content", id=bad)
    spoil(world, bad)
    world.clock.forward(days=40)
    world.sweep_all()
    spoil(world, bad, {"content": content})
    assert world.gateway.approval(bad).pending
    assert world.gateway.unreadable == 0
    world.sweep_all()
    assert world.gateway.approval(bad).status == "expired"


def test_another_process_that_can_read_it_is_not_held_up(world: World) -> None:
    """As in a rolling deployment: the older process has left the row aside, and not moved it."""
    [bad] = submit_several(world, 1)
    [content] = stored(world.database, "approvals", "content", id=bad)
    spoil(world, bad)
    world.clock.forward(days=40)
    world.sweep_all()
    spoil(world, bad, {"content": content})
    newer = World(world.url, clock=world.clock)
    assert newer.gateway.sweep() == 1
    newer.close()


def test_more_of_them_than_a_batch_do_not_hide_the_others(world: World) -> None:
    bad = submit_several(world, 7)
    for one in bad:
        spoil(world, one)
    world.clock.forward(seconds=1)
    good = world.gateway.submit(a_submission(task_token="good"), caller="tests").approval_id
    world.clock.forward(days=40)
    assert world.gateway.sweep(limit=3) == 1
    assert world.gateway.approval(good).status == "expired"
    assert [one.id for one in world.gateway.find(Filter(limit=3))] == [good]
    assert world.gateway.sweep(limit=3) == 0


def test_a_page_of_them_does_not_end_a_list(world: World) -> None:
    oldest, *bad = submit_several(world, 61)
    for one in bad:
        spoil(world, one)
    assert [one.id for one in world.gateway.find(Filter(limit=50))] == [oldest]
    assert [line.approval.id for line in world.gateway.waiting_for(["ana@example.com"])] == [oldest]


def test_a_decision_that_cannot_be_read_harms_only_its_approval(world: World) -> None:
    bad, good = submit_several(world, 2, need=2)
    for one in (bad, good):
        world.gateway.decide(one, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    damage.damage(world.database, "decisions", {"side": "abstain"}, approval_id=bad)
    assert [one.id for one in world.gateway.find(Filter())] == [good]


def test_after_a_change_of_the_directory_the_others_are_checked(world: World, caplog: pytest.LogCaptureFixture) -> None:
    ana, ben = (Person(id=name, name=name, email=f"{name}@example.com") for name in ("ana", "ben"))
    world.directory = Directory(people={"ana": ana, "ben": ben}, groups={"all": ("ana",)})
    world.gateway = world.another()
    bad, *good = submit_several(world, 3, reviewers=("group:all",))
    spoil(world, bad)
    world.directory = Directory(people={"ana": ana, "ben": ben}, groups={"all": ("ben",)})
    world.gateway = world.another()
    while world.gateway.sweep():
        pass
    asked = [[r.id for r in world.gateway.approval(one).eligible] for one in good]
    assert asked == [["ben"], ["ben"]]
    assert unreadable_rows(caplog) == [("approvals", bad)]
    assert world.gateway.sweep() == 0


def test_a_fault_in_checking_one_after_a_change_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = (Person(id=name, name=name, email=f"{name}@example.com") for name in ("ana", "ben"))
    world.directory = Directory(people={"ana": ana, "ben": ben}, groups={"all": ("ana",)})
    world.gateway = world.another()
    bad, good = submit_several(world, 2, reviewers=("group:all",))
    world.directory = Directory(people={"ana": ana, "ben": ben}, groups={"all": ("ben",)})
    world.gateway = world.another()
    real = sweep.reevaluate

    def faulty(approval: Any, *args: Any, **named: Any) -> Any:
        if approval.id == bad:
            raise RuntimeError("a fault")
        return real(approval, *args, **named)

    monkeypatch.setattr(sweep, "reevaluate", faulty)
    while world.gateway.sweep():
        pass
    assert [r.id for r in world.gateway.approval(good).eligible] == ["ben"]
    monkeypatch.undo()
    world.clock.forward(minutes=2)
    world.gateway.sweep()
    assert [r.id for r in world.gateway.approval(bad).eligible] == ["ben"]


def test_a_line_of_the_audit_trail_that_cannot_be_read_is_shown_as_such(world: World) -> None:
    [one] = submit_several(world, 1)
    world.gateway.cancel(one, actor="tests", reason="over")
    damage.damage(world.database, "notes", {"facts": "{"}, approval_id=one, number=1)
    first, *others = world.gateway.audit(one)
    assert (first.event, first.actor, first.facts) == ("unreadable", "database", {"number": 1})
    assert [note.event for note in others][:1] == ["cancelled"]


def test_rows_that_cannot_be_read_are_counted(world: World) -> None:
    counted: list[str] = []
    world.database.set_aside.counted_by(lambda: counted.append("row"))
    bad, other, _ = submit_several(world)
    spoil(world, bad)
    damage.damage(world.database, "outbox", damage.MESSAGES["null"], approval_id=other, lane="notice")
    world.clock.forward(days=40)
    world.gateway.sweep()
    world.gateway.deliver(lane="notice")
    assert len(counted) >= 2
    assert world.gateway.backlog().failed == 0


def test_a_moment_that_is_none_does_not_stop_the_measurement_of_lags(world: World) -> None:
    [one] = submit_several(world, 1)
    value = "0" if world.url.startswith("sqlite") else "-infinity"
    damage.damage(world.database, "approvals", {"next_action_at": value}, id=one)
    assert world.gateway.backlog().sweep_lag == 0
