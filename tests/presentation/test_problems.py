"""Sentences about problems with the fields of a form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.lifecycle.actions import checked
from approvals.domain.lifecycle.decide import decide
from approvals.domain.model.approval import Answer
from approvals.domain.model.forms import Form, Question, answers
from approvals.domain.problems import Invalid, Problem
from approvals.presentation.problems import problem_sentence, problem_sentences
from tests.builders import NOW, an_approval, by

FORM = Form(
    properties={
        "sum": Question(type="number", title="Amount", minimum=1, maximum=5),
        "why": Question(min_length=2, max_length=9),
        "on": Question(format="date"),
        "to": Question(format="email"),
        "size": Question(enum=("S", "M")),
        "tell": Question(type="boolean"),
    },
    required=("sum", "why", "size"),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text("ab@.-2", max_size=12), st.just([]))


@given(given_answers=st.dictionaries(st.sampled_from([*FORM.properties, "other"]), SCALARS))
def test_a_problem_with_a_question_is_a_sentence_about_its_title(given_answers: dict[str, Any]) -> None:
    for problem in answers(FORM, given_answers)[1]:
        sentence = problem_sentence(problem, FORM)
        title = {"form.sum": "Amount"}.get(problem.path, problem.path.removeprefix("form."))
        assert sentence.startswith(f"“{title}” ")
        assert sentence.endswith(f"{problem.message}.")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(option=""), "Choose an answer."),
        (Answer(option="maybe"), "Choose one of approve, reject."),
        (Answer(option="approve", comment="x" * 4001), "The comment may have at most 4000 characters, this has 4001."),
        (
            Answer(option="approve", comment="\0"),
            "The comment holds a character that cannot be kept (NUL); leave it out.",
        ),
    ],
)
def test_a_problem_with_an_answer_is_a_sentence(answer: Answer, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        decide(an_approval(), reviewer=0, answer=answer, actor=by(), assurance="link", now=NOW)
    assert problem_sentences(caught.value.problems) == sentence


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("text", " ", "The text is empty; write what you want to say."),
        ("reason", "xxxx", "The reason may have at most 3 characters, this has 4."),
        ("anything", "xxxx", "This may have at most 3 characters, this has 4."),
    ],
)
def test_a_problem_with_a_text_is_a_sentence_about_its_field(path: str, text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked(text, path, longest=3)
    assert problem_sentences(caught.value.problems) == sentence


def test_several_problems_are_several_sentences() -> None:
    problems = [Problem("form.sum", "is required"), Problem("form.gone", "is not asked for"), Problem("option", "no")]
    assert problem_sentences(problems, FORM) == "“Amount” is required. “gone” is not asked for. No."


def test_a_title_turns_no_direction_of_the_text() -> None:
    form = Form(properties={"x": Question(title="a\u202eb")})
    assert problem_sentence(Problem("form.x", "is required"), form) == "“a\ufffdb” is required."
