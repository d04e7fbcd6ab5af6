"""The sentences that tell a person why they may not answer."""

from datetime import UTC, datetime

import msgspec
import pytest

from approvals.domain.model import reasons
from approvals.domain.model.approval import Reviewer
from approvals.domain.model.errors import Refused, Stale
from approvals.presentation.refusals import error_sentence, reason_sentence

UNTIL = datetime(2026, 3, 20, tzinfo=UTC)
SENTENCES = (
    (reasons.Left(), "You are no longer among those who are asked."),
    (reasons.Replaced(), "You are no longer asked: others have been asked instead."),
    (reasons.SamePerson(), "You are asked by another address of yours, too, and one person counts once."),
    (reasons.IsRequester(), "You ask for it, and so may not answer."),
    (reasons.AnsweredBy(name="Ben"), "Ben has answered for you."),
    (reasons.Reassigned(to="Cleo"), "This was handed on to Cleo."),
    (
        reasons.AwayWithDelegate(until=UNTIL, delegate="Cleo"),
        "You are away until 20 March 2026, 00:00 UTC; Cleo answers for you.",
    ),
    (
        reasons.AwayPastDeadline(until=UNTIL),
        "You are away until 20 March 2026, 00:00 UTC, which is after the deadline.",
    ),
    (reasons.AnsweredEarlier(), "You have answered in an earlier step; one person counts once."),
    (reasons.EarlierStepOpen(), "It is not your turn yet: an earlier step is still open."),
    (reasons.StepOver(), "The step in which you were asked is over."),
    (reasons.AskedLater(), "It is not your turn yet: you are asked if the others have not answered in time."),
    (None, ""),
)


@pytest.mark.parametrize(("reason", "sentence"), SENTENCES)
def test_each_reason_has_its_sentence(reason: reasons.MayNotAnswer | None, sentence: str) -> None:
    assert reason_sentence(reason) == sentence


def test_every_reason_is_tested() -> None:
    assert {type(reason) for reason, _ in SENTENCES} == {*reasons.MayNotAnswer.__args__, type(None)}


def test_the_sentence_in_a_row_of_an_older_version_is_shown_unchanged() -> None:
    row = '{"number":0,"id":"ana","whyNot":"This was handed on to Cleo."}'
    assert reason_sentence(msgspec.json.decode(row, type=Reviewer).why_not) == "This was handed on to Cleo."


def test_a_row_of_this_version_holds_the_reason_as_a_value() -> None:
    row = '{"number":0,"id":"ana","whyNot":{"kind":"awayPastDeadline","until":"2026-03-20T00:00:00Z"}}'
    reviewer = msgspec.json.decode(row, type=Reviewer)
    assert reviewer.why_not == reasons.AwayPastDeadline(until=UNTIL)
    assert msgspec.json.encode(reviewer).decode() == row


def test_a_reviewer_with_a_seat_has_no_reason_in_their_row() -> None:
    assert msgspec.json.encode(Reviewer(number=0, id="ana")) == b'{"number":0,"id":"ana"}'


def test_an_error_reads_as_the_sentence_of_its_reason_or_as_its_text() -> None:
    assert error_sentence(Refused(reasons.Left())) == "You are no longer among those who are asked."
    assert error_sentence(Refused("Nobody is written to in this step.")) == "Nobody is written to in this step."
    assert error_sentence(Stale("changed")) == "changed"
