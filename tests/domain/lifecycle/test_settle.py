"""Settling: the outcome fits into its limit for any input, and time-outs follow the policy."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.settle import OUTCOME_BYTES, cancel, expire, supersede
from approvals.domain.model.approval import Answer, Outcome
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.outgoing import Callback, Notice, dedup_key
from approvals.domain.model.policy import Group, Policy, Stage, TakeOption
from approvals.domain.model.submission import Option
from tests.builders import NOW, an_approval, by, decided

PEOPLE = tuple(f"reviewer-{n}@example.com" for n in range(30))
FORM = Form(properties={f"q{n}": Question() for n in range(10)})


TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=4000)


@given(comment=TEXT, answer=TEXT, people=st.integers(1, 30))
def test_the_outcome_is_never_larger_than_its_limit_and_stays_readable(comment: str, answer: str, people: int) -> None:
    approval = an_approval(reviewers=PEOPLE[:people], need=people, form=FORM)
    for reviewer in range(people):
        given_ = Answer(option="approve", comment=comment, form=dict.fromkeys(FORM.properties, answer))
        change = decide(approval, reviewer=reviewer, answer=given_, actor=by(), assurance="link", now=NOW)
        assert change is not None
        approval = change.approval
    [callback] = [m for m in change.messages if isinstance(m, Callback)]
    assert len((callback.output or "").encode()) <= OUTCOME_BYTES
    outcome = msgspec.json.decode(callback.output or "", type=Outcome)
    assert (outcome.outcome, outcome.approval_id) == ("approved", approval.id)


@pytest.mark.parametrize(
    ("on_timeout", "status", "option", "error"),
    [
        ("fail", "expired", None, "Approval.TimedOut"),
        ("reject", "rejected", "reject", "Approval.Rejected"),
        ("approve", "approved", "approve", None),
        (TakeOption(option="hold"), "approved", "hold", None),
    ],
)
def test_when_time_is_up_the_policy_decides_what_happens(
    on_timeout: Any, status: str, option: str | None, error: str | None
) -> None:
    options = tuple(
        Option(id=id_, label=id_, side=side)
        for id_, side in (("approve", "approve"), ("hold", "approve"), ("reject", "reject"))
    )  # type: ignore[arg-type]
    policy = Policy(stages=(Stage(groups=(Group(from_=PEOPLE[:1]),)),), on_timeout=on_timeout)
    change = expire(an_approval(policy=policy, options=options), NOW + timedelta(days=7))
    [callback] = [m for m in change.messages if isinstance(m, Callback)]
    outcome = change.approval.outcome
    assert outcome is not None
    assert (change.approval.status, outcome.option, outcome.timed_out, callback.error) == (status, option, True, error)


def test_what_is_in_the_outcome_was_not_taken_back() -> None:
    options = tuple(Option(id=id_, label=id_, side="approve") for id_ in ("go", "hold"))
    policy = Policy(stages=(Stage(groups=(Group(from_=PEOPLE[:2], need=2),)),), on_timeout=TakeOption(option="hold"))
    taken_back = decided(an_approval(policy=policy, options=options), option="hold", comment="Wait.")
    approval = decided(taken_back, option="go", comment="Go on.", at=NOW + timedelta(hours=1))
    outcome = expire(approval, NOW + timedelta(days=7)).approval.outcome
    assert outcome is not None
    assert (outcome.option, outcome.comment) == ("hold", "")


def test_a_form_that_was_filled_in_again_counts_as_it_was_last() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=PEOPLE[:3], need=3),)),))
    approval = an_approval(policy=policy, form=Form(properties={"cost": Question(type="integer")}))
    for hours, (reviewer, cost) in enumerate(((0, 1), (1, 2), (0, 3))):
        approval = decided(approval, reviewer=reviewer, form={"cost": cost}, at=NOW + timedelta(hours=hours))
    outcome = expire(approval, NOW + timedelta(days=7), rule="approve").approval.outcome
    assert outcome is not None
    assert outcome.form == {"cost": 3}


def test_a_superseded_approval_tells_people_and_not_the_workflow() -> None:
    change = supersede(an_approval(), by="approval-2", now=NOW)
    assert change.approval.callback == "none"
    assert {type(m) for m in change.messages} == {Notice}


def test_a_cancelled_one_tells_the_workflow_unless_nobody_waits() -> None:
    told = cancel(an_approval(), actor="key:shop", reason="withdrawn", now=NOW)
    [callback] = [m for m in told.messages if isinstance(m, Callback)]
    assert callback.error == "Approval.Cancelled"
    silent = cancel(an_approval(), actor="heartbeat", reason="gone", now=NOW, waits=False)
    assert not [m for m in silent.messages if isinstance(m, Callback)]


def test_only_those_who_were_asked_hear_of_the_end() -> None:
    later = Stage(groups=(Group(from_=("later@example.com",)),))
    policy = Policy(stages=(Stage(groups=(Group(from_=PEOPLE[:2]),)), later))
    change = cancel(an_approval(policy=policy), actor="x", reason="y", now=NOW)
    assert [m.to for m in change.messages if isinstance(m, Notice)] == list(PEOPLE[:2])


def test_no_two_messages_of_a_change_share_a_key() -> None:
    change = expire(an_approval(reviewers=PEOPLE), NOW + timedelta(days=7))
    keys = [dedup_key(message) for message in change.messages]
    assert len(keys) == len(set(keys))
