"""The parsed directory file: people, policies and payload adapters, with a fingerprint of the people."""

import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.model.payload_adapter import Adapter
from approvals.domain.values import content_hash


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory file says, as one: who is known, and how to read payloads of other shapes."""

    directory: Directory = Directory()
    adapters: tuple[Adapter, ...] = ()
    """The first that matches reads it."""
    fingerprint: str | None = None
    """Of the people and groups; None where nobody is known by name, so that nothing can change."""
    wrong: str = ""
    """Why an older one is used than the file that is there now, as a sentence."""


def known(directory: Directory, adapters: tuple[Adapter, ...] = ()) -> Known:
    fingerprint = content_hash((directory.people, directory.groups)) if directory.knows_anybody else None
    return Known(directory=directory, adapters=adapters, fingerprint=fingerprint)
