"""Rules: which one a submission gets, and what is refused in them and in what they look at."""

from typing import Any

import pytest

from approvals.domain.errors import Invalid
from approvals.domain.rules import Rule, choose
from tests.builders import CONTEXT, a_submission


def chosen(*rules: Rule, caller: str = "queue", **changes: Any) -> str | None:
    rule = choose(rules, a_submission(**changes), caller=caller)
    return rule.name if rule else None


def test_the_first_rule_that_fits_is_taken() -> None:
    big = Rule(name="big", when="details.amount > 1000", policy="board")
    rest = Rule(name="rest", policy="anybody")
    assert chosen(big, rest, details={"amount": 1000.01}) == "big"
    assert chosen(big, rest, details={"amount": 1000}) == "rest"
    assert chosen(big, details={"amount": 1000}) is None


def test_an_execution_says_which_state_machine_it_is_of() -> None:
    refunds = Rule(name="refunds", state_machine="arn:aws:states:*:*:stateMachine:refunds", policy="finance")
    assert chosen(refunds, execution=CONTEXT["execution"]) == "refunds"
    assert chosen(refunds) is None


def test_a_value_of_another_type_is_refused_and_names_the_rule() -> None:
    with pytest.raises(Invalid) as caught:
        chosen(Rule(name="big refunds", when="details.amount > 1000", policy="board"), details={"amount": "1200"})
    assert str(caught.value) == "details.amount: is text, and rule “big refunds” compares it with a number"
