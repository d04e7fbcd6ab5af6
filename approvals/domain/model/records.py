"""Records that flows and adapters exchange, and that belong to neither."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from approvals.domain.model.approval import Change
from approvals.domain.model.messages.audience import Holder
from approvals.domain.model.messages.outgoing import Lane, Message


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A change that opens an approval, with what only the store keeps: the sealed token and its hash."""

    change: Change
    token_sha256: str
    sealed_token: bytes
    directory: str | None = None
    """The fingerprint of the directory its reviewers are from."""
    trace: str | None = None
    """The span of its submission, of which later spans are children."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A selection of approvals, newest first; `before` is the last id of the page before."""

    status: str | None = None
    reviewers: tuple[str, ...] = ()
    """Ids and addresses of reviewers, of whom the approval has at least one."""
    execution: str | None = None
    policy: str | None = None
    tag: tuple[str, str] | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    before: str | None = None
    limit: int = 50


class Rendering(msgspec.Struct, frozen=True):
    """The contents of a nonce: this gateway rendered this page for this holder, at this time, with this content."""

    approval_id: str
    holder: Holder
    at: datetime
    content_sha256: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The target of a callback: the sealed token, and the execution (None where the workflow did not name it)."""

    approval_id: str
    sealed_token: bytes | None
    execution_arn: str | None
    created_at: datetime
    copies: bool = False
    """Whether copies of the approval's message exist, which must show the result of the callback, too."""
    trace: str | None = None
    failed: bool = False
    """Whether its callback counts as failed already."""


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A message leased to this process until `until`. `lease` proves the lease in every closing write."""

    key: str
    lease: str
    until: datetime
    attempts: int
    ambiguous: bool
    """Whether an earlier attempt may have arrived: it got no answer, or its process died."""
    ambiguous_at: datetime | None = None
    """When the last such attempt was over; None if there was none, or an earlier version of the gateway made it."""
    first_at: datetime
    message: Message
    target: Target
    recipient: str | None = None
    """The recipient, if all messages leased for the same recipient become one digest."""


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits now, and how late it is. No count is higher than COUNTED, which means: at least so many."""

    pending: int
    overdue: int
    """Pending approvals whose deadline is over: the sweep has not come to them yet."""
    failed: int
    """Settled approvals whose callback was given up."""
    unconfirmed: int
    """Settled approvals of which nobody knows whether the callback arrived."""
    sweep_lag: float
    """The age of the oldest due change, in seconds."""
    oldest: dict[Lane, float]
    """By lane: the time in seconds for which the oldest message has waited in vain; 0.0 if none is late."""


COUNTED = 100_000
"""A count stops here, so that its cost does not grow with the table."""


class Record(NamedTuple):
    """All that is stored of an approval but its task token, as one line of JSON, and the version that it shows."""

    approval_id: str
    version: int
    line: bytes


class RecordPage(NamedTuple):
    """Records in the order of their ids. The next page begins after `last`, which is None where nothing is left."""

    records: Sequence[Record]
    last: str | None
