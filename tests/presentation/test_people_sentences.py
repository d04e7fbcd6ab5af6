"""Sentences about people and about the answers that are needed are whole ones."""

import pytest

from approvals.presentation.explain.people_sentences import OF_PEOPLE, needed_sentence, of_people


@pytest.mark.parametrize("about", OF_PEOPLE)
def test_a_sentence_about_people_is_whole(about: str) -> None:
    facts = {"when": "after 1 hour", "who": "Cleo", "channels": "by mail", "step": 1, "others": "Dora"}
    for people, verbs in ((["Ana"], "is|may"), (["Ana", "Ben"], "are|may")):
        sentence = of_people(about, people, **facts)
        assert sentence.endswith(".")
        assert any(f" {verb} " in sentence for verb in verbs.split("|"))


@pytest.mark.parametrize(
    ("need", "of", "share", "agree", "sentence"),
    [
        (1, 1, "", True, "That person has to approve."),
        (2, 2, "", True, "Both of them have to approve, all with the same answer."),
        (3, 3, "", False, "All 3 of them have to approve."),
        (1, 3, "", True, "1 of the 3 has to approve."),
        (1, 2, "50", False, "1 of the 2 (50 %) has to approve."),
        (2, 3, "", True, "2 of the 3 have to approve, all with the same answer."),
        (2, 3, "60", True, "2 of the 3 (60 %) have to approve, all with the same answer."),
    ],
)
def test_the_answers_that_are_needed(need: int, of: int, share: str, agree: bool, sentence: str) -> None:
    assert needed_sentence(need, of, share=share, agree=agree) == sentence
