"""The mail that somebody answered for its reader: it says who and what, and how to object; others name them, too."""

from approvals.domain.directory.people import Directory, Person
from approvals.domain.lifecycle.decide import decide
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.topics import AnsweredForYou, Reminded, RemindedNow, Settled
from tests.builders import NOW, an_approval
from tests.support.mail.messages import LINK, a_notice, both, written

BEN = Person(id="ben", name="Ben Weiss", email="ben@example.com")
BY_ROOT = "Ben Weiss, by operator root (command)"


def answered(*, need: int, risk: str = "normal") -> Approval:
    directory = Directory(people={"ben": BEN})
    approval = an_approval(directory=directory, reviewers=("ana@example.com", "ben"), need=need, risk=risk)
    answer = Answer(option="approve", comment="by phone", confirmation="Approve")
    actor = Actor(via="command", id="command:root")
    change = decide(approval, reviewer=1, answer=answer, actor=actor, assurance="operator", now=NOW)
    assert change is not None
    return change.approval


def told(approval: Approval) -> list[str]:
    notice = a_notice(AnsweredForYou(2), to="ben@example.com", audience=ForReviewer(1))
    message = written(approval, notice)
    return [str(message["Subject"]), *both(message)]


def test_the_reader_learns_what_was_answered_by_whom_and_may_change_it() -> None:
    subject, *bodies = told(answered(need=2))
    assert subject == "Answered for you: Refund order 1234 (420 €)"
    for said in bodies:
        assert "Operator root (command) answered for you with “Approve”." in said
        assert "If that is not your answer, open the page and change it" in said
        assert "by phone" in said
        assert "Open until" in said
        assert BY_ROOT in said
    assert f"Check this answer: {LINK}" in bodies[0]


def test_once_it_is_settled_the_reader_learns_whom_to_tell() -> None:
    for said in told(answered(need=1))[1:]:
        assert "Operator root (command) answered for you with “Approve”." in said
        assert "tell the operators of this gateway: it can no longer be changed here" in said
        assert f"Approved by {BY_ROOT}." in said
        assert "Open until" not in said


def test_a_high_risk_is_in_the_subject() -> None:
    assert "Answered for you (high risk): " in told(answered(need=2, risk="high"))[0]


def test_the_mails_to_everybody_else_name_the_operator() -> None:
    for topic, need in ((Reminded(0, 1), 2), (Settled(), 1), (RemindedNow(3), 2)):
        for said in both(written(answered(need=need), a_notice(topic))):
            assert BY_ROOT in said
