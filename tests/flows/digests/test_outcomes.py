"""Outcomes: one mail for many, and none for the person who has just given the answer."""

from datetime import timedelta

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK, by
from tests.fakes import FakeCallbacks, World
from tests.support.domain.digests import ANA, BEN, open_rows, submit

BOTH = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN), need=2),)),))
CLEO = "cleo@example.com"
ONE_OF_THREE = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN, CLEO)),)),))


def answer(world: World, ids: list[str], *, reviewer: int) -> None:
    for one in ids:
        given = Answer(option="approve")
        world.gateway.decide(one, reviewer=reviewer, answer=given, actor=BY_LINK, assurance="link")


def told(world: World) -> list[tuple[str, int]]:
    """Return the recipient of each mail about outcomes, and how many outcomes it has."""
    alone = [(notice.to, 1) for notice, _, _ in world.mail.sent if notice.event == "settled"]
    return sorted(alone + [(digest.to, digest.count) for digest in world.mail.outcomes])


def over(world: World) -> None:
    """Let the window pass."""
    world.clock.forward(seconds=10)
    world.deliver_all()


def test_a_bulk_answer_tells_nothing_to_the_person_who_gave_it(world: World) -> None:
    answer(world, submit(world, 37), reviewer=0)
    over(world)
    assert (told(world), open_rows(world)) == ([], 0)


def test_those_who_answered_earlier_and_those_who_need_not_answer_get_one_mail(world: World) -> None:
    together = submit(world, 5, policy=BOTH)
    open_to_all = submit(world, 4, policy=ONE_OF_THREE)
    over(world)
    answer(world, together, reviewer=0)
    answer(world, together, reviewer=1)
    answer(world, open_to_all, reviewer=2)
    over(world)
    assert told(world) == [(ANA, 9), (BEN, 4)]


def test_an_answer_on_behalf_of_somebody_tells_them(world: World) -> None:
    [one] = submit(world)
    over(world)
    answered = Answer(option="approve")
    world.gateway.decide(one, reviewer=0, answer=answered, actor=by("key:ops", via="api"), assurance="link")
    over(world)
    assert told(world) == [(ANA, 1)]


def test_three_that_came_as_a_digest_are_told_in_its_thread(world: World) -> None:
    ids = submit(world, 3)
    over(world)
    for one in ids:
        world.gateway.cancel(one, actor="tests", reason="gone")
    over(world)
    [digest] = world.mail.outcomes
    assert (digest.count, digest.thread, world.mail.events) == (3, "receipt", [])
    assert [status for status, _ in digest.by_status] == ["cancelled"]


def test_those_that_came_one_by_one_are_in_no_thread_of_one_of_them(world: World) -> None:
    world.mail.receipts = ["first", "second"]
    first = submit(world)
    over(world)
    second = submit(world)
    over(world)
    for one in (*first, *second):
        world.gateway.cancel(one, actor="tests", reason="gone")
    over(world)
    [digest] = world.mail.outcomes
    assert (digest.count, digest.thread) == (2, None)


def test_one_of_a_digest_that_is_settled_alone_answers_the_digest(world: World) -> None:
    world.mail.receipts = ["<digest.1@example.com>"]
    [first, *_] = submit(world, 3)
    over(world)
    world.gateway.cancel(first, actor="tests", reason="gone")
    over(world)
    assert world.mail.threads == ["<digest.1@example.com>"]


def test_each_outcome_has_the_link_of_its_reader(world: World) -> None:
    ids = submit(world, 2)
    over(world)
    for one in ids:
        world.gateway.cancel(one, actor="tests", reason="gone")
    over(world)
    [digest] = world.mail.outcomes
    links = [line.link.rpartition("/")[2] for line in digest.lines]
    read = world.gateway.ports.links.read
    assert [read(link, now=world.clock()) for link in links] == [(one, ForReviewer(0)) for one in ids]


def test_outcomes_wait_until_their_workflows_are_told_and_hold_up_no_others(world: World) -> None:
    world.callbacks = FakeCallbacks()
    gateway = world.another(callbacks=world.callbacks)
    ids = submit(world, 4, policy=BOTH)
    over(world)
    world.callbacks.results = [TryAgain("throttled", after=timedelta(seconds=11))]
    for one in ids:
        gateway.cancel(one, actor="tests", reason="gone")
    world.clock.forward(seconds=10)
    while gateway.deliver(lane="notice"):
        pass
    assert told(world) == [(ANA, 3), (BEN, 3)]
    world.clock.forward(seconds=3)
    for lane in ("callback", "notice"):
        while gateway.deliver(lane=lane):  # type: ignore[arg-type]
            pass
    assert told(world) == [(ANA, 1), (ANA, 3), (BEN, 1), (BEN, 3)]


@pytest.mark.parametrize("result", [TryAgain("greylisted"), RuntimeError("a template is broken")])
def test_outcomes_that_could_not_be_sent_are_tried_again_together(world: World, result: TryAgain) -> None:
    ids = submit(world, 3)
    over(world)
    for one in ids:
        world.gateway.cancel(one, actor="tests", reason="gone")
    world.mail.results = [result]
    over(world)
    assert told(world) == []
    over(world)
    assert (told(world), open_rows(world)) == ([(ANA, 3)], 0)


def test_outcomes_that_cannot_be_sent_are_noted_on_each(world: World) -> None:
    ids = submit(world, 2)
    over(world)
    for one in ids:
        world.gateway.cancel(one, actor="tests", reason="gone")
    world.mail.results = [GivenUp("nobody here")]
    over(world)
    assert [world.gateway.audit(one)[-1].event for one in ids] == ["notice.failed"] * 2


def test_a_thousand_outcomes_are_one_mail_that_counts_them_all(world: World) -> None:
    answered, expired = submit(world, 20, policy=ONE_OF_THREE), 280
    submit(world, expired)
    over(world)
    answer(world, answered, reviewer=1)
    world.clock.forward(days=30)
    world.sweep_all()
    over(world)
    [digest] = [one for one in world.mail.outcomes if one.to == ANA]
    assert (digest.count, dict(digest.by_status)) == (300, {"approved": 20, "expired": 280})
    assert {line.approval.status for line in digest.lines} == {"expired"}
