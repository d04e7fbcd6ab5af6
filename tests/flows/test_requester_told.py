"""The requester is told the outcome, once, unless they know it already or the policy says otherwise."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK, a_submission, by
from tests.fakes import FakeChannel, World

ANA, RHEA = "ana@example.com", "rhea@example.com"
Ending = Callable[[World, str], object]


def submitted(world: World, **changes: Any) -> str:
    whom = {} if "policy" in changes else {"reviewers": (ANA,)}
    return world.gateway.submit(a_submission(**{**whom, **changes}), caller="tests").approval_id


def answered(world: World, approval_id: str, *, option: str = "approve") -> object:
    answer = Answer(option=option, comment="I looked at it.")
    return world.gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")


def expired(world: World, _: str) -> None:
    world.clock.forward(days=30)
    world.sweep_all()


def told(world: World, channel: FakeChannel | None = None) -> list[str]:
    """Return the addresses at which requesters are told outcomes."""
    world.deliver_all()
    sent = (channel or world.mail).sent
    return [notice.to for notice, _, _ in sent if notice.event == "settled" and notice.audience == ForRequester()]


ENDINGS: dict[str, Ending] = {
    "approved": answered,
    "rejected": lambda world, one: answered(world, one, option="reject"),
    "expired": expired,
    "cancelled": lambda world, one: world.gateway.cancel(one, actor="ops", reason="gone"),
    "withdrawn by an operator": lambda world, one: world.gateway.withdraw(one, actor=by("key:ops", via="api")),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_requester_is_told_how_it_ended_with_a_link_to_their_page(world: World, ending: str) -> None:
    one = submitted(world)
    ENDINGS[ending](world, one)
    assert told(world) == [RHEA]
    link = world.mail.sent[-1][2] or ""
    assert world.gateway.ports.links.read(link.rpartition("/")[2], now=world.clock()) == (one, ForRequester())


@pytest.mark.parametrize("requester", ["a cron job", "arn:aws:iam::123456789012:role/deploy", None])
def test_a_requester_without_an_address_is_not_told(world: World, requester: str | None) -> None:
    answered(world, submitted(world, requester=requester))
    assert told(world) == []


def test_the_policy_can_turn_it_off(world: World) -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)),), tell_requester=False)
    answered(world, submitted(world, policy=policy))
    assert told(world) == []


def test_whoever_withdraws_their_own_request_is_not_told(world: World) -> None:
    world.gateway.withdraw(submitted(world), actor=by(RHEA))
    assert told(world) == []


@pytest.mark.parametrize("requester", [ANA, "Ana <ANA@example.com>"])
def test_whoever_answers_their_own_request_is_not_told(world: World, requester: str) -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)),), exclude_requester=False)
    answered(world, submitted(world, requester=requester, policy=policy))
    assert told(world) == []


def test_a_requester_who_is_told_as_a_reviewer_is_told_once(world: World) -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA, RHEA)),)),), exclude_requester=False)
    answered(world, submitted(world, policy=policy))
    world.deliver_all()
    assert [pair for pair in world.mail.events if pair == ("settled", RHEA)] == [("settled", RHEA)]


def test_a_known_requester_is_told_in_their_channel_after_their_quiet_hours(world: World) -> None:
    quiet = QuietHours(from_="09:00", to="10:00")
    rhea = Person(id="rhea", slack="U024BE7LH", timezone="UTC", quiet_hours=quiet)
    world.directory = Directory(people={"rhea": rhea})
    slack = FakeChannel()
    reach = world.deployment.reach
    world.deployment = type(world.deployment)(reach=type(reach)(channels=frozenset({"mail", "slack"})))
    world.gateway = world.another(channels={"mail": world.mail, "slack": slack})
    answered(world, submitted(world, requester="rhea"))
    assert told(world, slack) == []
    world.clock.forward(minutes=30)
    assert told(world, slack) == ["U024BE7LH"]


@pytest.mark.parametrize("window", [timedelta(seconds=10)])
def test_several_outcomes_for_a_requester_are_one_mail(world: World) -> None:
    for number in range(4):
        answered(world, submitted(world, task_token=f"token-{number}"))
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert [(digest.to, digest.count) for digest in world.mail.outcomes] == [(RHEA, 4)]
