"""A report about a mail that was sent finds its notices, also those of a digest and those sent in place of Slack."""

from datetime import timedelta

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.messages.results import GivenUp, Sent
from approvals.domain.model.messages.undelivered import MailReport
from tests.builders import NOW, a_submission
from tests.fakes import FakeChannel, World

REPORT = MailReport(receipt="mail-1", kind="bounced", reason="the mail came back (550)", sent_at=NOW)
OUTAGE = GivenUp("the token was revoked")


def submitted(world: World, token: str, reviewer: str = "ana@example.com") -> str:
    return world.gateway.submit(a_submission(task_token=token, reviewers=(reviewer,)), caller="tests").approval_id


def test_a_mail_that_was_sent_in_place_of_a_slack_message_is_found(world: World) -> None:
    slack = FakeChannel()
    world.directory = Directory(people={"ana": Person(id="ana", email="ana@example.com", slack="U0ANA")})
    reach = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
    world.gateway = world.another(channels={"mail": world.mail, "slack": slack}, deployment=Deployment(reach=reach))
    slack.results, world.mail.results = [OUTAGE], [Sent("mail-1")]
    approval_id = submitted(world, "t1", "ana")
    world.deliver_all()
    assert world.gateway.record_mail_report(REPORT)
    approval = world.gateway.approval(approval_id)
    assert [(one.channel, one.address, one.kind) for one in approval.undelivered] == [
        ("mail", "ana@example.com", "bounced")
    ]


class TestInADigest:
    @pytest.fixture
    def window(self) -> timedelta:
        return timedelta(seconds=20)

    def test_every_approval_of_a_digest_that_came_back_ends(self, world: World) -> None:
        ids = [submitted(world, f"t{n}") for n in range(3)]
        world.clock.forward(minutes=1)
        world.mail.results = [Sent("mail-1")]
        world.deliver_all()
        assert len(world.mail.digests) == 1
        assert world.gateway.record_mail_report(REPORT)
        world.sweep_all()
        assert {world.gateway.approval(approval_id).status for approval_id in ids} == {"cancelled"}


def test_an_unknown_receipt_is_asked_about_again_for_two_minutes(world: World) -> None:
    assert not world.gateway.record_mail_report(REPORT)
    world.clock.forward(minutes=2)
    assert world.gateway.record_mail_report(REPORT)
