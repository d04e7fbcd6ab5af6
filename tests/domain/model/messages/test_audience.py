"""Audiences: their numbers and key suffixes are a stored format, and each comes back from JSON as it was."""

from typing import get_args

import msgspec
import pytest

from approvals.domain.model.messages.audience import (
    Audience,
    ForChannel,
    ForRequester,
    ForReviewer,
    holder_of,
    key_suffix,
    number_of,
)
from approvals.domain.model.messages.outgoing import Copy, Message, Notice
from approvals.domain.model.messages.topics import Settled
from tests.builders import an_approval

SUFFIXES: dict[Audience, str] = {ForReviewer(0): ":0", ForReviewer(12): ":12", ForRequester(): ":-1", ForChannel(): ""}


@pytest.mark.parametrize("audience", SUFFIXES, ids=str)
def test_the_suffix_of_a_key_never_changes(audience: Audience) -> None:
    assert key_suffix(audience) == SUFFIXES[audience]


@pytest.mark.parametrize("number", [-2, -1, 0, 12])
def test_a_holder_comes_back_from_the_number_in_a_link(number: int) -> None:
    assert number_of(holder_of(number)) == number


@pytest.mark.parametrize("audience", SUFFIXES, ids=str)
def test_messages_come_back_from_json_with_their_audience(audience: Audience) -> None:
    notice = Notice(about=Settled(), channel="slack", to="#ops", audience=audience)
    copy = Copy(channel="slack", to="#ops", receipt="T0ACME/C0OPS/1", audience=audience)
    for message in (notice, copy):
        assert msgspec.json.decode(msgspec.json.encode(message), type=Message) == message


def test_the_examples_are_of_every_kind() -> None:
    assert {type(audience) for audience in SUFFIXES} == set(get_args(Audience))


@pytest.mark.parametrize("number", [-1, -2])
def test_no_reviewer_has_the_number_of_the_requester_or_a_channel(number: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"kind":"reviewer","number":%d}' % number, type=ForReviewer)


def test_only_reviewers_are_found_among_the_reviewers() -> None:
    approval = an_approval()
    assert approval.addressee(ForReviewer(1)) == approval.reviewers[1]
    assert approval.addressee(ForRequester()) is None, "not the last of them"
    assert approval.addressee(ForChannel()) is None
