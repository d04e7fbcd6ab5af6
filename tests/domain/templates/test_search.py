"""What an expression may cost: it is measured while it is evaluated, and ends soon however it tries to grow."""

import tracemalloc
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from approvals.domain.templates.search import WORK, BoundedInterpreter, Budget, TooMuchWork
from approvals.domain.templates.text import compile_expression, filled

ROWS = [{"a": str(n)} for n in range(2000)]
DATA: dict[str, Any] = {
    "comment": "\\" * 2000,
    "items": list(range(2000)),
    "rows": [{"a": str(n)} for n in range(2000)],
}


def quoted(depth: int) -> str:
    """Text that doubles at each step, since quoting it escapes what was quoted before."""
    found = "comment"
    for _ in range(depth):
        found = f"to_string([{found}])"
    return found


@pytest.mark.parametrize(
    "text",
    [
        quoted(15),
        "|".join(["[@, @]"] * 9) + "|to_string(@)",
        "items|" + "|".join(["[@, @]"] * 7) + "|[0] == [1]",
        "items[*].[@,@,@,@,@,@]|[]|[*].[@,@,@,@]",
        "rows[].{a: a, b: a, c: a, d: a}|[*].[@,@,@,@]",
    ],
)
def test_what_grows_at_each_step_is_stopped(text: str) -> None:
    with pytest.raises(TooMuchWork, match="look up less"):
        compile_expression(text).find(DATA)


def test_the_text_of_a_join_is_refused_before_it_is_made() -> None:
    search, data = compile_expression("join(comment, rows[].a)"), DATA | {"comment": "x" * 100_000}
    tracemalloc.start()
    with pytest.raises(TooMuchWork):
        search.find(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100_000, "the glue would be in it once for each item"


def test_all_expressions_of_a_template_share_one_budget() -> None:
    one = "{to_string(items)}"
    assert filled([one] * 2, DATA)
    with pytest.raises(TooMuchWork):
        filled([one] * 100, DATA)


def test_what_only_points_into_the_data_is_counted_when_it_is_written() -> None:
    with pytest.raises(TooMuchWork):
        filled(["{items}"] * 100, DATA)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=20,
)
TEXTS = st.sampled_from(
    ["a", "a.b", "a[0]", "a[*].b", "a[]", "[a, b]", "{x: a, y: b}", "a[?b == `1`]", "length(@)", "keys(@)", "a || b",
     "a && b", "!a", "a[1:3]", "a[::2]", "to_string(@)", "sort(a)", "map(&b, a)", "max_by(a, &b)", "*.a"]
)  # fmt: skip


@given(text=TEXTS, data=JSON)
def test_within_the_budget_it_finds_what_the_library_finds(text: str, data: Any) -> None:
    compiled = jmespath.compile(text)
    try:
        wanted = compiled.search(data)
    except (JMESPathError, TypeError) as error:
        with pytest.raises(type(error)):
            BoundedInterpreter(Budget()).visit(compiled.parsed, data)
        return
    assert BoundedInterpreter(Budget()).visit(compiled.parsed, data) == wanted


@given(data=JSON)
def test_no_more_than_the_budget_is_spent(data: Any) -> None:
    budget = Budget()
    BoundedInterpreter(budget).visit(jmespath.compile("to_string(@)").parsed, data)
    assert 0 <= budget.left < WORK
