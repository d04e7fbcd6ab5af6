"""The first words of mails and Slack messages are whole sentences, of which only names are filled in."""

from typing import get_args

import pytest

from approvals.domain.model.messages.topics import EventName
from approvals.presentation.messages.headlines import Circumstances, headline, lead, short_lead, subject


@pytest.mark.parametrize(
    ("event", "given", "words"),
    [
        ("asked", Circumstances(personal=True), "A workflow asks for your answer, and waits until there is one."),
        (
            "asked",
            Circumstances(personal=True, requester="Rhea", in_place_of="Ana and Ben"),
            (
                "Rhea asks for your answer, and the workflow waits until there is one."
                " You are asked in place of Ana and Ben."
            ),
        ),
        ("asked", Circumstances(personal=False), "A workflow asks for an answer, and waits until there is one."),
        (
            "escalated",
            Circumstances(personal=True, replaces=True),
            "Those who were asked first have not answered in time, so you are asked instead.",
        ),
        (
            "escalated",
            Circumstances(personal=False),
            "Those who were asked first have not answered in time, so others may answer as well.",
        ),
        (
            "inquired",
            Circumstances(personal=True),
            (
                "You asked for this approval, and a reviewer wants to know more before they answer."
                " The deadline does not change."
            ),
        ),
        ("replied", Circumstances(personal=True), "The requester has replied to your question."),
        (
            "replied",
            Circumstances(personal=True, requester="Rhea", answers=True),
            "Rhea has replied to your question. Your answer is still needed.",
        ),
        (
            "informed",
            Circumstances(personal=True, why_not="Ben has answered for you."),
            "Ben has answered for you. You do not need to do anything. You will be notified of the outcome.",
        ),
    ],
)
def test_the_lead_of_a_mail_depends_on_its_circumstances(event: EventName, given: Circumstances, words: str) -> None:
    assert lead(event, given) == words


@pytest.mark.parametrize("event", get_args(EventName))
@pytest.mark.parametrize("personal", [True, False])
def test_every_event_has_a_headline_and_a_lead(event: EventName, personal: bool) -> None:
    assert headline(event, personal=personal)
    assert short_lead(event, personal=personal).endswith(".")
    assert lead(event, Circumstances(personal=personal)) or event in ("settled", "digest")


@pytest.mark.parametrize(
    ("event", "to_requester", "high_risk", "words"),
    [
        ("asked", False, False, "Approval needed: x"), ("asked", False, True, "Approval needed (high risk): x"),
        ("inquired", True, False, "Question about: x"), ("inquired", True, True, "Question about (high risk): x"),
        ("unreached", True, False, "A reviewer could not be reached: x"), ("settled", True, False, "Settled: x"),
        ("informed", False, False, "No answer needed from you: x"),
        ("informed", False, True, "No answer needed from you (high risk): x"),
    ],
)  # fmt: skip
def test_the_subject_names_the_need_the_risk_and_the_title(
    event: EventName, to_requester: bool, high_risk: bool, words: str
) -> None:
    assert subject(event, "x", to_requester=to_requester, high_risk=high_risk) == words
