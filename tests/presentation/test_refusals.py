"""The sentences that tell a person why they may not answer."""

from datetime import UTC, datetime

import msgspec
import pytest

from approvals.domain.model import reasons
from approvals.domain.model.approval import Reviewer, Status
from approvals.domain.model.errors import (
    AlreadySettled,
    LinkExpired,
    Misconfigured,
    NotFound,
    Refused,
    Stale,
    Unavailable,
    Unreadable,
)
from approvals.domain.model.messages.audience import ForReviewer
from approvals.presentation.refusals import Reason, error_sentence, late_answer, reason_sentence
from tests.builders import an_approval

UNTIL = datetime(2026, 3, 20, tzinfo=UTC)
SENTENCES = (
    (reasons.Left(), "You are no longer among the reviewers."),
    (reasons.Replaced(), "You are no longer asked: others have been asked instead."),
    (reasons.SamePerson(), "You are also asked under another address of yours, and one person counts once."),
    (reasons.IsRequester(), "You requested this approval, so you may not answer it."),
    (reasons.AnsweredBy(name="Ben"), "Ben has answered for you."),
    (reasons.Reassigned(to="Cleo"), "This was reassigned to Cleo."),
    (
        reasons.AwayWithDelegate(until=UNTIL, delegate="Cleo"),
        "You are away until Fri 20 Mar 2026, 00:00 UTC; Cleo answers for you.",
    ),
    (
        reasons.AwayPastDeadline(until=UNTIL),
        "You are away until Fri 20 Mar 2026, 00:00 UTC, which is after the deadline.",
    ),
    (reasons.AnsweredEarlier(), "You have answered in an earlier step, and one person counts once."),
    (reasons.EarlierStepOpen(), "It is not your turn yet: an earlier step is still open."),
    (reasons.StepOver(), "The step in which you were asked is over."),
    (reasons.AskedLater(), "It is not your turn yet: you are asked if the others have not answered in time."),
    (reasons.NotAReviewer(), "You are not among the reviewers of this approval."),
    (
        reasons.NeededLater(),
        (
            "You are needed in a later step, and one person counts once: leave this step to the others."
            " You may still reject."
        ),
    ),
    (reasons.NeedsProof(assurance="slack"), "This approval takes answers in Slack only."),
    (reasons.NeedsProof(assurance="signin"), "This approval takes answers after signing in only."),
    (reasons.NeedsOwnPage(), "This approval takes answers after signing in only. Answer on your own page."),
    (
        reasons.OtherContent(),
        "The page showed other content than the approval has. Open the approval again, then answer.",
    ),
    (
        reasons.OnBehalfForbidden(),
        "The policy lets nobody answer or act on behalf of a reviewer. They have to do it themselves.",
    ),
    (reasons.OptionGone(), "This answer is no longer offered. Open the page to see which answers are."),
    (reasons.TooManyQuestions(most=20), "This approval has 20 questions already, and takes no more."),
    (
        reasons.JustReminded(again_at=UNTIL),
        "They have just been reminded. Try again after Fri 20 Mar 2026, 00:00 UTC.",
    ),
    (reasons.AllAnswered(), "Everybody who is asked now has answered."),
    (reasons.OthersAnswered(), "Everybody else who is asked now has answered."),
    (reasons.NobodyNotified(), "This step sends no messages, so nobody can be reminded."),
    (reasons.ReassignForbidden(), "The policy lets no reviewer reassign their seat."),
    (
        reasons.ReassignNeedsOperator(),
        "This approval needs stronger proof of identity than a link, so only an operator can reassign a seat.",
    ),
    (
        reasons.TooManyReassignments(most=50),
        "Seats of this approval were reassigned 50 times already; they cannot be reassigned again.",
    ),
    (reasons.AnsweredAlready(), "This person has answered already, so their seat cannot be reassigned."),
    (
        reasons.NothingToSend(callback="none"),
        "Nothing to send: the callback is none, is being sent, or its task token is no longer stored.",
    ),
    (None, ""),
)
TOO_LATE = (
    (Status.PENDING, "Too late: the deadline passed on Fri 20 Mar 2026, 00:00 UTC."),
    (Status.APPROVED, "Too late: the approval was approved on Fri 20 Mar 2026, 00:00 UTC."),
    (Status.REJECTED, "Too late: the approval was rejected on Fri 20 Mar 2026, 00:00 UTC."),
    (Status.EXPIRED, "Too late: the approval expired on Fri 20 Mar 2026, 00:00 UTC."),
    (Status.CANCELLED, "Too late: the approval was cancelled on Fri 20 Mar 2026, 00:00 UTC."),
    (Status.SUPERSEDED, "Too late: the approval was replaced by a newer one on Fri 20 Mar 2026, 00:00 UTC."),
)


@pytest.mark.parametrize(("reason", "sentence"), SENTENCES)
def test_each_reason_has_its_sentence(reason: Reason | None, sentence: str) -> None:
    assert reason_sentence(reason) == sentence


def test_every_reason_is_tested() -> None:
    assert {type(reason) for reason, _ in SENTENCES} == {*Reason.__args__, type(None)}


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


@pytest.mark.parametrize(("status", "sentence"), TOO_LATE)
def test_an_approval_that_ended_reads_as_when_and_how(status: Status, sentence: str) -> None:
    ended = {} if status is Status.PENDING else {"settled_at": UNTIL}
    late = msgspec.structs.replace(an_approval(), status=status, deadline=UNTIL, **ended)
    assert error_sentence(AlreadySettled(late)) == sentence


def test_an_answer_that_came_too_late_is_said_not_to_be_recorded() -> None:
    late = msgspec.structs.replace(an_approval(), deadline=UNTIL)
    assert late_answer(late) == (
        "Too late: the deadline passed on Fri 20 Mar 2026, 00:00 UTC. Your answer was not recorded."
    )


def test_every_status_has_its_sentence_about_being_late() -> None:
    assert {status for status, _ in TOO_LATE} == set(Status)


def test_other_errors_have_one_sentence_for_all_entry_points() -> None:
    assert error_sentence(Refused(reasons.Left())) == "You are no longer among the reviewers."
    assert error_sentence(NotFound("19cae")) == "Approval 19cae does not exist."
    expired = LinkExpired("19cae", ForReviewer(0))
    assert error_sentence(expired) == "This link has expired. Open it to request a fresh one."
    again = "Something else was recorded at the same moment, so this was not. Please check and try again."
    assert error_sentence(Stale("another transaction changed the approval")) == again
    assert error_sentence(Unreadable("19cae")).startswith("Approval 19cae cannot be read by this version")
    away = "The database cannot be used just now. Wait a moment, then look what is recorded and try again."
    assert error_sentence(Unavailable("connection refused: db.internal")) == away
    assert error_sentence(Misconfigured("APPROVALS_URL: is missing")) == "APPROVALS_URL: is missing"
