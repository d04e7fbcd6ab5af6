"""The labels and sentences of the pages."""

import pytest

from approvals.domain.model.approval import Status
from approvals.presentation.messages.pages import (
    Situation,
    fresh_link_sentence,
    line_end,
    may_change_sentence,
    status_label,
)


@pytest.mark.parametrize(
    ("situation", "reply_needed", "label"),
    [
        ("open", False, "Your answer is needed"),
        ("answered", False, "Waits for others"),
        ("watching", True, "Waits for others"),
        ("asking", True, "Your reply is needed"),
        ("asking", False, "Waits for others"),
        ("late", False, "Time is up"),
    ],
)
def test_a_pending_approval_is_labelled_by_what_it_needs_of_the_reader(
    situation: Situation, reply_needed: bool, label: str
) -> None:
    assert status_label(situation, Status.PENDING, reply_needed=reply_needed) == label


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_a_settled_approval_is_labelled_by_how_it_settled(status: Status) -> None:
    label = status_label("settled", status, reply_needed=True)
    assert label == ("Replaced" if status is Status.SUPERSEDED else str(status).capitalize())
    assert line_end(status) == ("time was up" if status is Status.EXPIRED else label.lower())


def test_an_answer_that_somebody_else_gave_may_also_be_confirmed() -> None:
    assert "change your answer until" in may_change_sentence(own=True)
    assert "confirm or change this answer until" in may_change_sentence(own=False)


def test_a_fresh_link_reveals_nothing() -> None:
    assert fresh_link_sentence(many=True).startswith("If anything still waits, ")
    assert fresh_link_sentence(many=False).startswith("If this approval still waits, ")
