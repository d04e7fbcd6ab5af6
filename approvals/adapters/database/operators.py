"""Operators who acted on behalf of reviewers, in rows that the release before can read beside this one.

That release knows no proof “operator”, and refuses unknown keys in the JSON of an outcome and of actions. So these
hold what it can read, and the operators are in columns of their own, which it leaves alone. In 0.2 they can go where
they belong.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from approvals.domain.model.action_state import ActionState
from approvals.domain.model.approval import DecidedBy, Decision, Outcome, Reviewer
from approvals.domain.model.policy import Assurance
from approvals.domain.values import Value


class ActionOperators(Value, frozen=True, kw_only=True):
    """Who claimed and asked on behalf of reviewers: the claim by its time, the questions by their numbers."""

    claim: tuple[datetime, str] | None = None
    questions: dict[int, str] = {}


_decoder = msgspec.json.Decoder(ActionOperators)


def stored_assurance(given: Assurance) -> Assurance:
    """Return the proof as a row holds it."""
    return "link" if given == "operator" else given


def stored_outcome(outcome: Outcome) -> Outcome:
    """Return the outcome as a row holds it, without operators."""
    decided_by = tuple(
        replace(d, by=None, on_behalf_of=None, assurance="link") if d.by else replace(d, on_behalf_of=None)
        for d in outcome.decided_by
    )
    return replace(outcome, decided_by=decided_by)


def read_outcome(outcome: Outcome, decisions: Sequence[Decision], reviewers: Sequence[Reviewer]) -> Outcome:
    """Return the outcome of a row with the operators of its decisions."""
    behalf = {(reviewers[d.reviewer].id, d.at, d.option): d for d in decisions if d.operator}
    decided_by = tuple(_with_operator(d, behalf.get((d.reviewer, d.at, d.option))) for d in outcome.decided_by)
    return replace(outcome, decided_by=decided_by)


def stored_actions(actions: ActionState) -> tuple[ActionState, str | None]:
    """Return the actions as a row holds them, and the text of the operators; None without any."""
    claim, questions = actions.claim, actions.questions
    operators = ActionOperators(
        claim=(claim.at, claim.operator) if claim and claim.operator else None,
        questions={number: one.operator for number, one in enumerate(questions) if one.operator},
    )
    if operators == ActionOperators():
        return actions, None
    plain = replace(
        actions,
        claim=claim and replace(claim, operator=None),
        questions=tuple(replace(one, operator=None) for one in questions),
    )
    return plain, msgspec.json.encode(operators).decode()


def read_actions(actions: ActionState, stored: str | None) -> ActionState:
    """Return the actions of a row with their operators. A claim that the release before made has none."""
    if stored is None:
        return actions
    operators = _decoder.decode(stored)
    claim, (at, operator) = actions.claim, operators.claim or (None, None)
    questions = enumerate(actions.questions)
    return replace(
        actions,
        claim=replace(claim, operator=operator) if claim and claim.at == at else claim,
        questions=tuple(replace(one, operator=operators.questions.get(number)) for number, one in questions),
    )


def _with_operator(shown: DecidedBy, decision: Decision | None) -> DecidedBy:
    if decision is None:
        return shown
    return replace(shown, by=decision.operator, on_behalf_of=shown.reviewer, assurance=decision.assurance)
