"""Operators: wherever a reviewer's answer is shown, it says who gave it, in the same words."""

import pytest
from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.decide import decide
from approvals.domain.model.action_state import Claim, ReviewerQuestion
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Note, Via
from approvals.presentation.explain.approval_explanation import explain_approval
from approvals.presentation.lists import listed_apart
from approvals.presentation.names import actor_name, given_sentence, operator_name
from approvals.presentation.outcomes import outcome_sentence
from tests.builders import NOW, an_approval, decided

DIRECTORY = Directory(people={"ben": Person(id="ben", name="Ben Weiss", email="ben@example.com")})
APPROVAL = an_approval(directory=DIRECTORY, reviewers=("ana@example.com", "ben"), need=2)


def answered(via: Via = "command", operator: str | None = "command:root", approval: Approval = APPROVAL) -> Approval:
    actor, answer = Actor(via=via, id=operator), Answer(option="approve")
    change = decide(approval, reviewer=1, answer=answer, actor=actor, assurance="operator", now=NOW)
    assert change is not None
    return change.approval


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        ("command:root", "operator root (command)"),
        ("key:deployer", "key deployer (API)"),
        ("iam:arn:aws:iam::123456789012:user/jo", "AWS identity arn:aws:iam::123456789012:user/jo (API)"),
        ("command:ro\u202eot", "operator ro\ufffdot (command)"),
        ("rhea", "rhea"),
    ],
)
def test_an_operator_is_named_with_the_way_they_came(id_: str, name: str) -> None:
    assert operator_name(id_) == name


@pytest.mark.parametrize(
    ("via", "operator", "name", "sentence"),
    [
        (
            "command",
            "command:root",
            "Ben Weiss, by operator root (command)",
            "Operator root (command) answered for you",
        ),
        ("api", "key:deployer", "Ben Weiss, by key deployer (API)", "Key deployer (API) answered for you"),
        ("command", None, "Ben Weiss, by an operator (command)", "An operator (command) answered for you"),
        ("api", None, "Ben Weiss, by an API key (API)", "An API key (API) answered for you"),
        ("link", None, "Ben Weiss", "You answered “Approve”"),
        ("slack", None, "Ben Weiss", "You answered “Approve”"),
    ],
)
def test_an_answer_names_the_reviewer_and_who_gave_it(via: Via, operator: str, name: str, sentence: str) -> None:
    approval = answered(via, operator)
    decision = approval.latest()[1]
    assert actor_name(approval, decision) == name
    assert given_sentence(decision, "Approve").startswith(sentence)


def test_a_claim_and_a_question_name_who_made_them() -> None:
    claim, question = Claim(reviewer=1, at=NOW), ReviewerQuestion(reviewer=1, text="Why?", at=NOW)
    assert [actor_name(APPROVAL, one) for one in (claim, question)] == ["Ben Weiss", "Ben Weiss"]
    by = [replace(one, operator="key:deployer") for one in (claim, question)]  # type: ignore[type-var]
    assert [actor_name(APPROVAL, one) for one in by] == ["Ben Weiss, by key deployer (API)"] * 2


def test_the_outcome_says_which_of_the_answers_an_operator_gave() -> None:
    settled = answered(approval=decided(APPROVAL))
    expected = "Approved by ana@example.com; and Ben Weiss, by operator root (command)."
    assert outcome_sentence(settled) == expected


def test_names_without_a_comma_are_listed_as_everywhere() -> None:
    assert listed_apart(["Ana", "Ben"]) == "Ana and Ben"
    assert listed_apart(["Weiss, Ben"]) == "Weiss, Ben"


@pytest.mark.parametrize(
    "note",
    [
        Note(event="decided", at=NOW, actor="command:root", facts={"for": "ben", "operator": "command:root"}),
        Note(event="decided", at=NOW, actor="ben", facts={"operator": "command:root"}),
    ],
    ids=["now", "of an earlier version"],
)
def test_the_explanation_and_the_history_name_the_operator(note: Note) -> None:
    whole = replace(note, facts={**note.facts, "option": "approve", "via": "command"})
    told = explain_approval(answered(), [whole], people=People(directory=DIRECTORY), now=NOW, timezone="UTC")
    said = "Ben Weiss, by operator root (command) answered “Approve”."
    assert said in " ".join(told.text)
    assert said in [moment.what for moment in told.timeline]


@pytest.mark.parametrize(
    ("event", "facts", "said"),
    [
        ("claimed", {"for": "ben", "caller": "key:deployer"}, "Ben Weiss, by key deployer (API) is looking at it."),
        ("inquired", {"for": "ben", "caller": "key:deployer"}, "Ben Weiss, by key deployer (API) asked a question."),
        ("replied", {}, "Key deployer (API) answered a question."),
        ("withdrawn", {"reason": "over"}, "Withdrawn by key deployer (API): over."),
    ],
)
def test_the_history_names_the_operator_of_every_action(event: str, facts: dict[str, str], said: str) -> None:
    note = Note(event=event, at=NOW, actor="key:deployer", facts=facts)
    told = explain_approval(APPROVAL, [note], people=People(directory=DIRECTORY), now=NOW, timezone="UTC")
    assert said in [moment.what for moment in told.timeline]
