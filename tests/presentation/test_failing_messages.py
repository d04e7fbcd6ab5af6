"""Sentences about messages that fail and are tried again."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.failing import Failing, FailingGroup, FailingMessage
from approvals.domain.model.messages.results import ReasonClass
from approvals.presentation.messages.failing import FIXES, failing_sentences, group_sentence, recipient_of
from tests.builders import NOW, an_approval

APPROVAL = an_approval(reviewers=["ana@example.com"])
MINUTE = timedelta(minutes=1)


def failing(**facts: Any) -> FailingMessage:
    given = {
        "lane": "notice", "what": "notice", "attempts": 3, "kind": "denied", "reason": "no permission.", "since": NOW,
        "next_attempt": NOW + 5 * MINUTE,
    }  # fmt: skip
    return FailingMessage(**{**given, **facts})


TRIED = "3 attempts since Mon 2 Mar 2026, 09:30 UTC; the next one on Mon 2 Mar 2026, 09:35 UTC."
MAIL = {"channel": "mail", "to": "ana@example.com", "topic": "asked", "audience": ForReviewer(0)}
SLACK = {"channel": "slack", "to": "T0ACME/#ops"}


@pytest.mark.parametrize(
    ("facts", "subject"),
    [
        ({"lane": "callback", "what": "callback"}, "The workflow could not be notified yet"),
        ({"lane": "callback", "what": "heartbeat"}, "The heartbeat of the waiting state fails"),
        (MAIL, "A mail to ana@example.com (“asked”) could not be sent yet"),
        ({**MAIL, "audience": ForRequester()}, "A mail to the requester (“asked”) could not be sent yet"),
        ({**SLACK, "audience": ForChannel()}, "A Slack message to #ops in Slack could not be sent yet"),
        ({**SLACK, "what": "copy"}, "A Slack message that shows this approval could not be updated yet"),
    ],
)
def test_each_failing_message_is_one_sentence_with_its_attempts(facts: dict[str, Any], subject: str) -> None:
    found = Failing(count=1, messages=(failing(**facts),))
    assert list(failing_sentences(APPROVAL, found)) == [f"{subject}: no permission. {TRIED}"]


def test_one_that_was_held_back_was_not_tried() -> None:
    found = Failing(count=1, messages=(failing(attempts=0),))
    assert "No attempt since Mon" in next(failing_sentences(APPROVAL, found))


def test_moments_are_those_of_the_readers_time_zone() -> None:
    found = Failing(count=1, messages=(failing(),))
    assert "10:35 (Europe/Berlin, 09:35 UTC)" in next(failing_sentences(APPROVAL, found, timezone="Europe/Berlin"))


@pytest.mark.parametrize(("count", "sentence"), [(2, "1 more message fails."), (7, "6 more messages fail.")])
def test_those_that_are_left_out_are_counted(count: int, sentence: str) -> None:
    assert list(failing_sentences(APPROVAL, Failing(count=count, messages=(failing(),))))[1:] == [sentence]


def test_a_recipient_is_a_reviewers_id() -> None:
    assert recipient_of(APPROVAL, failing(**MAIL)) == "ana@example.com"
    assert recipient_of(APPROVAL, failing(audience=ForRequester())) == "requester"
    assert recipient_of(APPROVAL, failing(**SLACK, audience=ForChannel())) == "T0ACME/#ops"
    assert recipient_of(APPROVAL, failing(what="callback")) == ""


@pytest.mark.parametrize(("count", "said"), [(1, "1 callback fails"), (1200, "1,200 callbacks fail")])
def test_a_group_names_its_number_its_age_and_an_example(count: int, said: str) -> None:
    group = FailingGroup(
        lane="callback", kind="denied", count=count, since=NOW, reason="no permission", attempts=3,
        next_attempt=NOW, approval_id="id-0001",
    )  # fmt: skip
    of = "approval id-0001" if count == 1 else "the oldest is of approval id-0001"
    attempts = "3 attempts since Mon 2 Mar 2026, 09:30 UTC; the next one on Mon 2 Mar 2026, 09:30 UTC."
    assert group_sentence(group) == f"{said} (denied; {of}): no permission. {attempts}"


def test_each_class_of_reasons_has_a_fix() -> None:
    assert set(FIXES) == set(get_args(ReasonClass))
