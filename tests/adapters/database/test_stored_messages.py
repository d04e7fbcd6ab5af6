"""Outbox rows of earlier versions are read as the messages that those versions meant."""

import msgspec
import pytest

from approvals.adapters.database.outbox.stored_messages import read_message
from approvals.domain.model.messages.audience import Audience, ForChannel, ForRequester, ForReviewer
from approvals.domain.model.messages.outgoing import Callback, Copy, Heartbeat, Message, Notice, dedup_key
from approvals.domain.model.messages.topics import (
    Asked,
    AskedAgain,
    Delegated,
    Escalated,
    InboxRefreshed,
    LinkRefreshed,
    QuestionAsked,
    Reminded,
    RemindedNow,
    Replied,
    Settled,
    Topic,
)
from tests.builders import NOW

TO_ANA = '"channel":"mail","to":"ana@example.com","reviewer":0'
FIRST_SHAPE: dict[str, tuple[Topic, str]] = {
    f'{{"kind":"notice","event":"asked",{TO_ANA}}}': (Asked(0), "asked:0"),
    f'{{"kind":"notice","event":"asked",{TO_ANA},"count":2}}': (Asked(2), "asked:2"),
    f'{{"kind":"notice","event":"asked",{TO_ANA},"count":-7}}': (AskedAgain(7), "asked:-7"),
    f'{{"kind":"notice","event":"reminded",{TO_ANA},"count":1}}': (Reminded(0, 1), "reminded:1"),
    f'{{"kind":"notice","event":"reminded",{TO_ANA},"count":2003}}': (Reminded(2, 3), "reminded:2003"),
    f'{{"kind":"notice","event":"reminded",{TO_ANA},"count":-7}}': (RemindedNow(7), "reminded:-7"),
    f'{{"kind":"notice","event":"escalated",{TO_ANA}}}': (Escalated(0, 0), "escalated:0"),
    f'{{"kind":"notice","event":"escalated",{TO_ANA},"count":1002}}': (Escalated(1, 2), "escalated:1002"),
    f'{{"kind":"notice","event":"settled",{TO_ANA}}}': (Settled(), "settled:0"),
    f'{{"kind":"notice","event":"informed",{TO_ANA},"count":7}}': (Delegated(7), "informed:7"),
    f'{{"kind":"notice","event":"inquired",{TO_ANA},"count":1}}': (QuestionAsked(0), "inquired:1"),
    f'{{"kind":"notice","event":"replied",{TO_ANA},"count":159}}': (Replied(7, 19), "replied:159"),
    f'{{"kind":"notice","event":"refreshed",{TO_ANA},"count":5907841}}': (LinkRefreshed(5907841), "refreshed:5907841"),
    f'{{"kind":"notice","event":"digest",{TO_ANA},"count":5907841}}': (InboxRefreshed(5907841), "digest:5907841"),
}
"""Each kind of notice, as the version before topics wrote it, and its dedup key without the address."""


@pytest.mark.parametrize("stored", FIRST_SHAPE, ids=[key for _, key in FIRST_SHAPE.values()])
def test_a_notice_of_the_first_shape_is_read_and_keeps_its_key(stored: str) -> None:
    about, key = FIRST_SHAPE[stored]
    notice = read_message(stored)
    assert notice == Notice(about=about, channel="mail", to="ana@example.com", audience=ForReviewer(0))
    assert dedup_key(notice) == f"{key}:mail:ana@example.com:0"


@pytest.mark.parametrize(
    ("reviewer", "audience", "suffix"),
    [(',"reviewer":2', ForReviewer(2), ":2"), (',"reviewer":-1', ForRequester(), ":-1"), ("", ForChannel(), "")],
    ids=["reviewer", "requester", "channel"],
)
def test_messages_of_the_first_shape_are_for_whom_they_were(reviewer: str, audience: Audience, suffix: str) -> None:
    notice = read_message(f'{{"kind":"notice","event":"refreshed","channel":"slack","to":"#ops"{reviewer},"count":5}}')
    assert notice == Notice(about=LinkRefreshed(5), channel="slack", to="#ops", audience=audience)
    assert dedup_key(notice) == f"refreshed:5:slack:#ops{suffix}"
    copy = read_message(f'{{"kind":"copy","channel":"slack","to":"#ops","receipt":"T/C/1"{reviewer}}}')
    assert copy == Copy(channel="slack", to="#ops", receipt="T/C/1", audience=audience)


def test_a_notice_of_the_first_shape_keeps_its_quiet_hours() -> None:
    stored = f'{{"kind":"notice","event":"asked",{TO_ANA},"notBefore":"{NOW.isoformat()}"}}'
    notice = read_message(stored)
    assert isinstance(notice, Notice)
    assert notice.not_before == NOW


@pytest.mark.parametrize(
    "message",
    [
        Callback(callback_id="c", output="{}"),
        Heartbeat(every_seconds=60, required=True),
        Notice(about=Reminded(1, 2), channel="mail", to="ana@example.com", audience=ForReviewer(0), not_before=NOW),
        Copy(channel="slack", to="#ops", receipt="T0ACME/C0OPS/1"),
    ],
)
def test_what_is_written_now_is_read_as_it_was(message: Message) -> None:
    assert read_message(msgspec.json.encode(message).decode()) == message


@pytest.mark.parametrize(
    "stored", ["{}", '{"kind":"notice"}', '{"kind":"notice","event":"sung","channel":"mail","to":"a"}']
)
def test_what_is_no_message_is_an_error(stored: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_message(stored)
