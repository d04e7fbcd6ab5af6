"""Slack fails for an hour: decisions do not wait, and afterwards every message is posted once."""

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.demo.fake_slack import LocalSlack
from approvals.demo.fake_slack.faults import RateLimited, ServerError, drop_after
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Answer
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

DEPLOYMENT = Deployment(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="slack"))
PEOPLE = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.com", slack="U0ANA"),
        "ben": Person(id="ben", name="Ben", email="ben@example.com"),
    }
)
POLICY = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben"), need=1),), notify=("slack:#ops",)),))


@pytest.fixture
def local(world: World) -> Generator[LocalSlack]:
    """A Slack on the world's clock, in which the gateway asks Ana and tells #ops."""
    with LocalSlack(now=world.clock) as local:
        team = local.workspace("T0ACME")
        team.user("U0ANA", "ana", email="ana@example.com")
        team.channel("C0OPS", "ops", members=("U0ANA",))
        api = SlackApi({"T0ACME": team.token}, url=local.url, clock=world.clock, seconds=2)
        channel = SlackChannel(api, conversations=SlackConversations(api), clock=world.clock)
        world.gateway = world.another(
            channels={"mail": world.mail, "slack": channel}, deployment=DEPLOYMENT, directory=PEOPLE
        )
        yield local


def asked(world: World, number: int) -> str:
    submission = a_submission(policy=POLICY, title=f"Refund {number}", task_token=f"token-for-tests-{number:020}")
    return world.gateway.submit(submission, caller="tests").approval_id


def approve(world: World, approval_id: str) -> None:
    """Ben's link: he is the second reviewer."""
    answer = Answer(option="approve")
    world.gateway.decide(approval_id, reviewer=1, answer=answer, actor=BY_LINK, assurance="link")


def said(local: LocalSlack, channel: str) -> Counter[str]:
    """How often each message stands there, by its key."""
    team = local.state.workspaces["T0ACME"]
    return Counter(one.metadata["event_payload"]["key"] for one in team.messages_in(channel))


def pass_time(world: World, *, seconds: int, step: int = 5) -> None:
    for _ in range(0, seconds, step):
        world.deliver_all()
        world.clock.forward(seconds=step)


def test_what_was_asked_while_slack_was_down_is_there_once_when_it_is_back(world: World, local: LocalSlack) -> None:
    with local.unreachable():
        approvals = [asked(world, number) for number in range(4)]
        pass_time(world, seconds=3600, step=120)
        for approval_id in approvals[:2]:
            approve(world, approval_id)
            assert world.callbacks.calls[-1][0] == "success", "the workflow is told at once"
        world.deliver_all()
    pass_time(world, seconds=420)
    expected = Counter({f"{one}:asked:0:0": 1 for one in approvals[2:]})
    expected += Counter({f"{one}:settled:0:0": 1 for one in approvals[:2]})
    assert said(local, "D0ANA") == expected
    assert said(local, "C0OPS") == Counter({key.removesuffix(":0"): 1 for key in expected})
    assert all("answer:" not in str(one.blocks) for one in _settled(local))
    assert len(world.callbacks.sent) == 2


def test_answers_that_get_lost_and_refusals_make_no_second_copy(world: World, local: LocalSlack) -> None:
    unlucky = (drop_after, ServerError(503, applied=True), RateLimited(20), ServerError(500), drop_after)
    local.faults.next("chat.postMessage", *unlucky)
    local.faults.next("conversations.history", ServerError(503), RateLimited(5))
    approvals = [asked(world, number) for number in range(3)]
    pass_time(world, seconds=300)
    assert said(local, "D0ANA") == Counter({f"{one}:asked:0:0": 1 for one in approvals})
    assert said(local, "C0OPS") == Counter({f"{one}:asked:0": 1 for one in approvals})


def test_copies_that_could_not_be_written_show_the_outcome_once_slack_is_back(world: World, local: LocalSlack) -> None:
    approval_id = asked(world, 1)
    pass_time(world, seconds=10)
    with local.unreachable():
        approve(world, approval_id)
        pass_time(world, seconds=3600, step=120)
    pass_time(world, seconds=420)
    team = local.state.workspaces["T0ACME"]
    for channel in ("D0ANA", "C0OPS"):
        asking, reply = team.messages_in(channel)
        assert reply.thread_ts == asking.ts
        assert "answer:" not in str(asking.blocks), "no stale button survives"
        assert "Approved" in str(asking.blocks)


def test_who_can_never_be_reached_in_slack_is_asked_by_mail(world: World, local: LocalSlack) -> None:
    local.state.workspaces["T0ACME"].token_state = "token_revoked"
    approval_id = asked(world, 1)
    pass_time(world, seconds=20)
    assert sorted(world.mail.events) == [("asked", "ana@example.com"), ("asked", "ben@example.com")]
    failed = [note for note in world.gateway.audit(approval_id) if note.event == "notice.failed"]
    assert [note.facts["to"] for note in failed] == ["#ops"]
    assert "token was revoked" in failed[0].facts["reason"]


def test_copies_that_the_app_was_shut_out_from_show_the_outcome_once_it_is_let_in_again(
    world: World, local: LocalSlack
) -> None:
    approval_id = asked(world, 1)
    pass_time(world, seconds=10)
    team = local.state.workspaces["T0ACME"]
    team.token_state = "token_revoked"
    approve(world, approval_id)
    pass_time(world, seconds=2 * 86_400, step=1800)
    team.token_state = ""
    pass_time(world, seconds=7200, step=600)
    for channel in ("D0ANA", "C0OPS"):
        asking = team.messages_in(channel)[0]
        assert "answer:" not in str(asking.blocks)
        assert "Approved" in str(asking.blocks)


def test_copies_that_nobody_lets_the_app_write_for_a_week_are_left_and_noted(world: World, local: LocalSlack) -> None:
    approval_id = asked(world, 1)
    pass_time(world, seconds=10)
    local.state.workspaces["T0ACME"].token_state = "account_inactive"
    approve(world, approval_id)
    pass_time(world, seconds=8 * 86_400, step=7200)
    failed = [note for note in world.gateway.audit(approval_id) if note.event == "copy.failed"]
    assert len(failed) == 2
    assert all("removed from the workspace" in note.facts["reason"] for note in failed)


def test_whom_slack_has_not_reached_for_three_days_is_asked_by_mail(world: World, local: LocalSlack) -> None:
    approval_id = asked(world, 1)
    with local.unreachable():
        pass_time(world, seconds=73 * 3600, step=1800)
    assert sorted(world.mail.events) == [("asked", "ana@example.com"), ("asked", "ben@example.com")]
    assert [note.facts["to"] for note in world.gateway.audit(approval_id) if note.event == "notice.failed"] == ["#ops"]


def _settled(local: LocalSlack) -> list[Any]:
    team = local.state.workspaces["T0ACME"]
    return [one for one in team.messages if ":settled:" in one.metadata["event_payload"]["key"]]
