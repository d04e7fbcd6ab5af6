"""Types of the names and references that policies, rules and directory files share."""

from typing import Annotated

from msgspec import Meta

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Reference = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=320,
        pattern=_PRINTABLE,
        extra={"fix": "write an e-mail address, slack:U…, the name of a person, or group:NAME"},
        description="A person or group: an address, Name <address>, slack:U…, the name of a person, or group:NAME.",
    ),
]


Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=_PRINTABLE, extra={"fix": "write 1 to 80 characters"})]


MaybeName = Annotated[str, Meta(max_length=80, pattern=_PRINTABLE, extra={"fix": "write at most 80 characters"})]
