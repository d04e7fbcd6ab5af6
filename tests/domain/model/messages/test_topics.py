"""Topics of notices: their keys are a stored format, and each comes back from JSON as it was."""

from typing import get_args

import msgspec
import pytest

from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Message, Notice, dedup_key
from approvals.domain.model.messages.topics import (
    AnsweredForYou,
    Asked,
    AskedAgain,
    Delegated,
    Escalated,
    EventName,
    InboxRefreshed,
    LinkRefreshed,
    QuestionAsked,
    Reminded,
    RemindedNow,
    Replied,
    Settled,
    Topic,
    Unreached,
)

KEYS = {
    Asked(0): "asked:0",
    Asked(2): "asked:2",
    AskedAgain(7): "asked:-7",
    Reminded(0, 1): "reminded:1",
    Reminded(2, 3): "reminded:2003",
    RemindedNow(7): "reminded:-7",
    Escalated(0, 0): "escalated:0",
    Escalated(1, 2): "escalated:1002",
    Settled(): "settled:0",
    Delegated(7): "informed:7",
    AnsweredForYou(7): "answered:7",
    QuestionAsked(0): "inquired:1",
    QuestionAsked(19): "inquired:20",
    Replied(7, 0): "replied:140",
    Replied(7, 19): "replied:159",
    LinkRefreshed(5_907_841): "refreshed:5907841",
    InboxRefreshed(5_907_841): "digest:5907841",
    Unreached(7): "unreached:7",
}
"""As they are in databases, mailboxes and Slack: none may ever change."""


@pytest.mark.parametrize(("topic", "key"), KEYS.items(), ids=KEYS.values())
def test_the_key_of_a_topic_never_changes(topic: Topic, key: str) -> None:
    assert topic.key == key
    assert topic.event == key.partition(":")[0]


@pytest.mark.parametrize("topic", KEYS, ids=KEYS.values())
def test_a_notice_comes_back_from_json_with_its_topic(topic: Topic) -> None:
    notice = Notice(about=topic, channel="mail", to="ana@example.com", audience=ForReviewer(0))
    assert msgspec.json.decode(msgspec.json.encode(notice), type=Message) == notice


def test_the_examples_are_of_every_kind_and_event() -> None:
    assert {type(topic) for topic in KEYS} == set(get_args(Topic))
    assert {topic.event for topic in KEYS} == set(get_args(EventName))


def test_a_dedup_key_has_the_topic_the_address_and_the_reviewer() -> None:
    to_ana = Notice(about=Reminded(1, 2), channel="mail", to="ana@example.com", audience=ForReviewer(0))
    assert dedup_key(to_ana) == "reminded:1002:mail:ana@example.com:0"
    assert dedup_key(Notice(about=Asked(0), channel="slack", to="#ops")) == "asked:0:slack:#ops"
