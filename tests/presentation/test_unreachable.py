"""Who cannot be reached is named with the reason, wherever people look at the approval."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.adapters.slack.blocks import private_note
from approvals.adapters.slack.blocks.elements import MessageContent
from approvals.adapters.slack.blocks.message import message, thread_reply
from approvals.domain.eligibility.policy_members import People
from approvals.domain.model.approval import Approval, Note
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Escalated, Settled, Topic, Unreached
from approvals.domain.model.messages.undelivered import Undelivered
from approvals.entrypoints.pages.review.model import look
from approvals.presentation.explain.approval_explanation import explain_approval
from approvals.presentation.messages.headlines import Circumstances, lead
from approvals.presentation.unreachable import unreachable_sentences
from tests.builders import NOW, advanced, an_approval, decided
from tests.support.mail.messages import LINK, text_of, written

REASON = "the mail server refuses the recipient (550)"
SENTENCE = f"Ana Silva could not be reached: {REASON}."


def unreached(**changes: Any) -> Approval:
    failure = Undelivered(reviewer=0, channel="mail", address="ana@example.com", reason=REASON, at=NOW)
    return an_approval(reviewers=("Ana Silva <ana@example.com>", "ben@example.com"), undelivered=(failure,), **changes)


def test_the_sentence_names_the_person_and_the_reason_until_they_answer() -> None:
    assert list(unreachable_sentences(unreached())) == [SENTENCE]
    assert list(unreachable_sentences(decided(unreached(), option="reject"))) == []


def test_the_explanation_says_it_now_and_in_the_history() -> None:
    facts = {"reviewer": "ana@example.com", "to": ["ana@example.com"], "reason": REASON}
    note = Note(event="reviewer.unreachable", at=NOW, actor="delivery", facts=facts)
    explained = explain_approval(unreached(), [note], people=People(), now=NOW, timezone="UTC")
    assert SENTENCE in explained.text
    assert SENTENCE in [moment.what for moment in explained.timeline]


def test_the_page_says_it_once_although_several_messages_failed() -> None:
    failed = Notice(about=Escalated(0, 0), channel="mail", to="ops@example.com")
    page = look(unreached(), viewer=ForRequester(), now=NOW, unreached=[(failed, "refused")])
    assert page.unreached == (("Ana Silva", REASON), ("ops@…", "refused"))


def test_slack_says_it() -> None:
    assert SENTENCE in str(message(unreached(), event="asked").blocks)


@pytest.mark.parametrize("write", [message, thread_reply])
def test_a_message_in_slack_about_an_escalation_says_why_others_are_asked(write: Callable[..., MessageContent]) -> None:
    reached = an_approval(reviewers=("ana@example.com", "ben@example.com"))
    for approval, why in ((unreached(), "could not all be reached"), (reached, "have not answered in time")):
        made = write(approval, event="escalated")
        assert why in made.text
        assert why in str(made.blocks)


def test_a_mail_to_those_who_are_asked_next_does_not_claim_that_time_was_up() -> None:
    words = lead("escalated", Circumstances(personal=True, unreached=SENTENCE))
    assert words == "Those who were asked first could not all be reached, so you may answer as well."


def to_requester(topic: Topic) -> Notice:
    return Notice(about=topic, channel="mail", to="rhea@example.com", audience=ForRequester())


def test_the_requester_reads_by_mail_and_in_slack_who_could_not_be_reached() -> None:
    mail = written(unreached(), to_requester(Unreached(2)))
    assert mail["Subject"] == "A reviewer could not be reached: Refund order 1234 (420 €)"
    assert f"{SENTENCE} Others are asked now, and the deadline does not change." in " ".join(text_of(mail).split())
    assert SENTENCE in str(private_note.to_requester(unreached(), notice=to_requester(Unreached(2)), link=LINK).blocks)


def test_the_requester_reads_how_it_ended() -> None:
    change = advanced(unreached(need=2, next_action_at=NOW), NOW)
    assert change is not None
    said = f"Cancelled: No mail could be delivered to ana@example.com: {REASON}."
    mail = written(change.approval, to_requester(Settled()))
    assert mail["Subject"] == "Settled: Refund order 1234 (420 €)"
    assert said in " ".join(text_of(mail).split())
    assert said in str(private_note.to_requester(change.approval, notice=to_requester(Settled()), link=None).blocks)
