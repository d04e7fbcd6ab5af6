"""Forms: answers of reviewers with their JSON types, or with their problems."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.model.forms import Form, Question, answers


@pytest.mark.parametrize(
    ("question", "given_", "value"),
    [
        (Question(type="integer"), "3", 3),
        (Question(type="number"), "2,5", 2.5),
        (Question(type="number"), 4, 4),
        (Question(type="boolean"), "on", True),
        (Question(type="boolean"), None, False),
        (Question(type="string", format="date"), "2026-03-31", "2026-03-31"),
        (Question(enum=("a", "b")), "b", "b"),
        (Question(type="integer", enum=(1, 2)), "2", 2),
    ],
)
def test_answers_get_their_questions_type(question: Question, given_: Any, value: Any) -> None:
    assert answers(Form(properties={"q": question}), {"q": given_}) == ({"q": value}, [])


@pytest.mark.parametrize(
    ("question", "given_", "problem"),
    [
        (Question(type="integer"), "2.5", "must be a whole number"),
        (Question(type="integer"), "two", "must be a number"),
        (Question(type="number"), "nan", "must be a finite number"),
        (Question(type="number"), "1e999", "must be a finite number"),
        (Question(type="number", minimum=1), "0", "must be at least 1"),
        (Question(type="boolean"), "perhaps", "must be true or false"),
        (Question(format="date"), "31.3.2026", "must be a date such as 2026-03-31"),
        (Question(format="date"), "2026-02-30", "must be a date such as 2026-03-31"),
        (Question(format="date"), "2026-W01-1", "must be a date such as 2026-03-31"),
        (Question(format="date"), "２０２６-03-31", "must be a date such as 2026-03-31"),
        (Question(type="number"), "1_000", "must be a number"),
        (Question(type="number"), "٣", "must be a number"),
        (Question(type="number"), "0x10", "must be a number"),
        (Question(format="email"), "ana", "must be an e-mail address"),
        (Question(format="email"), "a@b.c\u202e", "must be an e-mail address"),
        (Question(format="email"), "a\u200b@b.c", "must be an e-mail address"),
        (Question(max_length=3), "four", "may have at most 3 characters"),
        (Question(min_length=3), "ab", "needs at least 3 characters"),
        (Question(enum=("a", "b")), "c", "must be one of a, b"),
        (Question(), ["a"], "must be text"),
    ],
)
def test_wrong_answers_show_what_is_wrong(question: Question, given_: Any, problem: str) -> None:
    _, problems = answers(Form(properties={"q": question}), {"q": given_})
    assert [(problem.path, problem.message) for problem in problems] == [("form.q", problem)]


def test_what_is_required_or_not_asked_for_is_reported() -> None:
    form = Form(properties={"q": Question()}, required=("q",))
    assert [str(f) for f in answers(form, {"x": "1"})[1]] == ["form.x: is not asked for", "form.q: is required"]
    assert answers(form, {}, insist=False) == ({}, [])


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({})
QUESTIONS = st.builds(
    Question, type=st.sampled_from(["string", "number", "integer", "boolean"]),
    format=st.sampled_from([None, "date", "email", "multiline"]),
)  # fmt: skip


@given(QUESTIONS, JSON)
def test_whatever_is_sent_is_an_answer_or_a_problem_and_never_an_exception(question: Question, value: Any) -> None:
    read, problems = answers(Form(properties={"q": question}, required=("q",)), {"q": value})
    assert bool(problems) or "q" in read


@pytest.mark.parametrize("written", ["12345678901234567", "-12345678901234567", "9" * 300], ids=len)
def test_a_whole_number_is_kept_to_its_last_digit(written: str) -> None:
    """Beyond 2**53 the way over a float would change it: an order's number is not another order's."""
    form = Form(properties={"order": Question(type="integer")})
    assert answers(form, {"order": written}) == ({"order": int(written)}, [])


@pytest.mark.parametrize("kind", ["integer", "number"])
@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), "1" + "0" * 399, "9" * 5000, "1e400", float("inf"), "nan"],
    ids=["large", "small", "digits", "many digits", "exponent", "infinity", "NaN"],
)
def test_a_number_beyond_all_measure_is_reported_as_one(kind: Any, value: Any) -> None:
    _, problems = answers(Form(properties={"n": Question(type=kind)}), {"n": value})
    assert [(problem.path, problem.message) for problem in problems] == [("form.n", "must be a finite number")]
