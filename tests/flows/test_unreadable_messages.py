"""A message that cannot be read harms only itself: the others are leased and sent, and it is tried again later."""

from datetime import timedelta

import pytest

from tests.builders import a_submission
from tests.fakes import World
from tests.support.database import damage
from tests.support.database.damage import spoil, stored, submit_several, unreadable_rows
from tests.support.domain.digests import WINDOW


@pytest.mark.parametrize("what", damage.MESSAGES)
@pytest.mark.parametrize("window", [timedelta(0), WINDOW])
def test_a_message_that_cannot_be_read_does_not_hold_up_the_others(
    world: World, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    [bad] = submit_several(world, 1, reviewers=("ana@example.com",))
    [good] = [world.gateway.submit(a_submission(task_token="good", title="Good"), caller="tests").approval_id]
    damage.damage(world.database, "outbox", damage.MESSAGES[what], approval_id=bad, lane="notice")
    before = stored(world.database, "outbox", "message", approval_id=bad)
    world.clock.forward(minutes=1)
    world.deliver_all()
    told = [approval.id for _, approval, _ in world.mail.sent]
    told += [line.approval.id for digest, _ in world.mail.digests for line in digest.lines]
    assert set(told) == {good}
    assert unreadable_rows(caplog) == [("outbox", bad)]
    assert stored(world.database, "outbox", "message", approval_id=bad) == before
    assert stored(world.database, "outbox", "lease", approval_id=bad, lane="notice") == [None]


def test_more_unreadable_messages_than_a_batch_do_not_hold_up_the_others(world: World) -> None:
    bad = submit_several(world, 7, reviewers=("ana@example.com",))
    for one in bad:
        damage.damage(world.database, "outbox", damage.MESSAGES["null"], approval_id=one, lane="notice")
    world.clock.forward(seconds=1)
    world.gateway.submit(a_submission(task_token="good", reviewers=("ben@example.com",)), caller="tests")
    assert world.gateway.deliver(lane="notice", limit=3) == 1
    assert world.mail.events == [("asked", "ben@example.com")]
    assert world.gateway.deliver(lane="notice", limit=3) == 0


def test_an_unreadable_message_is_tried_again_later_and_later_and_sent_once_it_can_be_read(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    [one] = submit_several(world, 1, reviewers=("ana@example.com",))
    [message] = stored(world.database, "outbox", "message", approval_id=one, lane="notice")
    damage.damage(world.database, "outbox", damage.MESSAGES["null"], approval_id=one, lane="notice")
    for _ in range(3 * 360):
        world.gateway.deliver(lane="notice")
        world.clock.forward(seconds=10)
    tries = len(unreadable_rows(caplog))
    assert 12 <= tries <= 15
    damage.damage(world.database, "outbox", {"message": message}, approval_id=one, lane="notice")
    world.clock.forward(hours=1)
    world.deliver_all()
    assert world.mail.events == [("asked", "ana@example.com")]


def test_an_unreadable_callback_does_not_hold_up_other_callbacks_and_heartbeats(world: World) -> None:
    bad, good, beating = submit_several(world, 3, heartbeat_seconds=300)
    for one in (bad, good):
        world.callbacks.results = [RuntimeError("a fault while sending")]
        world.gateway.cancel(one, actor="tests", reason="over")
    damage.damage(
        world.database, "outbox", {"message": '{"kind": "callback", "later": 1}'}, approval_id=bad, lane="callback"
    )
    world.clock.forward(minutes=6)
    world.deliver_all()
    assert world.gateway.approval(good).callback == "delivered"
    assert world.gateway.approval(bad).callback == "waiting"
    assert ("heartbeat", "token-2") in world.callbacks.calls
    assert beating


@pytest.mark.parametrize("window", [WINDOW])
def test_a_digest_leaves_out_what_cannot_be_read_and_sends_it_later(world: World) -> None:
    bad, *good = submit_several(world, 4, reviewers=("ana@example.com",))
    [content] = stored(world.database, "approvals", "content", id=bad)
    spoil(world, bad)
    world.clock.forward(minutes=1)
    world.deliver_all()
    [(digest, _)] = world.mail.digests
    assert sorted(line.approval.id for line in digest.lines) == good
    world.clock.forward(days=4)  # longer than a notice is otherwise tried
    world.deliver_all()
    spoil(world, bad, {"content": content})
    world.clock.forward(minutes=10)
    world.deliver_all()
    assert [approval.id for _, approval, _ in world.mail.sent] == [bad]
