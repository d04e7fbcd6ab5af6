"""A digest that cannot be sent: tried again as a whole, given up on each, and nobody else is stopped by it."""

from typing import Any

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.messages.results import GivenUp, TryAgain
from tests.fakes import FakeChannel, World
from tests.support.domain.digests import ANA, BEN, open_rows, shown, submit


def test_what_could_not_be_sent_is_tried_again_as_a_whole(world: World) -> None:
    submit(world, 5)
    world.clock.forward(seconds=10)
    world.mail.results = [TryAgain("greylisted"), TryAgain("greylisted")]
    world.deliver_all()
    for _ in range(3):
        world.clock.forward(seconds=4)
        world.deliver_all()
    assert shown(world) == [(ANA, 5)]
    assert world.mail.results == []


def test_what_nobody_takes_is_given_up_after_days_with_a_note_on_each(world: World) -> None:
    ids = submit(world, 2)
    world.clock.forward(seconds=10)
    world.mail.results = [TryAgain("greylisted")]
    world.deliver_all()
    world.clock.forward(days=4)
    world.mail.results = [TryAgain("greylisted")]
    world.deliver_all()
    for one in ids:
        assert [reason for _, reason in world.gateway.ports.store.undeliverable(one)] == ["greylisted"]


def test_an_address_that_does_not_exist_is_reported_on_each(world: World) -> None:
    ids = submit(world, 3)
    world.clock.forward(seconds=10)
    world.mail.results = [GivenUp("nobody here")]
    world.deliver_all()
    assert (shown(world), open_rows(world)) == ([], 0)
    for one in ids:
        assert [note.event for note in world.gateway.audit(one)][-1] == "notice.failed"


def test_who_cannot_be_reached_by_mail_is_written_to_in_slack_about_each(world: World) -> None:
    slack = FakeChannel()
    world.directory = Directory(people={"ana": Person(id="ana", email=ANA, slack="U024BE7LH", notify="mail")})
    gateway = world.another(channels={"mail": world.mail, "slack": slack})
    submit(world, 2, reviewers=("ana",))
    world.clock.forward(seconds=10)
    world.mail.results = [GivenUp("nobody here")]
    gateway.deliver(lane="notice")
    assert slack.events == [("asked", "U024BE7LH")] * 2
    assert open_rows(world) == 0


def test_what_no_time_is_left_for_is_due_again_at_once(world: World) -> None:
    submit(world, 3)
    world.clock.forward(seconds=10)

    def late(function: Any, items: Any) -> Any:
        world.clock.forward(seconds=31)
        return map(function, items)

    world.another(each=late).deliver(lane="notice")
    assert shown(world) == []
    world.deliver_all()
    assert shown(world) == [(ANA, 3)]


def test_a_problem_of_ours_in_a_digest_stops_nobody_else_and_it_stays_whole(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    submit(world, 3, reviewers=(ANA, BEN))
    world.clock.forward(seconds=10)
    world.mail.results = [RuntimeError("a template is broken")]
    world.deliver_all()
    assert len(shown(world)) == 1
    assert "a digest could not be sent" in caplog.text
    world.clock.forward(seconds=3)
    world.deliver_all()
    assert sorted(shown(world)) == [(ANA, 3), (BEN, 3)]


def test_where_there_is_no_mail_any_more_each_reports_it(world: World) -> None:
    ids = submit(world, 2)
    world.gateway.refresh_inbox(ids[0], reviewer=0)
    world.clock.forward(seconds=10)
    without = world.another(channels={})
    while without.deliver(lane="notice"):
        pass
    reasons = [reason for one in ids for _, reason in world.gateway.ports.store.undeliverable(one)]
    assert reasons == ["mail is not set up here"] * 3
