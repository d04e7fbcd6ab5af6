"""Audience: who a message or a link is for. A reviewer has a number in the approval; nobody else has one.

Keys and signed links write the requester as a number, too: those that are stored or sent already must keep their text.
"""

from typing import Annotated

from msgspec import Meta

from approvals.domain.values import Value

REQUESTER_NUMBER = -1
"""The requester as a number on the wire: links that were sent and keys that are stored hold it. Never an index."""


class ForReviewer(Value, frozen=True, tag="reviewer", tag_field="kind"):
    """The reviewer with this number in the approval."""

    number: Annotated[int, Meta(ge=0)]


class ForRequester(Value, frozen=True, tag="requester", tag_field="kind"):
    """The person who asks for the approval."""


class ForChannel(Value, frozen=True, tag="channel", tag_field="kind"):
    """A channel or a shared address: nobody answers for it, and it gets no link."""


Holder = ForReviewer | ForRequester
"""Who may hold a signed link."""
Audience = Holder | ForChannel


def number_of(holder: Holder) -> int:
    """Return the number of a link's holder, as keys and signed links have it."""
    match holder:
        case ForReviewer(number):
            return number
        case ForRequester():
            return REQUESTER_NUMBER  # as links that were sent have it


def holder_of(number: int) -> Holder:
    """Return the holder whose number this is."""
    is_requester = number == REQUESTER_NUMBER  # as links that were sent have it
    return ForRequester() if is_requester else ForReviewer(number)


def key_suffix(audience: Audience) -> str:
    """Return the last part of a notice's key: the holder's number, nothing for a channel."""
    return "" if isinstance(audience, ForChannel) else f":{number_of(audience)}"
