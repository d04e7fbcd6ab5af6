"""A change or a result that cannot be written harms only its own approval."""

import pytest
import sqlalchemy as sa

from approvals.domain.model.messages.results import TryAgain
from tests.fakes import World
from tests.support.database.damage import submit_several


def conflicting_note(world: World, approval_id: str, number: int) -> None:
    """Take the place of the next line of the trail, so that the next change cannot be written."""
    note = {"of": approval_id, "number": number, "at": "2026-03-02 09:30:00.000000+00:00"}
    with world.database.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO notes (approval_id, number, event, at, actor, facts)"
                " VALUES (:of, :number, 'x', :at, 'x', '{}')"
            ),
            note,
        )


def test_a_change_that_cannot_be_written_does_not_stop_the_sweep_of_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bad, *good = submit_several(world)
    conflicting_note(world, bad, 2)
    world.clock.forward(days=40)
    assert world.gateway.sweep() == 2
    assert [world.gateway.approval(one).status for one in good] == ["expired", "expired"]
    assert [vars(one)["approval_id"] for one in caplog.records if getattr(one, "event", "") == "sweep.error"] == [bad]
    assert world.gateway.sweep() == 0
    with world.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM notes WHERE event = 'x'"))
    world.clock.forward(hours=1)
    world.sweep_all()
    assert world.gateway.approval(bad).status == "expired"


def test_a_result_that_cannot_be_written_does_not_keep_others_from_being_written(world: World) -> None:
    bad, good = submit_several(world, 2)
    for one in (bad, good):
        world.callbacks.results = [TryAgain("busy")]
        world.gateway.cancel(one, actor="tests", reason="over")
    conflicting_note(world, bad, 3)
    world.clock.forward(seconds=30)
    world.gateway.deliver(lane="callback")
    assert world.gateway.approval(good).callback == "delivered"
    assert world.gateway.approval(bad).callback == "waiting"
