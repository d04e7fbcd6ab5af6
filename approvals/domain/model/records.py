"""What flows and adapters hand each other: values that belong to neither."""

from datetime import datetime

import msgspec

from approvals.domain.model.approval import Change
from approvals.domain.model.messages.audience import Holder
from approvals.domain.model.messages.outgoing import Message


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A change that opens an approval, with what only the store may keep: the sealed token and how to find it."""

    change: Change
    token_sha256: str
    sealed_token: bytes
    directory: str | None = None
    """The fingerprint of the directory its reviewers are from."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which approvals to list, newest first; `before` is the id after which the last page ended."""

    status: str | None = None
    reviewer: str | None = None
    execution: str | None = None
    policy: str | None = None
    tag: tuple[str, str] | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    before: str | None = None
    limit: int = 50


class Rendering(msgspec.Struct, frozen=True):
    """What a nonce proves: this page was rendered by us, for this reviewer, then, with this content."""

    approval_id: str
    holder: Holder
    at: datetime
    content_sha256: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a callback goes: the sealed token, and the execution (None where the workflow did not name it)."""

    approval_id: str
    sealed_token: bytes | None
    execution_arn: str | None
    created_at: datetime
    copies: bool = False
    """Whether it is shown somewhere, where what became of the callback has to be shown, too."""


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is ours to deliver until `until`. `lease` names our right to it in every closing write."""

    key: str
    lease: str
    until: datetime
    attempts: int
    ambiguous: bool
    """Whether an earlier attempt may have arrived: it got no answer, or its process died."""
    first_at: datetime
    message: Message
    target: Target
    recipient: str | None = None
    """Who it is for, where all that are leased for the same one become a digest."""
