"""Whom messages do not reach may answer, and nobody waits for it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People, Reach
from approvals.domain.eligibility.reachability import is_unreachable, writable_address
from approvals.domain.eligibility.satisfiability import shortage
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.lifecycle.schedule import advance, reevaluate
from approvals.domain.lifecycle.unreachable import record_arrival, record_failures
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.messages.audience import ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.messages.undelivered import FailureKind, Undelivered
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.domain.problems import Invalid
from tests.builders import NOW, an_approval, an_opening, decided

REFUSED = "the mail server refuses the recipient (550)"
BOTH = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
ANA = Person(id="ana", name="Ana Silva", email="ana@example.com", slack="U0ANA")


def a_failure(
    approval: Approval, number: int = 0, *, channel: str = "mail", kind: FailureKind = "refused", reason: str = REFUSED
) -> Undelivered:
    address = dict(approval.reviewers[number].addresses)[channel]
    return Undelivered(reviewer=number, channel=channel, address=address, reason=reason, kind=kind, at=NOW)


def failed(approval: Approval, number: int = 0, *, people: People | None = None, **failure: Any) -> Change | None:
    found = a_failure(approval, number, **failure)
    notice = Notice(about=Asked(0), channel=found.channel, to=found.address, audience=ForReviewer(number))
    return record_failures(approval, [found], notice=notice, people=people or People(), now=NOW)


def without(approval: Approval, number: int = 0, **failure: Any) -> Approval:
    change = failed(approval, number, **failure)
    assert change is not None
    return change.approval


def test_the_only_reviewer_cannot_be_reached_so_it_ends_at_once_with_the_true_reason() -> None:
    approval = without(an_approval(reviewers=("ana@example.com",)))
    assert approval.next_action_at == NOW
    change = advance(approval, NOW, people=People())
    assert change is not None
    assert change.approval.outcome is not None
    assert (change.approval.status, change.approval.outcome.reason) == (
        "cancelled", f"No mail could be delivered to ana@example.com: {REFUSED}."
    )  # fmt: skip
    told = [(m.event, m.to) for m in change.messages if isinstance(m, Notice) and m.audience == ForRequester()]
    assert told == [("settled", "rhea@example.com")]


def test_others_are_asked_at_once_and_the_requester_is_told_where_the_policy_escalates() -> None:
    policy = Policy(
        stages=(
            Stage(
                groups=(Group(from_=("ana@example.com",)),),
                escalate=(Escalation(after="8h", to=("boss@example.com",)),),
            ),
        )
    )
    change = advance(without(an_approval(policy=policy)), NOW, people=People())
    assert change is not None
    assert (change.note.event, change.note.facts["to"]) == ("escalated", ["boss@example.com"])
    told = [(m.event, m.to) for m in change.messages if isinstance(m, Notice)]
    assert told == [("escalated", "boss@example.com"), ("unreached", "rhea@example.com")]


def test_it_goes_on_where_enough_others_are_left() -> None:
    approval = without(an_approval(reviewers=("ana@example.com", "ben@example.com")))
    assert shortage(approval) is None
    assert approval.next_action_at == approval.deadline


def test_whom_nothing_reaches_may_answer_all_the_same() -> None:
    approval = without(an_approval(reviewers=("ana@example.com", "ben@example.com"), need=2))
    assert shortage(approval) is not None
    after = decided(approval)
    assert (after.status, after.undelivered, shortage(after)) == ("pending", (), None)


def test_too_few_people_is_the_reason_where_all_of_them_would_be_too_few() -> None:
    approval = without(an_approval(reviewers=("ana@example.com", "ben@example.com"), need=2))
    ben_left = replace(
        approval, reviewers=(approval.reviewers[0], replace(approval.reviewers[1], seats=()))
    )  # fmt: skip
    short = shortage(ben_left)
    assert short is not None
    assert short.unreached == ()


def test_the_next_address_is_written_to_before_somebody_counts_as_unreachable() -> None:
    people = People(directory=Directory(people={"ana": replace(ANA, notify="mail")}), reach=BOTH)
    approval = an_approval(
        reviewers=("ana",), directory=people.directory, deployment=Deployment(reach=BOTH)
    )  # fmt: skip
    change = failed(approval, people=people)
    assert change is not None
    assert [(m.channel, m.to) for m in change.messages if isinstance(m, Notice)] == [("slack", "U0ANA")]
    assert (change.note.event, shortage(change.approval)) == ("address.failed", None)
    last = failed(change.approval, people=people, channel="slack", reason="deactivated")
    assert last is not None
    assert (last.note.event, last.messages) == ("reviewer.unreachable", ())
    assert is_unreachable(last.approval, last.approval.reviewers[0])


def test_an_address_in_a_channel_that_is_not_set_up_is_no_way_to_somebody() -> None:
    people = People(directory=Directory(people={"ana": ANA}))
    approval = without(an_approval(reviewers=("ana",), directory=people.directory), people=people)
    assert is_unreachable(approval, approval.reviewers[0])
    short = shortage(approval)
    assert short is not None
    assert [one.channel for one in short.unreached] == ["mail"]
    set_up = replace(people, reach=BOTH)
    after = reevaluate(approval, NOW, people=set_up)
    assert after is not None
    assert not is_unreachable(after.approval, after.approval.reviewers[0])


def test_who_gets_another_address_is_asked_there() -> None:
    people = People(directory=Directory(people={"ana": replace(ANA, slack=None)}))
    approval = without(an_approval(reviewers=("ana", "ben@example.com"), directory=people.directory), people=people)
    corrected = replace(people, directory=Directory(people={"ana": replace(ANA, slack=None, email="a@example.com")}))
    change = reevaluate(approval, NOW, people=corrected)
    assert change is not None
    assert [m.to for m in change.messages if isinstance(m, Notice)] == ["a@example.com"]
    assert change.approval.undelivered == ()


def test_a_message_that_is_accepted_later_disproves_a_refusal_and_no_bounce() -> None:
    asked = an_approval(reviewers=("ana@example.com", "ben@example.com"))
    where: dict[str, Any] = {"reviewer": 0, "channel": "mail", "address": "ana@example.com", "now": NOW}
    change = record_arrival(without(asked), **where, kinds=("refused",))
    assert change is not None
    assert (change.note.event, change.approval.undelivered) == ("reviewer.reached", ())
    bounced = without(asked, kind="bounced")
    assert record_arrival(bounced, **where, kinds=("refused",)) is None
    assert record_arrival(bounced, **where, kinds=("refused", "bounced")) is not None


def test_the_same_failure_is_recorded_once_and_none_after_the_end() -> None:
    approval = without(an_approval(reviewers=("ana@example.com",)))
    assert failed(approval) is None
    assert failed(replace(decided(an_approval(reviewers=("ana@example.com",))))) is None


def test_who_complained_gets_no_more_mail_and_who_was_refused_may() -> None:
    approval = an_approval(reviewers=("ana@example.com", "ben@example.com"))
    refused, complained = without(approval), without(approval, kind="complained")
    assert writable_address(refused, refused.reviewers[0]) == ("mail", "ana@example.com")
    assert writable_address(complained, complained.reviewers[0]) is None


@pytest.mark.parametrize("more", [{"quiet": True}, {"notify": ("slack:#finance",)}], ids=["quiet", "in a channel"])
def test_people_who_can_see_it_elsewhere_are_still_waited_for(more: dict[str, Any]) -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com",)),), **more),))
    approval = an_approval(policy=policy, deployment=Deployment(reach=BOTH))
    assert shortage(without(approval)) is None


def test_an_address_that_the_mail_service_cannot_take_is_refused_at_submission() -> None:
    by_ses = Deployment(reach=Reach(ascii_mail=True))
    with pytest.raises(Invalid, match="SES sends no mail to such addresses") as refused:
        an_opening(reviewers=("jörg@example.com",), deployment=by_ses)
    assert [problem.path for problem in refused.value.problems] == ["reviewers[0]"]
    assert an_opening(reviewers=("jorg@bücher.example",), deployment=by_ses)
    assert an_opening(reviewers=("jörg@example.com",))


def test_it_waits_for_the_deadline_again_once_somebody_is_reached() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))
    approval = without(an_approval(policy=policy))
    change = record_arrival(
        approval, reviewer=0, channel="mail", address="ana@example.com", kinds=("refused",), now=NOW
    )  # fmt: skip
    assert change is not None
    assert change.approval.next_action_at == approval.deadline > NOW + timedelta(days=1)
