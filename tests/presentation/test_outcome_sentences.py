"""What the workflow gets, in a whole sentence for each occasion and outcome."""

import pytest

from approvals.presentation.explain.outcome_sentences import OUTCOMES

CAN_BE = {
    "by a rule": {"output", "fails", "goes on"},
    "once approved": {"output", "fails", "goes on"},
    "enough agreed": {"output", "fails", "goes on"},
    "after a rejection": {"output", "fails", "rejected"},
    "after any other rejection": {"output", "fails", "rejected"},
    "cancelled": {"output", "fails"},
    "too few are left": {"output", "fails"},
    "too few are left, others later": {"output", "fails"},
    "still open": {"output", "fails", "counts as approved", "counts as rejected"},
    "time is up": {"output", "fails", "counts as approved", "counts as rejected"},
    "time of this step is up": {"output", "fails", "counts as approved", "counts as rejected"},
    "time of a step is up": {"output", "fails", "counts as approved", "counts as rejected", "next step"},
    "not done": {"output", "fails", "counts as approved", "counts as rejected", "next step"},
    "not done, after the deadline": {"output", "fails", "counts as approved", "counts as rejected", "next step"},
}


def test_each_occasion_has_a_sentence_for_each_outcome_that_it_can_have() -> None:
    assert {occasion: set(sentences) for occasion, sentences in OUTCOMES.items()} == CAN_BE


@pytest.mark.parametrize("occasion", OUTCOMES)
def test_each_sentence_is_whole_and_names_what_differs(occasion: str) -> None:
    named = {
        "fails": "{error}",
        "counts as approved": "{label}",
        "counts as rejected": "{label}",
        "next step": "{next}",
    }
    for outcome, sentence in OUTCOMES[occasion].items():
        assert sentence.endswith(".")
        assert named.get(outcome, "") in sentence
