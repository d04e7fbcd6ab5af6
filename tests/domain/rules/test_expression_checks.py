"""The checks of an expression when it is written: every complaint, with its column."""

import pytest

from approvals.domain.rules.expressions import BadExpression, parse_expression


def complaints(text: str) -> list[str]:
    with pytest.raises(BadExpression) as caught:
        parse_expression(text)
    return [str(one) for one in caught.value.complaints]


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
def test_what_is_written_wrong_is_reported_with_its_column(text: str, said: str) -> None:
    assert complaints(text) == [said]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "details.amount >", "(risk == 'high'", "risk == 'high", "(" * 900, "-" * 900 + "details.a > 1", "x\0y",
     "risk == 'high') or (risk == 'low'", "details.a == 01", "import os", "risk == '\ud800'"],
)  # fmt: skip
def test_what_is_no_expression_is_refused_without_harm(text: str) -> None:
    assert len(complaints(text)) == 1


def test_all_that_is_wrong_is_reported_in_one_round() -> None:
    said = complaints("riks == 'high' and title > 3 and details.a == 1")
    assert [one.split(":")[0] for one in said] == ["column 1", "column 20"]
