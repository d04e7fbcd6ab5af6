"""Lists and counts, as text and as HTML."""

import pytest
from markupsafe import Markup

from approvals.presentation.lists import counted, listed, listed_html, quoted_html


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "nobody"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
        ([*"abcdefgh"], "a, b, c, d, e and 3 others"),
    ],
)  # fmt: skip
def test_a_list_reads(names: list[str], words: str) -> None:
    assert listed(names) == words


def test_a_name_in_a_list_of_html_is_escaped_and_turns_nothing_around_it() -> None:
    names = ["<b>", Markup("<i>Ben</i>")]
    assert listed_html(names, word="or") == "<bdi>&lt;b&gt;</bdi> or <bdi><i>Ben</i></bdi>"
    assert quoted_html(["<b>"]) == "“<bdi>&lt;b&gt;</bdi>”"


@pytest.mark.parametrize(
    ("number", "unit", "units", "words"),
    [
        (1, "answer", "", "1 answer"), (0, "answer", "", "0 answers"), (2400, "character", "", "2,400 characters"),
        (2, "person", "people", "2 people"), (1, "person", "people", "1 person"),
    ],
)  # fmt: skip
def test_a_count_reads(number: int, unit: str, units: str, words: str) -> None:
    assert counted(number, unit, units) == words
