"""Templates: text with {JMESPath} in it. A single expression keeps its type; what finds nothing is named."""

from typing import Any

import pytest

from approvals.domain.templates.text import MOST_PARTS, filled, missing, parts

DATA = {"product": "lamp", "count": 3, "price": 9.5, "tags": ["a", "b"], "who": {"name": "Ana"}, "none": None}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Order {count} × {product}", "Order 3 × lamp"),
        ("{count}", 3),  # one expression alone keeps its type
        ("{ price }", 9.5),
        ("{@}", DATA),
        ("{tags}", ["a", "b"]),
        ("all: {tags}", 'all: ["a","b"]'),
        ("{{count}} is {count}", "{count} is 3"),  # doubled braces are plain ones
        ("{ {n: who.name, c: count} }", {"n": "Ana", "c": 3}),  # an expression may hold braces
        ("{missing || '}'} and {missing || '{'}", "} and {"),  # and quoted ones
        ('{missing || `{"a": "}"}`}', {"a": "}"}),
        ({"a": ["{count}", {"b": "{who.name}"}], "plain": 7}, {"a": [3, {"b": "Ana"}], "plain": 7}),
        ("", ""),
    ],
)
def test_a_template_is_filled_with_what_its_expressions_find(template: Any, expected: Any) -> None:
    assert not missing(template, DATA)
    assert filled(template, DATA) == expected


def test_every_expression_that_finds_nothing_is_named_with_its_path() -> None:
    problems = missing({"title": "{count} × {nothing}", "links": [{"url": "{none}"}]}, DATA, path="submission")
    assert [(problem.path, problem.message) for problem in problems] == [
        ("submission.title", "“nothing” finds nothing in what arrived"),
        ("submission.links[0].url", "“none” finds nothing in what arrived"),
    ]


def test_where_nothing_can_be_missing_it_is_null_or_nothing() -> None:
    assert filled({"by": "{nobody}", "text": "by {nobody}."}, DATA) == {"by": None, "text": "by ."}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{count", "never closed"),
        ("count}", "without its {"),
        ("{a[}", "is not JMESPath"),
        ("{}", "is not JMESPath"),
        ("{shout(product)}", "Unknown function"),
        ("{length()}", "Expected"),
        ("{" + "|".join(["[@, @]"] * MOST_PARTS) + "}", "has more than"),
    ],
)
def test_what_is_wrong_with_a_template_is_reported(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parts(text)


def test_a_function_that_does_not_take_what_is_there_finds_nothing() -> None:
    assert filled("{sum(tags)}{avg(count)}", DATA) == ""


@pytest.mark.parametrize("literal", ['`{"children": 5}`', '`{"children": [1]}`', "`[[[[1]]]]`"])
def test_a_literal_that_looks_like_a_parsed_expression_is_a_literal(literal: str) -> None:
    assert filled("{" + literal + "}", {}) is not None


@pytest.mark.parametrize(
    ("template", "expected"), [("{tags[0:1]}", ["a"]), ("{tags[::-1]}", ["b", "a"]), ("{who.name[0:2]}", None)]
)
def test_a_slice_is_part_of_the_language(template: str, expected: Any) -> None:
    assert filled(template, DATA) == expected
