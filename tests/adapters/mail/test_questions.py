"""The mails of actions: a question, its reply, and the notice to a person who need not answer any more."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from approvals.adapters.mail.channel import Mailer
from approvals.domain.calendar.absence import Away
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.questions import ask_question, reply
from approvals.domain.lifecycle.reassign import reassign
from approvals.domain.lifecycle.schedule import reevaluate
from approvals.domain.model.approval import Approval, CallbackState
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.messages.topics import LinkRefreshed, QuestionAsked, Settled
from tests.builders import NOW, an_approval, by, decided
from tests.support.mail.messages import (
    ALLOWED_TAGS,
    HOSTILE,
    LINK,
    LOWEST_CONTRAST,
    SENDER,
    Letterbox,
    Seen,
    a_notice,
    both,
    change,
    html_of,
    text_of,
    written,
)
from tests.support.web.chromium import DARK, PHONE

PEOPLE = {
    "ana": Person(id="ana", name="Ana", email="ana@example.com"),
    "ben": Person(id="ben", name="Ben", email="ben@example.com"),
    "cleo": Person(id="cleo", name="Cleo", email="cleo@example.com"),
}
DIRECTORY = Directory(people=PEOPLE)
TO_RHEA: dict[str, Any] = {"to": "rhea@example.com", "audience": ForRequester()}


def asked(*texts: str, **changes: Any) -> Approval:
    approval = an_approval(directory=DIRECTORY, **changes)
    for text in texts:
        change = ask_question(approval, reviewer=0, text=text, people=People(directory=DIRECTORY), actor=by(), now=NOW)
        assert change is not None
        approval = change.approval
    return approval


def replied(approval: Approval, text: str, *, question: int = 0) -> tuple[Approval, Notice]:
    change = reply(approval, question=question, text=text, actor=by("rhea"), now=NOW)
    assert change is not None
    [notice] = change.messages
    assert isinstance(notice, Notice)
    return change.approval, notice


def test_a_question_goes_to_the_requester_with_a_page_to_reply_on() -> None:
    message = written(asked("Which order?\nThe 2nd?"), a_notice(QuestionAsked(0), **TO_RHEA))
    assert message["Subject"] == "Question about: Refund order 1234 (420 €)"
    assert message["To"] == "rhea@example.com"
    assert message["Message-ID"] == "<approval-1.requester.inquired.1@example.com>"
    for said in both(message):
        assert "Ana wants to know more before they answer. The deadline does not change." in said
        assert "Which order? The 2nd?" in said
        assert "Open until" in said
        for not_theirs in ("Possible answers", "Review and answer", "answers in your name", "Answer by"):
            assert not_theirs not in said
    assert f"Reply: {LINK}" in both(message)[0]
    assert Seen(html_of(message)).links == [LINK]


def test_each_question_is_that_of_its_own_mail_and_they_are_one_thread() -> None:
    approval = asked("First?", "Second?")
    first, second = (written(approval, a_notice(QuestionAsked(number), **TO_RHEA)) for number in (0, 1))
    assert "First?" in text_of(first)
    assert "Second?" not in text_of(first)
    assert "Second?" in text_of(second)
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert second["In-Reply-To"] == first["Message-ID"]
    fresh = written(approval, a_notice(LinkRefreshed(5), to="rhea@example.com", audience=ForRequester()))
    assert fresh["In-Reply-To"] == first["Message-ID"]
    assert "Open your page:" in text_of(fresh)


def test_what_reviewers_have_said_so_far_is_not_in_it() -> None:
    approval = decided(asked("?", need=2), reviewer=1, comment="between us")
    assert "between us" not in text_of(written(approval, a_notice(QuestionAsked(0), **TO_RHEA)))


def test_a_reply_goes_to_the_reviewer_who_asked_with_the_question() -> None:
    approval, _ = replied(asked("First?", "Second?"), "the first reply")
    approval, notice = replied(approval, "1234,\nthe blue one", question=1)
    message = written(approval, notice)
    assert message["Subject"] == "Re: Approval needed: Refund order 1234 (420 €)"
    for said in both(message):
        assert "rhea@example.com has replied to your question. Your answer is still needed." in said
        assert re.search("You asked:? Second\\? The reply:? 1234, the blue one", said)
        assert "Review and answer" in said
        assert "First?" not in said


def test_a_reply_to_somebody_who_has_answered_asks_nothing_of_them() -> None:
    approval, notice = replied(decided(asked("?", need=2), reviewer=0), "1234")
    for said in both(written(approval, notice)):
        assert "See the progress" in said
        assert "still needed" not in said
        assert "answers in your name" not in said


def test_who_is_away_reads_who_answers_and_that_one_for_whom() -> None:
    away = Away(from_="2026-03-01T00:00:00Z", until="2026-03-20T00:00:00Z", delegate="cleo")
    absent = Directory(people={**PEOPLE, "ana": Person(id="ana", name="Ana", email="ana@example.com", away=(away,))})
    change = reevaluate(asked(reviewers=("ana", "ben")), NOW, people=People(directory=absent))
    assert change is not None
    cleo, ana = (m for m in change.messages if isinstance(m, Notice))
    message = written(change.approval, ana)
    assert message["Subject"] == "No answer needed from you: Refund order 1234 (420 €)"
    for said in both(message):
        assert (
            "You are away until Fri 20 Mar 2026, 00:00 UTC; Cleo answers for you. You do not need to do anything"
            in said
        )
        assert "See the progress" in said
        assert "Possible answers" not in said
    assert "You are asked in place of Ana." in text_of(written(change.approval, cleo))


def test_whose_place_an_operator_has_given_away_learns_to_whom() -> None:
    change = reassign(
        asked(reviewers=("ana", "ben")), reviewer=0, to="cleo", actor=by("key:ops"), operator=True,
        people=People(directory=DIRECTORY), now=NOW,
    )  # fmt: skip
    [_, informed] = (m for m in change.messages if isinstance(m, Notice))
    assert "This was reassigned to Cleo. You do not need to do anything" in " ".join(
        text_of(written(change.approval, informed)).split()
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_questions_and_replies_are_inert(hostile: str) -> None:
    question = hostile.replace("\0", "")
    approval, notice = replied(asked(question), question)
    for message in (written(approval, notice), written(approval, a_notice(QuestionAsked(0), **TO_RHEA))):
        seen = Seen(html_of(message))
        assert {tag for tag, _ in seen.tags} <= ALLOWED_TAGS
        assert not {name for _, attributes in seen.tags for name in attributes if name.startswith("on")}
        assert seen.links == [LINK]
        assert not set(text_of(message) + html_of(message)) & set("\x00\x1b\x07\u202e\u2066")
        assert "62615533" not in seen.text
        assert len(message["To"].addresses) == 1


@pytest.mark.parametrize("page", [DARK, PHONE], indirect=True, ids=["dark", "phone"])
def test_a_long_question_fits_its_window_and_can_be_read(page: Page) -> None:
    approval, notice = replied(asked("w" * 2000, risk="high"), "long " * 400)
    page.set_content(html_of(written(approval, notice)))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5


def test_the_requester_reads_the_outcome_the_comments_and_whether_the_workflow_was_told_on_their_clock() -> None:
    settled = change(decided(an_approval(), comment="I looked at it."), callback=CallbackState.DELIVERED)
    notice = a_notice(Settled(), to="rhea@example.com", audience=ForRequester())
    letterbox = Letterbox()
    sender = Mailer(letterbox, sender=SENDER, clock=lambda: NOW, timezone_of={"rhea@example.com": "Asia/Tokyo"}.get)
    assert isinstance(sender.send(notice, settled, link=LINK), Sent)
    [(message, _, _)] = letterbox.sent
    assert message["Subject"] == "Settled: Refund order 1234 (420 €)"
    for text in both(message):
        for part in (
            "You asked for this approval",
            "Approved by ana@example.com. The workflow has resumed.",
            "I looked at it.",
            "Mon 2 Mar 2026, 18:30 (Asia/Tokyo, 09:30 UTC)",
        ):
            assert part in text
    assert LINK in text_of(message)
