"""Which policy applies: a rule's, a named one, one that is written out; and who may use it."""

from typing import Any

import pytest

from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.directory.people import Directory
from approvals.domain.model.approval import Change
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.rule import AutoApproval, Rule
from approvals.domain.problems import Invalid
from tests.builders import CONTEXT, an_opening

ANA = (Stage(groups=(Group(from_=("ana@example.com",)),)),)
BOSS = (Stage(groups=(Group(from_=("boss@example.com",)),)),)
OFFICE = Calendar(timezone="Europe/Berlin", hours={"mon-fri": "09:00-17:00"})


def opening(directory: Directory, **changes: Any) -> Change:
    return an_opening(directory=directory, **{**CONTEXT, **changes})


def test_a_rule_forces_its_policy_whatever_the_workflow_asks_for() -> None:
    rule = Rule(name="big", when="details.Amount > 100", policy="strict")
    directory = Directory(policies={"strict": Policy(stages=BOSS)}, rules=(rule,))
    change = opening(directory, reviewers=("friend@example.com",), need=1)
    assert [r.id for r in change.approval.reviewers] == ["boss@example.com"]
    assert change.note.facts["rule"] == "big"
    small = opening(directory, reviewers=("friend@example.com",), details={"Amount": 5})
    assert [r.id for r in small.approval.reviewers] == ["friend@example.com"]


def test_what_a_rule_approves_settles_at_once_with_nobody_asked_and_gives_the_reason() -> None:
    rule = Rule(name="small", when="details.Amount <= 500", approve=AutoApproval(because="under 500 €"))
    change = opening(Directory(rules=(rule,)))
    assert change.messages == ()
    assert change.then is not None
    outcome = change.then.approval.outcome
    assert outcome is not None
    assert (outcome.outcome, outcome.option, outcome.decided_by) == ("approved", "approve", ())
    assert outcome.reason == "approved by the rule “small”: under 500 €"
    assert [type(message).__name__ for message in change.then.messages] == ["Callback"]
    assert change.then.note.actor == "rule:small"


def test_a_value_of_another_type_does_not_slip_past_a_rule() -> None:
    rule = Rule(name="big", when="details.Amount > 100", policy="strict")
    directory = Directory(policies={"strict": Policy(stages=BOSS)}, rules=(rule,))
    with pytest.raises(Invalid, match="Amount"):
        opening(directory, details={"Amount": "420"})


def test_where_policies_are_the_owners_alone_none_may_be_written_out() -> None:
    directory = Directory(policies={"finance": Policy(stages=ANA)}, allow_inline_policies=False)
    with pytest.raises(Invalid, match=r"reviewers: only the policies of the directory may be used here: finance"):
        opening(directory)
    with pytest.raises(Invalid, match="policy: only the policies of the directory"):
        opening(directory, policy=Policy(stages=BOSS))
    assert opening(directory, policy="finance").approval.policy.name == "finance"


@pytest.mark.parametrize(
    ("callers", "caller", "context", "allowed"),
    [
        (("arn:aws:states:*:*:stateMachine:refunds",), "ci", CONTEXT, True),
        (("arn:aws:states:*:*:stateMachine:other",), "ci", CONTEXT, False),
        (("arn:aws:states:*:*:stateMachine:refunds",), "ci", {}, False),
        (("arn:aws:states:*:*:stateMachine:refunds",), "ci", {"execution": CONTEXT["execution"]}, True),
        (("ci",), "ci", {}, True),
        (("CI",), "ci", {}, False),
    ],
)
def test_a_policy_may_say_who_uses_it(
    callers: tuple[str, ...], caller: str, context: dict[str, Any], allowed: bool
) -> None:
    directory = Directory(policies={"finance": Policy(stages=ANA, callers=callers)})
    if allowed:
        assert an_opening(directory=directory, policy="finance", caller=caller, **context)
        return
    with pytest.raises(Invalid, match="may not be used by"):
        an_opening(directory=directory, policy="finance", caller=caller, **context)


def test_a_calendar_is_kept_as_it_was_when_the_approval_opened() -> None:
    directory = Directory(policies={"finance": Policy(stages=ANA, calendar="office")}, calendars={"office": OFFICE})
    assert opening(directory, policy="finance").approval.policy.calendar == OFFICE
    with pytest.raises(Invalid, match=r"policy.calendar: there is no calendar “nights”; known are: office"):
        opening(directory, policy=Policy(stages=ANA, calendar="nights"))


def test_a_calendar_that_is_wrong_is_refused_before_anything_is_counted_by_it() -> None:
    wrong = Calendar(timezone="Europe/Berln", hours={"mon-fri": "09:00-17:00"})
    with pytest.raises(Invalid, match="Europe/Berlin"):
        opening(Directory(), policy=Policy(stages=ANA, calendar=wrong, timeout="8h"))
