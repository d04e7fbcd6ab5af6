"""A problem with an answer is one sentence, wherever the answer was given."""

import pytest

from approvals.adapters.slack.blocks.modal_inputs import errors_of
from approvals.domain.model.approval import Answer
from approvals.domain.model.forms import Form, Question
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.pages.inbox.model import Item, refused_result
from approvals.entrypoints.pages.review.answer_form import AnswerFields
from approvals.entrypoints.slack.answer import error_text
from tests.builders import an_approval

FORM = Form(properties={"sum": Question(type="number", title="Amount")}, required=("sum",))


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Problem("comment", "may have at most 10 characters"), "The comment may have at most 10 characters."),
        (Problem("comment", "a comment is required for this answer"), "A comment is required for this answer."),
        (Problem("form.sum", "is required"), "“Amount” is required."),
        (Problem("option", "choose an answer"), "Choose an answer."),
    ],
)
def test_a_problem_is_the_same_sentence_on_the_page_in_the_inbox_and_in_slack(problem: Problem, sentence: str) -> None:
    approval, error = an_approval(form=FORM), Invalid([problem])
    [trouble] = AnswerFields(approval=approval, problems=error.problems).troubles
    verdict = refused_result(Item(approval=approval, reviewer=0, link=""), error, Answer(option="approve"))
    [in_modal] = errors_of(error, approval=approval)["errors"].values()
    assert (trouble.sentence, verdict.sentence, in_modal) == (sentence,) * 3
    assert error_text(error, form=FORM) == f"This cannot be recorded. {sentence}"
