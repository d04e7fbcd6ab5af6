"""A question to the requester, and its reply. The deadline stays."""

import pytest

from approvals.domain.lifecycle.questions import MOST_QUESTIONS, question_of, reply
from approvals.domain.model.errors import Refused
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import QuestionAsked
from approvals.domain.problems import Invalid
from tests.builders import by
from tests.support.domain.actions import SOON, asked_of, done, notices, opened


class TestAskQuestion:
    def test_the_requester_is_written_to_at_the_address_that_is_known_and_the_clock_runs_on(self) -> None:
        approval = opened()
        change = asked_of(approval, "  Which order?\n")
        assert change is not None
        [notice] = change.messages
        assert notice == Notice(about=QuestionAsked(0), channel="mail", to="rhea@example.com", audience=ForRequester())
        assert (change.approval.deadline, change.approval.pending) == (approval.deadline, True)
        assert change.note.facts == {"text": "Which order?", "via": "link"}
        assert asked_of(change.approval) is None, "a double click asks once"
        assert len(done(asked_of(change.approval, reviewer=1)).actions.questions) == 2

    @pytest.mark.parametrize(
        ("requester", "to"),
        [
            ("jo@example.net", ["jo@example.net"]),
            ("Jo Doe <jo@example.net>", ["jo@example.net"]),
            ("billing", []),
            (None, []),
        ],
    )
    def test_only_somebody_with_an_address_is_written_to(self, requester: str | None, to: list[str]) -> None:
        assert [address for _, address in notices(asked_of(opened(requester=requester)))] == to

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "is empty"),
            (" \n ", "is empty"),
            ("a\0b", "NUL"),
            ("x" * 2001, "at most 2000"),
            ("x" * 100_000, "this has 100000"),
        ],
    )
    def test_what_is_no_question_or_reply(self, text: str, why: str) -> None:
        with pytest.raises(Invalid, match=f"text: .*{why}"):
            asked_of(opened(), text)
        with pytest.raises(Invalid, match=f"text: .*{why}"):
            reply(done(asked_of(opened())), question=0, text=text, actor=by("rhea"), now=SOON)

    def test_there_is_an_end_to_questions(self) -> None:
        approval = opened()
        for number in range(MOST_QUESTIONS):
            approval = done(asked_of(approval, f"Question {number}"))
        with pytest.raises(Refused, match=r"TooManyQuestions\(most=20\)"):
            asked_of(approval, "one more")

    def test_a_reply_goes_to_the_reviewer_who_asked_and_a_better_one_takes_its_place(self) -> None:
        approval = done(asked_of(done(asked_of(opened(), reviewer=1)), "And why?"))
        first = reply(approval, question=0, text="1234", actor=by("rhea"), now=SOON)
        assert notices(first) == [("replied", "ben@example.com")]
        better = reply(done(first), question=0, text="12345", actor=by("rhea"), now=SOON)
        assert done(better).actions.questions[0].reply == "12345"
        assert done(better).actions.questions[1].reply == ""
        assert reply(done(better), question=0, text=" 12345 ", actor=by("rhea"), now=SOON) is None
        for change in (first, better):
            assert change is not None
            [notice] = change.messages
            assert isinstance(notice, Notice)
            assert question_of(notice.about, change.approval) == change.approval.actions.questions[0]

    @pytest.mark.parametrize("question", [-1, 1, 10**20])
    def test_a_question_that_was_not_asked_has_no_reply(self, question: int) -> None:
        with pytest.raises(Invalid, match="inquiry: there is no such question"):
            reply(done(asked_of(opened())), question=question, text="x", actor=by("rhea"), now=SOON)
        with pytest.raises(Invalid, match="inquiry: nothing was asked"):
            reply(opened(), question=question, text="x", actor=by("rhea"), now=SOON)
