"""Rules: which one applies to a submission, and the problems of rules themselves."""

import re
import subprocess
import sys
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.json_reader import read
from approvals.domain.model.policy import simple_policy
from approvals.domain.model.rule import MOST_RULES, AutoApproval, Rule, Rules
from approvals.domain.model.submission import Execution, Option, StateMachine
from approvals.domain.problems import Invalid
from approvals.domain.rules.evaluation import automatic_answer, choose, rule_problems
from tests.builders import CONTEXT, a_submission
from tests.support.wheel import ROOT

ARN = "arn:aws:states:eu-central-1:123456789012:"
SMALL = AutoApproval(because="Less than a parking ticket")


def chosen(*rules: Rule, caller: str = "queue", **changes: Any) -> str | None:
    rule = choose(rules, a_submission(**changes), caller=caller)
    return rule.name if rule else None


def problems(*rules: Rule) -> list[str]:
    return [str(problem) for problem in rule_problems(rules, ["board", "finance"])]


def test_the_first_rule_that_fits_is_taken() -> None:
    big = Rule(name="big", when="details.amount > 1000", policy="board")
    rest = Rule(name="rest", policy="anybody")
    assert chosen(big, rest, details={"amount": 1000.01}) == "big"
    assert chosen(big, rest, details={"amount": 1000}) == "rest"
    assert chosen(big, details={"amount": 1000}) is None
    assert chosen(details={"amount": 1000}) is None


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"state_machine": f"{ARN}stateMachine:refunds"}, True),
        ({"state_machine": "*:refunds"}, True),
        ({"state_machine": "*:Refunds"}, False),  # capitals count
        ({"state_machine": "refunds"}, False),  # the whole ARN, or *
        ({"caller": "queue:*"}, True),
        ({"caller": "api:*"}, False),
        ({"tags": {"team": "pay*"}}, True),
        ({"tags": {"team": "pay*", "env": "prod"}}, True),
        ({"tags": {"team": "pay*", "env": "dev"}}, False),
        ({"tags": {"owner": "*"}}, False),  # there must be one
        ({"when": "risk == 'normal'"}, True),
        ({"when": "risk == 'normal'", "caller": "api:*"}, False),
        ({"state_machine": "*", "caller": "*", "tags": {"env": "p?od"}, "when": "title != 'x'"}, True),
        ({}, True),
    ],
)
def test_all_that_is_given_must_hold(conditions: dict[str, Any], fits: bool) -> None:
    rule = Rule(name="gate", policy="board", **conditions)
    known = {**CONTEXT, "tags": {"team": "payments", "env": "prod"}}
    assert (chosen(rule, caller="queue:approvals", **known) == "gate") is fits


@pytest.mark.parametrize(
    ("machine", "execution"),
    [
        ("stateMachine:refunds", None),
        (None, "execution:refunds:order-1"),
        (None, "express:refunds:order-1:f00"),
        ("stateMachine:refunds:live", None),  # an alias
        ("stateMachine:refunds/Each", None),  # a Map's own runs
        (None, "execution:refunds/Each:order-1"),
        ("stateMachine:refunds", "execution:other:order-1"),
        ("", "execution:refunds:order-1"),
    ],
)
def test_a_state_machine_is_known_by_itself_or_by_its_execution(machine: str | None, execution: str | None) -> None:
    known: dict[str, Any] = {
        "state_machine": None if machine is None else StateMachine(id=machine and ARN + machine),
        "execution": Execution(id=ARN + execution) if execution else None,
    }
    assert chosen(Rule(name="gate", state_machine="arn:*:stateMachine:refunds", policy="board"), **known) == "gate"
    assert chosen(Rule(name="gate", when="stateMachine.name == 'refunds'", policy="board"), **known) == "gate"


def test_without_a_state_machine_no_pattern_fits() -> None:
    assert chosen(Rule(name="gate", state_machine="arn:*", policy="board")) is None


@pytest.mark.parametrize(
    "asks",
    [{"policy": "refunds"}, {"policy": simple_policy(("ana@example.com",))}, {"reviewers": ("ana@example.com",)}],
)
def test_a_default_leaves_alone_what_asks_for_somebody_and_a_force_does_not(asks: dict[str, Any]) -> None:
    gentle, strict = Rule(name="gentle", policy="board", mode="default"), Rule(name="strict", policy="board")
    assert chosen(gentle, strict, **asks) == "strict"
    assert chosen(gentle, strict, policy=None, reviewers=None) == "gentle"


def test_what_approves_by_itself_does_so_at_high_risk_only_where_that_is_written() -> None:
    small = Rule(name="small", when="details.amount < 10", approve=SMALL)
    bold = Rule(name="bold", when="details.amount < 10", approve=AutoApproval(because="Drills", even_at_high_risk=True))
    assert chosen(small, details={"amount": 5}) == "small"
    assert chosen(small, details={"amount": 5}, risk="high") is None
    assert chosen(small, bold, details={"amount": 5}, risk="high") == "bold"


def test_an_expression_is_only_asked_where_all_else_fits() -> None:
    gate = Rule(name="gate", tags={"team": "payments"}, when="details.amount > 1000", policy="board")
    assert chosen(gate, details={"amount": "1200"}) is None
    with pytest.raises(Invalid):
        chosen(gate, details={"amount": "1200"}, tags={"team": "payments"})


@pytest.mark.parametrize(
    ("details", "gets"),
    [
        ({"amount": 1200}, "big refunds"),
        ({"amount": 5}, "small change"),
        ({"amount": -5}, "everything else"),
        ({}, "everything else"),
        ({"Amount": 1200}, "everything else"),
        ({"amount": None}, "everything else"),
        ({"amount": "1200"}, "refused"),
        ({"amount": "1e3"}, "refused"),
        ({"amount": True}, "refused"),
        ({"amount": [5]}, "refused"),
        ({"amount": {"value": 5}}, "refused"),
        ({"amount": float("nan")}, "refused"),
    ],
)
def test_no_change_of_the_details_slips_past_a_gate(details: dict[str, Any], gets: str) -> None:
    rules = (
        Rule(name="big refunds", when="details.amount > 1000", policy="board"),
        Rule(name="small change", when="0 <= details.amount < 10", approve=SMALL),
        Rule(name="everything else", policy="finance"),
    )
    assert problems(*rules) == []
    try:
        assert chosen(*rules, details=details) == gets
    except Invalid as error:
        assert gets == "refused"
        assert "details.amount: is " in str(error)  # noqa: PT017
        assert "rule “big refunds” compares it with a number" in str(error)  # noqa: PT017


@given(
    details=st.dictionaries(
        st.sampled_from(["amount", "Amount", "betrag"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
    )
)
def test_with_a_last_rule_nothing_is_without_a_rule_and_only_numbers_approve_themselves(
    details: dict[str, Any],
) -> None:
    rules = (Rule(name="small", when="details.amount < 10", approve=SMALL), Rule(name="rest", policy="finance"))
    try:
        got = chosen(*rules, details=details)
    except Invalid:
        return
    amount = details.get("amount")
    small = isinstance(amount, int | float) and not isinstance(amount, bool) and amount < 10
    assert got == ("small" if small else "rest")


def test_an_auto_approval_takes_the_option_it_names_or_the_first_that_approves() -> None:
    options = (
        Option(id="no", label="No", side="reject"),
        Option(id="later", label="Tomorrow", side="approve"),
        Option(id="now", label="Now", side="approve"),
    )
    asked = a_submission(options=options)
    assert automatic_answer(Rule(name="r", approve=SMALL), asked).id == "later"
    assert automatic_answer(Rule(name="r", approve=AutoApproval(because="x", option="now")), asked).id == "now"
    for wrong in ("no", "never"):
        with pytest.raises(Invalid, match=f"rule “r” approves with “{wrong}”, which is no approving option here"):
            automatic_answer(Rule(name="r", approve=AutoApproval(because="x", option=wrong)), asked)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"policy": "borad"}], "rules[0].policy: there is no policy “borad”; did you mean “board”?"),
        ([{"policy": "board", "approve": SMALL, "when": "risk == 'low'"}],
         "rules[0]: needs either a policy or approve, and not both"),
        ([{}], "rules[0]: needs either a policy or approve, and not both"),
        ([{"policy": "board", "when": "details.amount"}, {"policy": "board"}], "rules[1].name: “r” is there twice"),
        ([{"policy": "board", "when": "riks == 'low'"}],
         "rules[0].when: column 1: “riks” is not known here; did you mean “risk”?"),
        ([{"approve": SMALL}], "rules[0]: approves everything: it needs a condition, and * is none"),
        ([{"approve": SMALL, "caller": "*", "state_machine": "**", "tags": {"team": "*"}}],
         "rules[0]: approves everything: it needs a condition, and * is none"),
        ([{"approve": AutoApproval(because=" "), "caller": "api:*"}],
         "rules[0].approve.because: is empty; say why nobody has to be asked"),
        ([{"approve": SMALL, "caller": "api:*", "mode": "default"}],
         "rules[0].mode: is for a policy; what approves by itself has none"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_reported_with_its_path(rules: list[dict[str, Any]], said: str) -> None:
    assert problems(*(Rule(name="r", **rule) for rule in rules)) == [said]


def test_where_there_are_no_policies_that_is_reported() -> None:
    [problem] = rule_problems([Rule(name="r", policy="board")], [])
    assert str(problem) == "rules[0].policy: there is no policy “board”; known are none"


UNREACHED = "has no condition, so that the rules after it are never reached; put it last"


def test_a_rule_for_everything_must_be_the_last() -> None:
    every, gate = Rule(name="every", policy="board"), Rule(name="gate", caller="api:*", policy="finance")
    anyone = Rule(name="anyone", caller="*", policy="board")
    assert problems(every, gate) == [f"rules[0]: {UNREACHED}"]
    assert problems(anyone, gate) == [f"rules[0]: {UNREACHED}"]
    assert problems(gate, every) == []


def test_a_default_for_everything_only_comes_before_rules_that_force() -> None:
    usual = Rule(name="usual", policy="board", mode="default")
    gate = Rule(name="gate", caller="api:*", policy="finance")
    late = Rule(name="late", caller="api:*", policy="finance", mode="default")
    assert problems(usual, gate) == []
    assert problems(usual, late) == [f"rules[0]: {UNREACHED}"]


def test_rules_are_read_as_they_are_written_in_the_file() -> None:
    written = {
        "name": "small change",
        "stateMachine": "*:stateMachine:refund-*",
        "tags": {"team": "payments"},
        "caller": "queue:*",
        "when": "details.amount < 10",
        "approve": {"because": "Less than a parking ticket", "option": "approve", "evenAtHighRisk": True},
    }
    assert msgspec.to_builtins(read(Rule, written)) == written
    assert read(Rule, {"name": "r", "policy": "board"}).mode == "force"
    assert msgspec.json.schema(Rules)["$defs"]["Rule"]["required"] == ["name"]
    for wrong in ({"policy": "board"}, {"name": "r", "when": True}, {"name": "r", "mode": "maybe"},
                  {"name": "r", "if": "x"}, {"name": "r", "approve": {}}, {"name": "r", "when": "a" * 1001},
                  ):  # fmt: skip
        with pytest.raises(Invalid):
            read(Rule, wrong)
    with pytest.raises(Invalid):
        read(Rules, [written] * (MOST_RULES + 1))


def test_the_examples_of_the_documentation_are_good() -> None:
    examples = re.findall(r"```yaml\n(rules:.*?)```", (ROOT / "docs/reference/rules.md").read_text(), re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        rules = read(Rules, yaml.safe_load(example)["rules"])
        assert list(rule_problems(rules, {rule.policy for rule in rules if rule.policy})) == []


def test_what_reads_expressions_is_only_loaded_where_there_are_some() -> None:
    ask = (
        "import sys; from approvals.domain.rules.evaluation import *; from tests.builders import a_submission;"
        "rules = (Rule(name='r', policy='board'),); assert not list(rule_problems(rules, ['board']));"
        "assert choose(rules, a_submission(), caller='x'); assert 'simpleeval' not in sys.modules;"
        "choose((Rule(name='r', when='details.a > 1'),), a_submission(), caller='x');"
        "assert 'simpleeval' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)
