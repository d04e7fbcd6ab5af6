"""Outcomes in Slack: several for one person are one message, and each is told once whatever is lost."""

from collections.abc import Generator

import pytest

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.demo.fake_slack import LocalSlack
from approvals.demo.fake_slack.faults import Fails, Fault, drop_after, drop_before
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Answer
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

DEPLOYMENT = Deployment(reach=Reach(channels=frozenset({"mail", "slack"})))
PEOPLE = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.com", slack="U0ANA"),
        "ben": Person(id="ben", name="Ben", email="ben@example.com"),
        "rhea": Person(id="rhea", name="Rhea", slack="U0RHEA"),
    }
)
POLICY = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben")),)),))


@pytest.fixture
def local(world: World) -> Generator[LocalSlack]:
    """A Slack on the world's clock, in which the gateway asks Ana and tells Rhea; Ben has mail."""
    with LocalSlack(now=world.clock) as local:
        team = local.workspace("T0ACME")
        team.user("U0ANA", "ana", email="ana@example.com")
        team.user("U0RHEA", "rhea", email="rhea@example.com")
        api = SlackApi({"T0ACME": team.token}, url=local.url, clock=world.clock, seconds=2)
        channel = SlackChannel(api, conversations=SlackConversations(api), clock=world.clock)
        world.gateway = world.another(
            channels={"mail": world.mail, "slack": channel}, deployment=DEPLOYMENT, directory=PEOPLE
        )
        yield local


def asked(world: World, count: int) -> list[str]:
    ids = [
        world.gateway.submit(
            a_submission(policy=POLICY, title=f"Refund {n}", task_token=f"token-{n}", requester="rhea"), caller="tests"
        ).approval_id
        for n in range(count)
    ]
    over(world, 30)
    return ids


def approved(world: World, ids: list[str]) -> None:
    """By Ben's link."""
    for one in ids:
        answer = Answer(option="approve")
        world.gateway.decide(one, reviewer=1, answer=answer, actor=BY_LINK, assurance="link")


def over(world: World, seconds: int = 12) -> None:
    """Let windows and pauses pass, second by second: a conversation takes one message in each."""
    for _ in range(seconds):
        world.clock.forward(seconds=1)
        world.deliver_all()


def outcomes(local: LocalSlack, dm: str = "D0ANA") -> list[tuple[bool, str]]:
    """Return what stands there beside the messages that asked: whether it is in a thread, and its short text."""
    said = local.state.workspaces["T0ACME"].messages_in(dm)
    return [
        (m.thread_ts is not None, m.text)
        for m in said
        if "needed" not in m.text and (m.thread_ts or "settled" in m.text)
    ]


def test_a_burst_of_outcomes_is_one_message_to_each_person(world: World, local: LocalSlack) -> None:
    approved(world, asked(world, 5))
    over(world)
    told = (False, "5 approvals are settled: 5 approved.")
    assert (outcomes(local), outcomes(local, "D0RHEA")) == ([told], [told])
    team = local.state.workspaces["T0ACME"]
    [digest] = [m for m in team.messages_in("D0ANA") if "settled" in m.text]
    assert all(f"Refund {n}\\nApproved by Ben." in str(digest.blocks) for n in range(5))
    assert str(digest.blocks).count("https://approvals.example.com/r/") == 5
    shown = [m for m in team.messages_in("D0ANA") if m is not digest]
    assert [("Approved by Ben" in str(m.blocks), "answer:" in str(m.blocks)) for m in shown] == [(True, False)] * 5


def test_an_outcome_alone_is_a_reply_under_the_message_that_asked(world: World, local: LocalSlack) -> None:
    approved(world, asked(world, 1))
    over(world)
    assert outcomes(local) == [(True, "Refund 0: Approved by Ben.")]


@pytest.mark.parametrize("fault", [drop_after, drop_before], ids=["it arrived", "it did not arrive"])
def test_where_the_answer_is_lost_each_outcome_is_told_once(world: World, local: LocalSlack, fault: Fault) -> None:
    ids = asked(world, 3)
    local.faults.next("chat.postMessage", fault, fault)
    approved(world, ids)
    over(world, 60)
    alone = [(True, f"Refund {n}: Approved by Ben.") for n in range(3)]
    together = [(False, "3 approvals are settled: 3 approved.")]
    assert sorted(outcomes(local)) == (together if fault is drop_after else alone)


def test_whom_slack_refuses_for_good_is_told_each_by_mail(world: World, local: LocalSlack) -> None:
    ids = asked(world, 2)
    local.faults.next("chat.postMessage", *[Fails("account_inactive")] * 4)
    approved(world, ids)
    over(world)
    mailed = [notice.to for notice, _, _ in world.mail.sent if notice.event == "settled"]
    assert mailed.count("ana@example.com") + sum(d.count for d in world.mail.outcomes if d.to == "ana@example.com") == 2
