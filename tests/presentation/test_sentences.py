"""Sentences about an approval: its origin, its progress, its end."""

from typing import Any

import msgspec
import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.lifecycle.actions import withdraw
from approvals.domain.lifecycle.end_reasons import EndReason
from approvals.domain.lifecycle.settle import cancel, expire, supersede
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval, CallbackState, Reviewer, Status
from approvals.domain.model.policy import Group, Policy, Stage, TakeOption
from approvals.domain.model.submission import DEFAULT_OPTIONS, Execution, Link, Option, StateMachine
from approvals.presentation.deadlines import late_sentence, progress_sentence, timeout_sentence
from approvals.presentation.names import execution_name, link_host, reviewer_name, workflow_name
from approvals.presentation.outcomes import ENDED, callback_sentence, outcome_sentence
from tests.builders import CONTEXT, EXECUTION_ARN, NOW, a_submission, an_approval, decided

ANA_AND_BEN = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.com"),
        "ben": Person(id="ben", name="Ben", email="ben@example.com"),
        "cleo": Person(id="cleo", name="Cleo", email="cleo@example.com"),
    },
    groups={"finance": ("ana", "ben"), "legal": ("cleo",)},
)


def approval_of(*stages: Stage, **changes: Any) -> Approval:
    return an_approval(directory=ANA_AND_BEN, policy=Policy(stages=stages, **changes))


def finance_and_legal(**changes: Any) -> Approval:
    groups = (Group(from_=("group:finance",), need=2), Group(from_=("group:legal",)))
    return approval_of(Stage(groups=groups), **changes)


# where it comes from


@pytest.mark.parametrize(
    ("context", "workflow", "execution"),
    [
        (CONTEXT, "refunds", "order-1234"),
        ({"execution": Execution(id=EXECUTION_ARN)}, "refunds", "order-1234"),
        (
            {"state_machine": StateMachine(id="arn:aws:states:eu-central-1:1:stateMachine:payout:PROD")},
            "payout:PROD",
            None,
        ),
        ({"execution": Execution(id="mine"), "state_machine": StateMachine(id="")}, None, "mine"),
        ({}, None, None),
    ],
)
def test_the_workflow_is_named_as_well_as_it_can_be(
    context: dict[str, Any], workflow: str | None, execution: str | None
) -> None:
    content = a_submission(**context).content()
    assert (workflow_name(content), execution_name(content)) == (workflow, execution)


def test_a_link_to_look_alike_letters_shows_what_they_are() -> None:
    assert link_host(Link(label="paypal", url="https://раypal.com")) == "xn--ypal-43d9g.com"
    assert link_host(Link(label="x", url="https://" + "ä" * 80 + ".com")) == ""


def test_a_link_shows_its_host() -> None:
    assert link_host(Link(label="paypal.com", url="https://evil.example:8443/paypal.com")) == "evil.example"


def test_no_host_is_shown_for_an_address_that_browsers_may_read_otherwise() -> None:
    assert link_host(Link(label="paypal.com", url="https://paypal.com@evil.example:8443/")) == ""


# progress


def test_progress_of_one_group() -> None:
    one_of_two = an_approval()
    two = an_approval(need=2)
    assert progress_sentence(one_of_two) == "One answer is enough."
    assert progress_sentence(two) == "0 of 2 needed answers so far."
    assert progress_sentence(decided(two)) == "1 of 2 needed answers so far."


def test_progress_of_several_groups_names_each() -> None:
    approval = finance_and_legal()
    assert progress_sentence(approval) == "0 of 2 from finance; 0 of 1 from legal."
    assert progress_sentence(decided(approval, reviewer=2)) == "0 of 2 from finance; legal is done."


def test_progress_of_several_stages_names_the_step() -> None:
    stages = (Stage(name="peers", groups=(Group(from_=("ana",)),)), Stage(groups=(Group(from_=("ben",)),)))
    approval = approval_of(*stages)
    assert progress_sentence(approval) == "Step 1 of 2, “peers”: One answer is enough."
    assert progress_sentence(decided(approval)) == "Step 2 of 2: One answer is enough."


# how it ends


@pytest.mark.parametrize(
    ("on_timeout", "expected"),
    [
        ("fail", "Without enough answers by then it expires, and the workflow is notified."),
        ("approve", "Without enough answers by then it counts as approved."),
        ("reject", "Without enough answers by then it counts as rejected."),
        (TakeOption(option="reject"), "Without enough answers by then “Reject” is taken."),
    ],
)
def test_what_happens_when_time_is_up(on_timeout: Any, expected: str) -> None:
    assert timeout_sentence(finance_and_legal(on_timeout=on_timeout)) == expected


def test_where_one_answer_settles_it_that_one_is_missed() -> None:
    assert timeout_sentence(an_approval()).startswith("Without an answer by then it expires")
    assert timeout_sentence(an_approval(need=2)).startswith("Without enough answers by then it expires")


def test_when_time_is_up_what_happens_is_reported_of_now() -> None:
    assert late_sentence(an_approval()).endswith("Now it expires, and the workflow is notified.")


def test_while_a_step_has_its_own_time_its_own_rule_is_reported() -> None:
    first = Stage(groups=(Group(from_=("ana@example.com",)),), timeout="1h", on_timeout="pass")
    policy = Policy(stages=(first, Stage(groups=(Group(from_=("ben@example.com",)),))), timeout="1d")
    assert timeout_sentence(an_approval(policy=policy)) == "Without an answer by then the next step begins."


def settled(how: str, **changes: Any) -> Approval:
    approval = finance_and_legal(**changes)
    match how:
        case "approved":
            for reviewer in (0, 1, 2):
                approval = decided(approval, reviewer=reviewer)
            return approval
        case "rejected":
            return decided(decided(approval, reviewer=0), reviewer=1, option="reject")
        case "expired":
            return expire(approval, approval.deadline).approval
        case "cancelled":
            return cancel(approval, actor="ana", reason="Not needed any more.", now=NOW).approval
        case "superseded":
            return supersede(approval, by="approval-2", now=NOW).approval
        case _:
            return approval


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (settled("pending"), "Not settled yet."),
        (settled("approved"), "Approved by Ana, Ben and Cleo."),
        (settled("rejected"), "Rejected by Ben."),  # Ana, who approved, did not reject
        (settled("expired"), "Expired: nobody answered in time."),
        (settled("expired", on_timeout="approve"), "Approved, because nobody answered in time."),
        (settled("expired", on_timeout="reject"), "Rejected, because nobody answered in time."),
        (settled("cancelled"), "Cancelled: Not needed any more."),
        (settled("superseded"), "Replaced: the workflow asked again; a newer approval has taken its place."),
    ],
)
def test_the_outcome_in_words(approval: Approval, expected: str) -> None:
    assert outcome_sentence(approval) == expected


def test_an_outcome_of_too_few_answers_says_so() -> None:
    approval = expire(decided(finance_and_legal(on_timeout="approve")), NOW).approval
    assert outcome_sentence(approval) == "Approved, because too few agreed in time."


@pytest.mark.parametrize(
    ("by", "why", "expected"),
    [
        ("rhea@example.com", "", "Withdrawn by rhea@example.com."),
        ("rhea@example.com", "sold (to us).", "Withdrawn by rhea@example.com: sold (to us)."),
        ("command:root", "", "Withdrawn by operator root (command)."),
        ("key:desk", "too late", "Withdrawn by key desk (API): too late."),
    ],
)
def test_a_withdrawal_names_the_requester_or_the_operator(by: str, why: str, expected: str) -> None:
    withdrawn = withdraw(an_approval(), actor=Actor(via="link", id=by), reason=why, now=NOW).approval
    assert outcome_sentence(withdrawn) == expected


def test_an_outcome_names_the_option_where_it_states_more_than_the_outcome() -> None:
    ship = Option(id="ship", label="Ship it", side="approve")
    approval = decided(an_approval(options=(ship, *DEFAULT_OPTIONS)), option="ship")
    assert outcome_sentence(approval) == "Approved with “Ship it” by ana@example.com."


def test_an_outcome_by_many_names_five() -> None:
    approval = an_approval(reviewers=tuple(f"r{n}@example.com" for n in range(9)), need=9)
    for reviewer in range(9):
        approval = decided(approval, reviewer=reviewer)
    assert outcome_sentence(approval).endswith("r3@example.com, r4@example.com and 4 others.")


@pytest.mark.parametrize(
    ("how", "state", "expected"),
    [
        ("pending", None, "The workflow waits."),
        ("approved", None, "The answer is recorded. The workflow is being notified."),
        ("approved", CallbackState.DELIVERED, "The workflow has resumed."),
        (
            "rejected",
            CallbackState.DELIVERED,
            "The workflow has been notified.",
        ),  # its state failed: whether it goes on is open
        ("expired", CallbackState.DELIVERED, "The workflow has been notified."),
        ("approved", CallbackState.TOO_LATE, "The workflow no longer waited: it was stopped or had timed out"),
        (
            "approved",
            CallbackState.FAILED,
            "The workflow could not be notified: wrong Region. Its operators have to look",
        ),
        ("approved", CallbackState.UNCONFIRMED, "its confirmation was lost; whether it arrived could not be verified."),
        ("superseded", None, "The workflow waits for the newer approval instead."),
        ("approved", CallbackState.NONE, "The workflow was not notified: it no longer waited."),
    ],
)
def test_what_is_known_of_the_workflow_and_not_more(how: str, state: CallbackState | None, expected: str) -> None:
    approval = settled(how)
    if state is not None:
        approval = msgspec.structs.replace(approval, callback=state, callback_detail="wrong Region.")
    assert expected in callback_sentence(approval)


def test_a_rejection_that_succeeds_resumes_the_workflow() -> None:
    approval = msgspec.structs.replace(settled("rejected", on_reject="succeed"), callback=CallbackState.DELIVERED)
    assert callback_sentence(approval) == "The workflow has resumed."


GATEWAYS_OWN = {
    Status.EXPIRED: {EndReason.NOBODY_ANSWERED, EndReason.TOO_FEW_AGREED},
    Status.SUPERSEDED: {EndReason.ASKED_AGAIN},
    Status.CANCELLED: {
        EndReason.NO_LONGER_WAITS,
        EndReason.EXECUTION_STOPPED,
        EndReason.EXECUTION_TIMED_OUT,
        EndReason.EXECUTION_FAILED,
    },
}


def test_each_reason_of_the_gateway_has_its_sentence() -> None:
    assert {(status, reason) for status, reasons in GATEWAYS_OWN.items() for reason in reasons} == ENDED.keys()
    assert {reason for reasons in GATEWAYS_OWN.values() for reason in reasons} == {*EndReason} - {
        EndReason.FEWER_NEEDED
    }


def test_a_reason_that_a_person_wrote_in_the_gateways_words_is_shown_as_theirs() -> None:
    approval = cancel(an_approval(), actor="ana", reason="nobody answered in time", now=NOW).approval
    assert outcome_sentence(approval) == "Cancelled: nobody answered in time."


def test_a_reviewer_and_a_person_of_the_directory_have_the_same_name() -> None:
    hidden = "Ana\u202eavlis"
    assert reviewer_name(Person(id="ana", name=hidden)) == reviewer_name(Reviewer(number=0, id="ana", name=hidden))
    assert reviewer_name(Person(id="ana")) == "ana"
