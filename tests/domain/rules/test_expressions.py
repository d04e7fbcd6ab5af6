"""Expressions of rules: what is refused when they are written, and what they make of any data."""

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


def complaints(text: str) -> list[str]:
    with pytest.raises(BadExpression) as caught:
        parse_expression(text)
    return [str(one) for one in caught.value.complaints]


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


WRITTEN_WRONG = [
    ('riks == "high"', "column 1: “riks” is not known here; did you mean “risk”?"),
    ("   riks == 'high'", "column 4: “riks” is not known here; did you mean “risk”?"),
    ("'ä' == title and riks == 'high'", "column 18: “riks” is not known here; did you mean “risk”?"),
    ("stateMachine.arn == 'x'", "column 1: “arn” is not known here; known are id, name"),
    ("risk > 3", "column 1: is text; only numbers have an order"),
    ("risk > details.a", "column 1: is text; only numbers have an order"),
    ("title > 1", "column 1: is text; only numbers have an order"),
    ("title == 1", "column 1: is text, and is compared with a number"),
    ("tags.team == 3", "column 1: is text, and is compared with a number"),
    ("mapItem == '3'", "column 1: is a number, and is compared with text"),
    ("mapItem + title > 1", "column 11: is text; only numbers can be calculated with"),
    ("risk == 'hgih'", "column 9: “hgih” is no risk; did you mean “high”?"),
    ("risk in ['low', 'mid']", "column 17: “mid” is no risk; known are high, low, normal"),
    ("1 > 0", "column 1: is always the same; compare something of the submission"),
    ("true", "column 1: is always the same; compare something of the submission"),
    ("details.a == 1 or 2 > 1", "column 19: is always the same; compare something of the submission"),
    ("details.a == details.a", "column 1: is compared with itself"),
    ("title != null", "column 1: is always there, and never null"),
    ("'' in title", "column 1: is empty: there is nothing to look for"),
    ("risk", "column 1: is text, where a condition must stand; compare it with something"),
    ("not title", "column 5: is text, where a condition must stand; compare it with something"),
    ("details", "column 1: is an object, where a condition must stand; compare it with something"),
    ("options == 'approve'", "column 1: is a list, which cannot be compared as a whole"),
    ("details.a == ['a']", "column 14: is a list, which cannot be compared as a whole"),
    ("details.a in ['a', 1]", "column 14: a list holds texts, or numbers, and nothing else"),
    ("details.a in []", "column 14: a list holds texts, or numbers, and nothing else"),
    ("details.a in [details.b]", "column 14: a list holds texts, or numbers, and nothing else"),
    ("details.a in ['DE' 'FR']", "column 15: is not one text in quotes; is there a comma missing?"),
    ("details.a in ('DE')", 'column 15: is one text, and pieces of it would be found too; write a list: ["…", "…"]'),
    ("details.a in ('DE', 'FR')", "column 14: a list in ( ) cannot be written in a rule"),
    ("title in [1]", "column 1: is text, and is compared with a number"),
    ("5 in title", "column 1: is a number, which cannot be looked for there"),
    ("'a' in mapItem", "column 8: is a number, in which nothing can be"),
    ("'id' in execution", "column 9: cannot be searched; only details and tags can be asked for a key"),
    ("tags.team.name == 'a'", "column 1: text has no part “name”"),
    ("details.a is null", "column 1: cannot be compared by `is`; write == or !="),
    ("details.a[-1] == 1", "column 1: this cannot be written in a rule"),
    ("details.a[details.b] == 1", "column 1: this cannot be written in a rule"),
    ("details.a[0:2] == 'ab'", "column 1: this cannot be written in a rule"),
    ("details.a == 2 ** 9", "column 14: this cannot be written in a rule"),
    ("details.a % 2 == 1", "column 1: this cannot be written in a rule"),
    ("len(title) > 3", "column 1: a function cannot be written in a rule"),
    ("details.a.startswith('b')", "column 1: a function cannot be written in a rule"),
    ("title.__class__ == 'a'", "column 1: text has no part “__class__”"),
    ("[x for x in details.list]", "column 1: this cannot be written in a rule"),
    ("(lambda: risk)()", "column 1: a function cannot be written in a rule"),
    ("(a := 5) > details.a", "column 2: this cannot be written in a rule"),
    ("f'{risk}' == 'high'", "column 1: this cannot be written in a rule"),
    ("details.a == 1j", "column 14: is no text, number, true, false or null"),
    ("details.a < 1e999", "column 13: is no text, number, true, false or null"),
    ("details.a == b'x'", "column 14: is no text, number, true, false or null"),
    ("details.ﬁeld == 1", 'column 1: “field” is not how it is written; put it in brackets: ["…"]'),
    ("details.from == 1", 'column 9: cannot be read; write ["from"] for .from'),
    ("details.amount = 3", "column 16: cannot be read; write =="),
    ("risk == 'high' && details.a", "column 17: cannot be read; write and"),
    ("risk == 'high' || details.a", "column 17: cannot be read; write or"),
    ("!details.a", "column 1: cannot be read; write not"),
    ("details.a == 1\nor risk == 'high'", "column 1: stands on several lines; write it on one (in YAML after >-)"),
    ("details.a == 'C:\\temp'", "column 17: there is no \\ in an expression; leave it out"),
    (" or ".join(["details.a == 1"] * 26), "column 1: has more than 100 parts"),
    ("not " * 101 + "details.a", "column 1: has more than 100 parts"),
]


@pytest.mark.parametrize(("text", "said"), WRITTEN_WRONG)
def test_what_is_written_wrong_is_said_with_its_column(text: str, said: str) -> None:
    assert complaints(text) == [said]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "details.amount >", "(risk == 'high'", "risk == 'high", "(" * 900, "-" * 900 + "details.a > 1", "x\0y",
     "risk == 'high') or (risk == 'low'", "details.a == 01", "import os", "risk == '\ud800'"],
)  # fmt: skip
def test_what_is_no_expression_is_refused_without_harm(text: str) -> None:
    assert len(complaints(text)) == 1


def test_all_that_is_wrong_is_said_in_one_round() -> None:
    said = complaints("riks == 'high' and title > 3 and details.a == 1")
    assert [one.split(":")[0] for one in said] == ["column 1", "column 20"]


def test_everything_a_workflow_says_of_itself_can_be_looked_up() -> None:
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
