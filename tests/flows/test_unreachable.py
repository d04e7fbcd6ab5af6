"""A message that cannot be delivered: others are asked at once, or it ends with the true reason."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.policy import Escalation, Group, Policy, Remind, Stage
from approvals.presentation.outcomes import outcome_sentence
from tests.builders import BY_LINK, a_submission
from tests.fakes import FakeChannel, World

REFUSED = GivenUp("the mail server refuses the recipient (550)", recipient=True)
ANA = Person(id="ana", name="Ana Silva", email="ana@example.com", slack="U0ANA")
ESCALATES = Policy(
    stages=(
        Stage(
            groups=(Group(from_=("ana@example.com",)),), escalate=(Escalation(after="8h", to=("boss@example.com",)),)
        ),
    )
)


def submitted(world: World, **changes: Any) -> str:
    return world.gateway.submit(a_submission(**changes), caller="tests").approval_id


def events(world: World, approval_id: str) -> list[str]:
    return [note.event for note in world.gateway.audit(approval_id)]


def test_an_approval_whose_only_reviewer_cannot_be_reached_ends_at_once_and_says_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.mail.results = [REFUSED]
    approval_id = submitted(world, reviewers=("ana@example.com",))
    with caplog.at_level(logging.WARNING):
        world.deliver_all()
    world.sweep_all()
    approval = world.gateway.approval(approval_id)
    assert outcome_sentence(approval) == (
        "Cancelled: No mail could be delivered to ana@example.com: the mail server refuses the recipient (550)."
    )
    assert events(world, approval_id)[:4] == ["opened", "reviewer.unreachable", "notice.failed", "cancelled"]
    [callback] = world.callbacks.sent
    assert callback.error == "Approval.Cancelled"
    assert "rhea@example.com" in [to for event, to in world.mail.events if event == "settled"]
    [line] = [one for one in caplog.records if vars(one).get("event") == "reviewer.unreachable"]
    assert vars(line)["approval_id"] == approval_id
    assert "@" not in line.getMessage()


def test_the_next_people_are_asked_at_once(world: World) -> None:
    world.mail.results = [REFUSED]
    approval_id = submitted(world, policy=ESCALATES)
    world.deliver_all()
    world.sweep_all()
    assert set(world.mail.events) == {("escalated", "boss@example.com"), ("unreached", "rhea@example.com")}
    assert world.gateway.approval(approval_id).pending


@pytest.mark.parametrize(
    "ours", [GivenUp("SES rejects the mail (MessageRejected)"), TryAgain("the mail server cannot be reached")]
)
def test_a_failure_of_our_own_sending_ends_nothing(world: World, ours: GivenUp | TryAgain) -> None:
    approval_id = submitted(world, reviewers=("ana@example.com",))
    for _ in range(5):
        world.mail.results = [ours]
        world.deliver_all()
        world.sweep_all()
        world.clock.forward(days=1)
    approval = world.gateway.approval(approval_id)
    assert (approval.status, approval.undelivered) == ("pending", ())


def test_a_mailbox_that_is_full_for_days_counts_as_one_that_refuses(world: World) -> None:
    approval_id = submitted(world, reviewers=("ana@example.com",))
    for _ in range(4):
        world.mail.results = [TryAgain("the mail server refuses the recipient for now (452)", recipient=True)]
        world.deliver_all()
        world.sweep_all()
        world.clock.forward(days=1)
    world.sweep_all()
    assert world.gateway.approval(approval_id).status == "cancelled"


def test_a_reminder_that_arrives_clears_it(world: World) -> None:
    world.mail.results = [REFUSED]
    policy = Policy(
        stages=(
            Stage(groups=(Group(from_=("ana@example.com", "ben@example.com")),), remind=Remind(after="1h")),
        )
    )  # fmt: skip
    approval_id = submitted(world, policy=policy)
    world.deliver_all()
    assert len(world.gateway.approval(approval_id).undelivered) == 1
    world.clock.forward(hours=1)
    world.sweep_all()
    assert world.gateway.approval(approval_id).undelivered == ()
    assert events(world, approval_id)[-1] == "reviewer.reached"


def test_a_fresh_link_and_an_answer_clear_it(world: World) -> None:
    world.mail.results = [REFUSED, REFUSED]
    approval_id = submitted(world, reviewers=("ana@example.com", "ben@example.com", "cat@example.com"))
    world.deliver_all()
    failed = {one.reviewer for one in world.gateway.approval(approval_id).undelivered}
    assert len(failed) == 2
    one, other = sorted(failed)
    assert world.gateway.refresh_link(approval_id, holder=ForReviewer(one))
    world.gateway.decide(approval_id, reviewer=other, answer=Answer(option="reject"), actor=BY_LINK, assurance="link")
    assert world.gateway.approval(approval_id).undelivered == ()


class FakeSlack(FakeChannel):
    """A channel whose messages can be edited, and which so gets notices of its own only."""

    def update(self, receipt: str, approval: Approval, **_: Any) -> Result:
        return Sent(receipt, shown=approval.version)


def test_somebody_whose_mail_is_refused_is_asked_in_slack(world: World) -> None:
    slack = FakeSlack()
    world.directory = Directory(people={"ana": Person(id="ana", email="ana@example.com", slack="U0ANA", notify="mail")})
    reach = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
    world.gateway = world.another(channels={"mail": world.mail, "slack": slack}, deployment=Deployment(reach=reach))
    world.mail.results = [REFUSED, REFUSED]
    slack.results = [GivenUp("the token was revoked")]
    approval_id = submitted(world, reviewers=("ana",))
    world.deliver_all()
    world.sweep_all()
    approval = world.gateway.approval(approval_id)
    assert approval.pending, "a revoked token is no fault of hers"
    assert [(one.channel, one.address) for one in approval.undelivered] == [("mail", "ana@example.com")]
    world.gateway.remind_now(approval_id, actor=BY_LINK)
    world.deliver_all()
    assert slack.events == [("reminded", "U0ANA")]


def test_slack_and_mail_that_both_refuse_end_it(world: World) -> None:
    slack = FakeChannel()
    world.directory = Directory(people={"ana": ANA})
    reach = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
    world.gateway = world.another(channels={"mail": world.mail, "slack": slack}, deployment=Deployment(reach=reach))
    slack.results = [GivenUp("this person's account is deactivated", recipient=True)]
    world.mail.results = [REFUSED]
    approval_id = submitted(world, reviewers=("ana",))
    world.deliver_all()
    world.sweep_all()
    approval = world.gateway.approval(approval_id)
    assert approval.outcome is not None
    assert approval.outcome.reason is not None
    assert "in Slack could be delivered to U0ANA: this person's account is deactivated" in approval.outcome.reason
    assert "No mail could be delivered to ana@example.com" in approval.outcome.reason


class TestInADigest:
    @pytest.fixture
    def window(self) -> timedelta:
        return timedelta(seconds=20)

    def test_each_approval_of_a_digest_that_is_refused_ends(self, world: World) -> None:
        ids = [submitted(world, task_token=f"t{n}", reviewers=("ana@example.com",)) for n in range(3)]
        world.clock.forward(minutes=1)
        world.mail.results = [REFUSED]
        world.deliver_all()
        world.sweep_all()
        assert {world.gateway.approval(approval_id).status for approval_id in ids} == {"cancelled"}
        assert world.mail.digests == []

    def test_a_digest_that_is_accepted_later_clears_what_it_reaches(self, world: World) -> None:
        remind = Remind(after="1h")
        policy = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com")),), remind=remind),))
        ids = [submitted(world, task_token=f"t{n}", policy=policy) for n in range(3)]
        world.clock.forward(minutes=1)
        world.mail.results = [REFUSED]
        world.deliver_all()
        assert {len(world.gateway.approval(approval_id).undelivered) for approval_id in ids} == {1}
        world.clock.forward(hours=1)
        world.sweep_all()
        world.clock.forward(minutes=1)
        world.deliver_all()
        assert len(world.mail.digests) == 3
        assert {world.gateway.approval(approval_id).undelivered for approval_id in ids} == {()}
