"""The parsed directory file: people, policies and payload adapters, with a fingerprint of the people."""

import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.model.payload_adapter import Adapter
from approvals.domain.values import content_hash


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the directory file: the directory, and the adapters for payloads of other shapes."""

    directory: Directory = Directory()
    adapters: tuple[Adapter, ...] = ()
    """The first adapter that matches reads the payload."""
    fingerprint: str | None = None
    """Of the people and groups; None where there are none, so that nothing can change."""
    wrong: str = ""
    """Why the file's current content is not in use, as a sentence."""


def configuration(directory: Directory, adapters: tuple[Adapter, ...] = ()) -> Configuration:
    fingerprint = content_hash((directory.people, directory.groups)) if directory.knows_anybody else None
    return Configuration(directory=directory, adapters=adapters, fingerprint=fingerprint)
