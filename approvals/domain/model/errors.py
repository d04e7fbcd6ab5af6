"""The tree of errors. A class exists only where a caller acts on it; entry points translate each one once.

ApprovalsError
├── Invalid            the input is invalid; carries every problem with its path
├── NotFound           there is no such approval
├── Refused            this person may not do this, and why
├── AlreadySettled     the approval was settled before; carries it
├── Stale              another process changed the approval first: load it and try again
├── Unreadable         the approval is stored, but this release cannot read it; carries its id
├── Unavailable        the database cannot be used for now; carries the driver's reason, for the log
│   └── NotMigrated    its tables are older than this release
├── NotArchived        the archive did not take purged approvals, so they stay; carries the reason
├── Unauthenticated    the caller sent no valid proof of its identity
├── Forbidden          the caller is known but lacks a scope
├── BadLink            the link is forged, foreign or cut off
│   └── LinkExpired    the link was valid but is too old; carries its recipient
└── Misconfigured      a setting is wrong; names it and the fix
"""

from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import Holder
from approvals.domain.model.reasons import ActionRefused, MayNotAnswer
from approvals.domain.problems import ApprovalsError


class NotFound(ApprovalsError):
    """There is no such approval."""


class Refused(ApprovalsError):
    """This person may not do this; `reason` says why. It is a text only in rows of older versions."""

    def __init__(self, reason: MayNotAnswer | ActionRefused | str) -> None:
        self.reason = reason
        super().__init__(reason)


class AlreadySettled(ApprovalsError):
    """The approval was settled before this answer came, or its time is up and it will be at the next sweep."""

    def __init__(self, approval: Approval) -> None:
        self.approval = approval
        super().__init__(approval.id)


class Stale(ApprovalsError):
    """Another process changed the approval between reading and writing it."""


class Unreadable(ApprovalsError):
    """The approval is stored in a shape that this release cannot read, or is damaged. Others are not affected."""

    def __init__(self, approval_id: str) -> None:
        self.approval_id = approval_id
        super().__init__(approval_id)


class Unavailable(ApprovalsError):
    """The database cannot be used for now: away, read-only, full, or too busy. Nobody knows whether it wrote."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotMigrated(Unavailable):
    """The tables are older than this release. An operator has to upgrade the database."""


class NotArchived(ApprovalsError):
    """The archive did not take approvals that are to be purged, so they stay in the database."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Unauthenticated(ApprovalsError):
    """The caller sent no valid proof of its identity."""


class Forbidden(ApprovalsError):
    """The caller is known but lacks a scope."""


class BadLink(ApprovalsError):
    """The link is forged, belongs to another deployment, or was cut off."""


class UnknownKey(BadLink):
    """The link is complete, but none of our keys signed it: its key was dropped, or a character was changed."""


class LinkFromFuture(BadLink):
    """The link is ours, but was made later than now: the clocks of two machines differ too much."""


class LinkExpired(BadLink):
    """The link was valid, but is too old."""

    def __init__(self, approval_id: str, holder: Holder) -> None:
        self.approval_id, self.holder = approval_id, holder
        super().__init__(approval_id)


class Misconfigured(ApprovalsError):
    """A setting is missing or wrong."""
