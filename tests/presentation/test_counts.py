"""Sentences with a number agree with it."""

from collections.abc import Callable

import pytest

from approvals.presentation.messages import counts


@pytest.mark.parametrize(
    ("sentence", "of"),
    [
        (counts.waiting_title, {0: "Nothing waits for your answer", 1: "1 approval waits for your answer"}),
        (counts.one_by_one_sentence, {1: "1 further down is answered on its own."}),
        (counts.high_risk_sentence, {1: "One of them: it is answered on a page of its own."}),
        (counts.links_left_out_sentence, {1: "1 link is on the page only.", 2: "2 links are on the page only."}),
        (counts.earlier_answers_sentence, {1: "1 earlier answer is on the page."}),
    ],
)
def test_one_is_written_in_the_singular_and_more_in_the_plural(
    sentence: Callable[[int], str], of: dict[int, str]
) -> None:
    assert {count: sentence(count) for count in of} == of
    assert " are " in sentence(7) or " wait " in sentence(7)


@pytest.mark.parametrize(
    ("recorded", "failed", "title"),
    [
        (1, 0, "1 answer recorded"), (2, 0, "2 answers recorded"), (1, 3, "1 answer recorded, 3 not"),
        (0, 2, "0 answers recorded, 2 not"),
    ],
)  # fmt: skip
def test_a_result_counts_the_answers_that_were_recorded_and_those_that_were_not(
    recorded: int, failed: int, title: str
) -> None:
    assert counts.recorded_title(recorded, failed) == title


@pytest.mark.parametrize(
    ("count", "hidden", "sentence"),
    [
        (4, [], "On the page only: 4 more."), (0, ["IBAN", "Name"], "On the page only: IBAN and Name."),
        (2, ["IBAN"], "On the page only: IBAN, and 2 more."),
    ],
)  # fmt: skip
def test_details_that_are_on_the_page_only_are_named_or_counted(count: int, hidden: list[str], sentence: str) -> None:
    assert counts.details_left_out_sentence(count, hidden) == sentence


def test_who_is_looking_at_it_agrees_with_their_number() -> None:
    assert counts.looking_sentence(["Ana"]) == "Ana is looking at it."
    assert counts.looking_sentence(["Ana", "Ben"]) == "Ana and Ben are looking at it."
