"""Expressions of rules: what they make of any data."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from approvals.domain.problems import Invalid
from approvals.domain.rules.expressions import BadExpression, Reader, parse_expression
from approvals.domain.rules.rule_context import NAMES, facts_of
from tests.builders import CONTEXT, a_submission


def holds(text: str, /, caller: str = "queue", **changes: Any) -> bool:
    return Reader(facts_of(a_submission(**changes), caller=caller)).holds(parse_expression(text), rule="gate")


TRUE = [
    ("details.amount > 1000", {"amount": 1000.01}),
    ("details.amount > 1000", {"amount": 10**400}),  # whole numbers of any sensible length
    ("details.amount >= 420.10", {"amount": 420.1}),
    ("details.amount == 420.10", {"amount": 420.1}),
    ("details.amount == 420", {"amount": 420.0}),
    ("details.amount + 0.1 == 0.3", {"amount": 0.2}),  # as written, and not as binary fractions
    ("details.price * details.pieces > 1000", {"price": 33.34, "pieces": 30}),
    ("-details.amount < -5", {"amount": 6}),
    ("details.amount - 1 == 10000000000000000000000", {"amount": 10**22 + 1}),
    ("0 < details.amount <= 100", {"amount": 100}),
    ("details.amount == 1e3", {"amount": 1000}),
    ("not details.amount > 1000", {"amount": 1000}),
    ("details.urgent", {"urgent": True}),
    ("not details.urgent", {"urgent": False}),
    ("details.urgent == true", {"urgent": True}),
    ("details.customer.country == 'DE'", {"customer": {"country": "DE"}}),
    ('details["Order id"] == "A1"', {"Order id": "A1"}),
    ("details.lines[1].sku == 'b'", {"lines": [{"sku": "a"}, {"sku": "b"}]}),
    ("details.country in ['DE', 'FR']", {"country": "FR"}),
    ("details.level in [-1, 0, 1.0]", {"level": 1}),
    ("details.country not in ['DE', 'FR']", {"country": "US"}),
    ("'prod' in details.targets", {"targets": ["dev", "prod"]}),
    ("3 in details.sizes", {"sizes": [1, 3.0]}),
    ("'prod' in details.targets", {"targets": [None, "prod"]}),
    ("'drop table' in details.sql", {"sql": "drop table users"}),
    ("'amount' in details", {"amount": None}),
    ("'amount' not in details", {"betrag": 5}),
    ("details.note == null", {"note": None}),
    ("details.note != null", {"note": ""}),
    ("details.city == 'Köln'", {"city": "Köln"}),
    ("details.größe > 1", {"größe": 2}),
    ("details.amount > 1000 or risk == 'normal'", {}),  # what decides is there
    ("risk == 'normal' or details.amount > 1000", {"amount": "text"}),  # decided before it is looked at
]
FALSE = [
    ("details.amount > 1000", {"amount": 1000}),
    ("details.amount > 1000", {}),
    ("not details.amount > 1000", {}),
    ("details.amount != 1000", {}),
    ("details.amount == null", {}),
    ("details.amount != null", {}),
    ("details.country not in ['DE']", {}),
    ("'prod' not in details.targets", {}),
    ("details.a.b.c == 1", {"a": {}}),
    ("details.a.b.c != 1", {"a": None}),
    ("details.lines[2].sku != 'a'", {"lines": []}),
    ("not (details.a == 1 or details.b == 1)", {"a": 2}),
    ("not (details.a == 1 and details.b == 1)", {"a": 1}),
    ("details.amount - details.discount < 100", {"amount": 5}),
    ("details.amount > 1000", {"amount": None}),
    ("details.amount <= 1000", {"amount": None}),
    ("details.amount != 1000", {"amount": None}),
    ("not details.urgent", {"urgent": None}),
    ("details.amount > 1000", {"Amount": 2000}),  # capitals count
    ("details.amount > 1000", {"details.amount": 2000}),
    ("details.word in title", {"word": ""}),  # an empty text is in nothing
    ("details.city == 'Köln'", {"city": "Ko\u0308ln"}),  # other characters, though they look the same
]


@pytest.mark.parametrize(("text", "details"), TRUE)
def test_it_is_true(text: str, details: dict[str, Any]) -> None:
    assert holds(text, details=details)


@pytest.mark.parametrize(("text", "details"), FALSE)
def test_it_is_not_true(text: str, details: dict[str, Any]) -> None:
    assert not holds(text, details=details)


REFUSED = [
    (
        "details.amount > 1000",
        {"amount": "1200"},
        "details.amount",
        "is text, and rule “gate” compares it with a number",
    ),
    ("details.amount > 1000", {"amount": "1e9"}, "details.amount", "is text, and"),
    ("not details.amount > 1000", {"amount": "1200"}, "details.amount", "is text, and"),
    ("1000 < details.amount", {"amount": "1200"}, "details.amount", "is text, and"),
    ("details.amount > 1000", {"amount": True}, "details.amount", "is true or false, and"),
    ("details.amount == 1", {"amount": True}, "details.amount", "is true or false, and"),
    ("1 == details.amount", {"amount": True}, "details.amount", "is true or false, and"),
    ("details.amount != 1000", {"amount": "1000"}, "details.amount", "is text, and"),
    ("details.amount > 1000", {"amount": [1200]}, "details.amount", "is a list, and"),
    ("details.amount > 1000", {"amount": {"value": 1200}}, "details.amount", "is an object, and"),
    ("details.amount > 1000", {"amount": float("nan")}, "details.amount", "is no finite number, and"),
    ("details.amount < 1000", {"amount": float("-inf")}, "details.amount", "is no finite number, and"),
    ("details.amount > 1000", {"amount": Decimal("NaN")}, "details.amount", "is no finite number, and"),
    ("details.amount > 1000", {"amount": 10**2001}, "details.amount", "is a number of more than 2000 digits, and"),
    ("details.amount * 2 > 1000", {"amount": "9"}, "details.amount", "is text, and rule “gate” calculates with it"),
    (
        "details.amount.value > 1000",
        {"amount": 1200},
        "details.amount",
        "is a number, and rule “gate” looks for “value”",
    ),
    ("details.lines[0] == 'a'", {"lines": {"0": "a"}}, "details.lines", "is an object, and rule “gate” looks for [0]"),
    ("details.urgent", {"urgent": "true"}, "details.urgent", "is text, and rule “gate” takes it as true or false"),
    ("details.urgent", {"urgent": 1}, "details.urgent", "is a number, and"),
    ("details.urgent == true", {"urgent": "true"}, "details.urgent", "is text, and"),
    ("details.country == 'DE'", {"country": ["DE"]}, "details.country", "is a list, and"),
    ("details.country in ['DE']", {"country": ["DE"]}, "details.country", "is a list, and"),
    ("details.level in [1, 2]", {"level": "1"}, "details.level", "is text, and"),
    ("'prod' in details.targets", {"targets": [["prod"]]}, "details.targets[0]", "is a list, and"),
    ("'prod' in details.targets", {"targets": ["prod", 1]}, "details.targets[1]", "is a number, and"),
    ("'prod' in details.targets", {"targets": {"0": "prod"}}, "details.targets", "is an object, and"),
    ("'prod' in details.targets", {"targets": 5}, "details.targets", "is a number, and"),
    (
        "'prod' in details.targets",
        {"targets": ["a"] * 1001},
        "details.targets",
        "is a list of more than 1000 items, and",
    ),
    ("5 in details.text", {"text": "555"}, "details.text", "is text, and"),
    ("details.key in details", {"key": 5}, "details.key", "is a number, and"),
    ("details.a == details.b", {"a": 1, "b": "1"}, "details.a", "is a number, and rule “gate” compares it with text"),
    ("details.a == details.b", {"a": [1], "b": [1]}, "details.a", "is a list, and"),
    ("details.amount > 1 or risk == 'normal'", {"amount": "2"}, "details.amount", "is text, and"),
]


@pytest.mark.parametrize(("text", "details", "path", "said"), REFUSED)
def test_a_change_of_type_is_refused_at_its_path(text: str, details: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        holds(text, details=details)
    [problem] = caught.value.problems
    assert problem.path == path
    assert problem.message.startswith(said)


def test_everything_a_workflow_states_of_itself_can_be_looked_up() -> None:
    known = {
        **CONTEXT,
        "map_item": 3,
        "tags": {"team": "payments"},
        "risk": "high",
        "policy": "refunds",
        "locale": "de",
    }
    for text in (
        "stateMachine.name == 'refunds' and execution.name == 'order-1234' and state.name == 'Wait for finance'",
        "mapItem == 3 and tags.team == 'payments' and risk == 'high' and policy == 'refunds' and locale == 'de'",
        "requester == 'rhea@example.com' and caller == 'queue' and 'Refund' in title and 'approve' in options",
        "options[0] == 'approve' and 'team' in tags and stateMachine.id != execution.id",
    ):
        assert holds(text, **known), text


def test_what_a_submission_need_not_have_is_null_and_has_no_parts() -> None:
    for name in ("requester", "policy", "mapItem", "stateMachine", "execution", "state"):
        assert holds(f"{name} == null", requester=None)
        assert not holds(f"{name} != null", requester=None)
    for text in (
        "execution.id != 'x'",
        "stateMachine.name != 'x'",
        "state.name != 'x'",
        "mapItem != 3",
        "policy != 'x'",
    ):
        assert not holds(text)


def test_every_name_is_a_fact() -> None:
    assert facts_of(a_submission(), caller="queue").keys() == NAMES.keys()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DETAILS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)
TOKENS = st.lists(
    st.sampled_from(
        "details .a .b ['a'] [0] [1] risk title tags options mapItem and or not in == != < <= > >= + - * ( ) 1 0.5"  # noqa: SIM905
        " 1e400 'a' '' [1,2] ['a','b'] true false null is if else lambda: x ** % / , : := = 'high' policy".split()
    ),
    max_size=12,
).map(" ".join)
PATHS = st.sampled_from(["details.a", "details.b", "details.a.b", "details.c.a", "details.a[0]"])
LITERALS = st.sampled_from(["1", "0.5", "-3", "'a'", "true"])
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, PATHS, st.sampled_from(["==", "!="]), LITERALS),
    st.builds("{} {} {}".format, PATHS, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["1", "0.5", "0"])),
    st.builds("{} {} {}".format, PATHS, st.sampled_from(["in", "not in"]), st.sampled_from(["['a','b']", "[0, 1]"])),
    st.builds("{} {} null".format, PATHS, st.sampled_from(["==", "!="])),
    st.builds("'a' {} {}".format, st.sampled_from(["in", "not in"]), PATHS),
    PATHS,
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner) | inner.map("not ({})".format)
    ),
    max_leaves=4,
)


@given(text=TOKENS | st.text(max_size=20), details=DETAILS)
def test_nothing_but_a_clear_problem_is_ever_raised(text: str, details: dict[str, Any]) -> None:
    try:
        parse_expression(text)
    except BadExpression:
        return
    try:
        holds(text, details=details)
    except Invalid as error:
        assert all(problem.path.startswith("details") for problem in error.problems)  # noqa: PT017


@given(text=CONDITIONS, details=DETAILS, left_out=st.sampled_from("abc"))
def test_leaving_something_out_never_makes_it_true(text: str, details: dict[str, Any], left_out: str) -> None:
    shorter = {key: value for key, value in details.items() if key != left_out}
    try:
        before = holds(text, details=details)
        assume(not before)
        after = holds(text, details=shorter)
    except Invalid:
        return
    assert not after


@given(a=st.integers() | st.floats(allow_nan=False, allow_infinity=False), b=st.floats(min_value=-1e6, max_value=1e6))
def test_numbers_are_compared_as_they_are_written(a: float, b: float) -> None:
    exactly = [Fraction(repr(number)) for number in (a, b)]
    assert holds("details.a < details.b", details={"a": a, "b": b}) == (exactly[0] < exactly[1])
    assert holds("details.a == details.b", details={"a": a, "b": b}) == (exactly[0] == exactly[1])
    assert holds("details.a - details.b > 0", details={"a": a, "b": b}) == (exactly[0] > exactly[1])
