"""A mail that came back or was called spam counts as one that was refused."""

import json
from typing import Any

import pytest

from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.policy import Group, Policy, Remind, Stage
from approvals.entrypoints.intake.aws_events import IgnoredEvent, event
from approvals.entrypoints.intake.batch import QueueMessage, take
from approvals.entrypoints.intake.ses_events import VALIDATED, MailEvent
from tests.builders import a_submission
from tests.fakes import World
from tests.support.aws.events import sns
from tests.support.wheel import ROOT

RECEIPT = "0107017c44f051e1-EXAMPLE-000000"
QUEUE = Source(door="sqs", name="approvals")
BOUNCE, COMPLAINT, SUPPRESSED, DELIVERY = (
    json.loads((ROOT / "tests/events" / f"ses-{name}.json").read_text())
    for name in (
        "bounce-by-eventbridge", "complaint-by-event-publishing", "bounce-by-notification", "delivery-by-notification",
    )
)  # fmt: skip
ALONE = ("ana@example.com",)
REMINDED = Policy(
    stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com")),), remind=Remind(after="1h")),)
)


def asked(world: World, *, receipt: str = RECEIPT, **changes: Any) -> str:
    """An approval whose first mail was sent with this receipt."""
    world.mail.results = [Sent(receipt)]
    approval_id = world.gateway.submit(a_submission(**changes), caller="tests").approval_id
    world.deliver_all()
    return approval_id


def told(world: World, *events: Any) -> int:
    """Take events from the queue; return how many were handled."""
    messages = [QueueMessage(str(n), json.dumps(one), "receipt") for n, one in enumerate(events)]
    handled = take(messages, world.gateway, source=QUEUE)
    world.sweep_all()
    return len(handled)


def changed(found: Any, **bounce: Any) -> Any:
    return {**found, "bounce": {**found["bounce"], **bounce}}


@pytest.mark.parametrize(
    ("arrived", "reason"),
    [
        (BOUNCE, "the mail came back (550 5.1.1 user unknown)"),
        (sns(json.dumps(BOUNCE["detail"])), "the mail came back (550 5.1.1 user unknown)"),
        (sns(json.dumps(SUPPRESSED)), "SES sends nothing to this address: it is on a suppression list"),
        (COMPLAINT, "they reported a mail as unwanted"),
    ],
    ids=["EventBridge", "event publishing in SNS", "notification in SNS", "raw delivery"],
)
def test_a_bounce_or_complaint_ends_an_approval_that_nobody_else_can_answer(
    world: World, arrived: Any, reason: str
) -> None:
    approval_id = asked(world, reviewers=ALONE)
    assert told(world, arrived) == 1
    outcome = world.gateway.approval(approval_id).outcome
    assert outcome is not None
    assert outcome.reason == f"No mail could be delivered to ana@example.com: {reason}."
    assert told(world, arrived) == 1, "the same again changes nothing"


@pytest.mark.parametrize(
    "bounce",
    [
        {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        {"bounceType": "Undetermined"},
        {"bouncedRecipients": [{"emailAddress": "ana@example.com", "status": "5.7.26", "diagnosticCode": "DMARC"}]},
    ],
    ids=["transient", "undetermined", "our own policy"],
)
def test_what_may_pass_or_is_our_own_fault_changes_nothing(world: World, bounce: Any) -> None:
    approval_id = asked(world, reviewers=ALONE)
    assert told(world, changed(BOUNCE["detail"], **bounce)) == 1
    assert world.gateway.approval(approval_id).undelivered == ()


def test_a_mail_of_another_sender_is_left_alone_once_ours_would_be_known(world: World) -> None:
    world.clock.forward(minutes=10)
    approval_id = asked(world, receipt="another", reviewers=ALONE)
    assert told(world, BOUNCE) == 1
    assert world.gateway.approval(approval_id).pending


def test_a_report_that_overtakes_the_result_of_its_mail_waits_for_it(world: World) -> None:
    assert told(world, BOUNCE) == 0
    approval_id = asked(world, reviewers=ALONE)
    assert told(world, BOUNCE) == 1
    assert not world.gateway.approval(approval_id).pending


def one_bounced(world: World, report: Any) -> Approval:
    """Two are asked; the mail of the first one comes back."""
    approval_id = asked(world, policy=REMINDED)
    told(world, report)
    return world.gateway.approval(approval_id)


def test_who_complained_gets_no_reminder_until_they_ask_for_a_link(world: World) -> None:
    approval = one_bounced(world, COMPLAINT)
    [failure] = approval.undelivered
    before = len(world.mail.events)
    world.clock.forward(hours=1)
    world.sweep_all()
    [(event_name, to)] = world.mail.events[before:]
    assert (event_name, to == failure.address) == ("reminded", False)
    assert world.gateway.refresh_link(approval.id, holder=ForReviewer(failure.reviewer))
    world.deliver_all()
    assert world.mail.events[-1] == ("refreshed", failure.address)


def test_a_delivery_clears_a_bounce_and_an_accepted_mail_does_not(world: World) -> None:
    approval = one_bounced(world, BOUNCE)
    assert len(approval.undelivered) == 1
    world.clock.forward(hours=1)
    world.mail.results = [Sent("second"), Sent("second")]
    world.sweep_all()
    assert len(world.gateway.approval(approval.id).undelivered) == 1
    later = {**DELIVERY, "mail": {**DELIVERY["mail"], "messageId": "second"}}
    assert told(world, later) == 1
    assert world.gateway.approval(approval.id).undelivered == ()


def test_the_validation_of_a_topic_is_no_submission() -> None:
    words = f"{VALIDATED} event publishing."
    assert event(sns(words), source=QUEUE) == IgnoredEvent()


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, {"status": 5}, [{"status": None}], [["x"]]])
def test_an_event_of_another_shape_is_read_without_an_error(junk: Any) -> None:
    for told_so in (changed(BOUNCE["detail"], bouncedRecipients=junk), {**BOUNCE["detail"], "bounce": junk}):
        assert isinstance(event(told_so, source=QUEUE), MailEvent)
    assert isinstance(event({**COMPLAINT, "complaint": junk}, source=QUEUE), MailEvent)
