"""Adapting: workflows as they are. An adapter reads a payload of any shape and says what the workflow gets for it."""

from typing import Literal

import msgspec

Door = Literal["sqs", "sns", "events", "http", "lambda", "activity"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a payload came from, as far as the door knows: by this adapters are chosen."""

    door: Door
    name: str = ""
    """The queue's, topic's, bus's, function's or activity's name."""
    state_machine: str = ""
    """The ARN, where the envelope says it; otherwise it is looked for in the payload."""
