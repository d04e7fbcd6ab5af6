"""Audience: who a message or a link is for. A reviewer has a number in the approval; nobody else has one.

Keys and signed links write the requester as a number, too, and signed links a channel: those that are stored or sent
already must keep their text.
"""

from typing import Annotated

from msgspec import Meta

from approvals.domain.values import Value

REQUESTER_NUMBER = -1  # links that were sent hold it, so it stays
"""The requester as a number on the wire: links that were sent and keys that are stored hold it. Never an index."""
CHANNEL_NUMBER = -2
"""A channel as a number in signed links. Releases before it refuse it as a bad link, so that it is nobody's there."""


class ForReviewer(Value, frozen=True, tag="reviewer", tag_field="kind"):
    """The reviewer with this number in the approval."""

    number: Annotated[int, Meta(ge=0)]


class ForRequester(Value, frozen=True, tag="requester", tag_field="kind"):
    """The person who asks for the approval."""


class ForChannel(Value, frozen=True, tag="channel", tag_field="kind"):
    """A channel or a shared address: nobody answers by its link, which leads to the form for a personal one."""


Holder = ForReviewer | ForRequester | ForChannel
"""Who may hold a signed link."""
Audience = Holder


def number_of(holder: Holder) -> int:
    """Return the number of a link's holder, as keys and signed links have it."""
    match holder:
        case ForReviewer(number):
            return number
        case ForRequester():
            return REQUESTER_NUMBER  # as links that were sent have it
        case ForChannel():
            return CHANNEL_NUMBER


def holder_of(number: int) -> Holder:
    """Return the holder whose number this is."""
    # The numbers that links that were sent have.
    others: dict[int, Holder] = {REQUESTER_NUMBER: ForRequester(), CHANNEL_NUMBER: ForChannel()}
    return others.get(number) or ForReviewer(number)


def key_suffix(audience: Audience) -> str:
    """Return the last part of a notice's key: the holder's number, nothing for a channel."""
    return "" if isinstance(audience, ForChannel) else f":{number_of(audience)}"
