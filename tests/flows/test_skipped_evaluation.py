"""Reviewers are evaluated again only if they can have changed; the model checks that a skip loses nothing."""

from datetime import timedelta

import msgspec
import pytest

from approvals.domain.calendar.absence import Away
from approvals.domain.directory.configuration import configuration
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.eligibility.reevaluation import is_current
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Refused
from tests.builders import BY_LINK, NOW, a_submission
from tests.fakes import World

ANA = Person(id="ana", email="ana@example.com", slack="U0ANA")
BEN = Person(id="ben", email="ben@example.com")


def use(world: World, *people: Person, channels: frozenset[str] = frozenset({"mail"})) -> None:
    """Put a directory file with these people in place of the one before."""
    directory = Directory(people={one.id: one for one in people}, groups={"all": tuple(one.id for one in people)})
    deployment = msgspec.structs.replace(world.deployment, reach=Reach(channels=channels))
    world.gateway = world.another(configuration=lambda: configuration(directory), deployment=deployment)


def opened(world: World) -> str:
    submission = a_submission(reviewers=("group:all",))
    return world.gateway.submit(submission, caller="tests").approval_id


def current(world: World, approval_id: str) -> bool:
    return is_current(world.gateway.approval(approval_id), world.gateway.people)


def test_nothing_is_evaluated_again_where_nothing_has_changed(world: World) -> None:
    use(world, ANA, BEN)
    assert current(world, opened(world))


def test_another_directory_is_evaluated_by_the_next_verb_and_remembered(world: World) -> None:
    use(world, ANA, BEN)
    approval_id = opened(world)
    use(world, BEN)
    assert not current(world, approval_id)
    with pytest.raises(Refused):
        world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.gateway.claim(approval_id, reviewer=1, actor=BY_LINK)
    assert current(world, approval_id)


def test_a_directory_that_comes_back_is_another_one_again(world: World) -> None:
    """What was evaluated with the people in between is not taken for what the first ones gave."""
    use(world, ANA, BEN)
    approval_id = opened(world)
    use(world, BEN)
    world.gateway.claim(approval_id, reviewer=1, actor=BY_LINK)
    use(world, ANA, BEN)
    assert not current(world, approval_id)
    world.gateway.claim(approval_id, reviewer=0, actor=BY_LINK)


def test_a_channel_that_is_turned_off_is_evaluated(world: World) -> None:
    use(world, ANA, channels=frozenset({"mail", "slack"}))
    approval_id = opened(world)
    assert world.gateway.approval(approval_id).reviewers[0].by == "slack"
    use(world, ANA)
    assert not current(world, approval_id)
    world.gateway.claim(approval_id, reviewer=0, actor=BY_LINK)
    assert world.gateway.approval(approval_id).reviewers[0].by == "mail"


def test_who_leaves_later_is_evaluated_every_time(world: World) -> None:
    away = Away(from_=(NOW + timedelta(hours=1)).isoformat(), until=(NOW + timedelta(hours=2)).isoformat())
    use(world, Person(id="ana", email=ANA.email, away=(away,)), BEN)
    assert not current(world, opened(world))
