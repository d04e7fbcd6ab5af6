"""Operators in rows: they come back, and what the release before reads holds no word that it does not know."""

import msgspec

from approvals.adapters.database.operators import (
    read_actions,
    read_outcome,
    stored_actions,
    stored_assurance,
    stored_outcome,
)
from approvals.adapters.database.outbox.stored_messages import read_message, stored_text
from approvals.domain.lifecycle.decide import decide
from approvals.domain.model.action_state import ActionState, Claim, ReviewerQuestion
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import AnsweredForYou, Delegated
from approvals.domain.model.policy import ASSURANCES
from tests.builders import NOW, an_approval, decided

ROOT = Actor(via="command", id="command:root")
ACTIONS = ActionState(
    claim=Claim(reviewer=0, at=NOW, operator="command:root"),
    questions=(
        ReviewerQuestion(reviewer=0, text="Why?", at=NOW),
        ReviewerQuestion(reviewer=1, text="When?", at=NOW, operator="key:deployer"),
    ),
)


def settled() -> Approval:
    answer = Answer(option="approve")
    change = decide(decided(an_approval(need=2)), reviewer=1, answer=answer, actor=ROOT, assurance="operator", now=NOW)
    assert change is not None
    return change.approval


def test_an_outcome_is_stored_without_operators_and_read_with_them() -> None:
    approval = settled()
    assert approval.outcome is not None
    stored = msgspec.json.encode(stored_outcome(approval.outcome)).decode()
    assert "operator" not in stored
    assert "onBehalfOf" not in stored
    assert '"by"' not in stored
    again = msgspec.json.decode(stored, type=type(approval.outcome))
    assert read_outcome(again, approval.decisions, approval.reviewers) == approval.outcome


def test_actions_are_stored_without_operators_and_read_with_them() -> None:
    plain, operators = stored_actions(ACTIONS)
    assert "operator" not in msgspec.json.encode(plain).decode()
    assert read_actions(plain, operators) == ACTIONS
    assert stored_actions(plain) == (plain, None)
    assert read_actions(plain, None) == plain


def test_a_claim_that_the_release_before_made_since_is_nobody_elses() -> None:
    plain, operators = stored_actions(ACTIONS)
    newer = msgspec.structs.replace(plain, claim=Claim(reviewer=1, at=NOW.replace(hour=23)))
    assert read_actions(newer, operators).claim == newer.claim
    assert read_actions(msgspec.structs.replace(plain, claim=None), operators).claim is None


def test_a_proof_that_the_release_before_does_not_know_is_stored_as_a_link() -> None:
    assert [stored_assurance(one) for one in ASSURANCES] == ["link", "link", "slack", "signin"]


def test_a_notice_about_an_answer_is_stored_as_one_that_the_release_before_reads() -> None:
    notice = Notice(about=AnsweredForYou(7), channel="mail", to="ben@example.com", audience=ForReviewer(1))
    stored = stored_text(notice)
    assert msgspec.json.decode(stored, type=Notice) == msgspec.structs.replace(notice, about=Delegated(-7))
    assert read_message(stored) == notice
