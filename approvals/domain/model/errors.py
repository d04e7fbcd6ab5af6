"""The error tree. A class exists only where some caller acts on it; doors translate each to an answer once.

ApprovalsError
├── Invalid            what was sent is wrong; carries every fault with its path
├── NotFound           there is no such approval
├── Refused            this person may not answer this approval, and why
├── AlreadySettled     the approval was settled before; carries it
├── Stale              somebody else changed the approval first: load it and try again
├── Unauthenticated    the caller did not say who it is, or not credibly
├── Forbidden          the caller is known but lacks a scope
├── BadLink            the link is forged, foreign or cut short
│   └── LinkExpired    the link was ours but is too old; carries whose it was
└── Misconfigured      a setting is wrong; names it and the mend
"""

from approvals.domain.model.approval import Approval
from approvals.domain.problems import ApprovalsError


class NotFound(ApprovalsError):
    """There is no such approval."""


class Refused(ApprovalsError):
    """This person may not answer this approval."""


class AlreadySettled(ApprovalsError):
    """The approval was settled before this answer came, or its time is up and it will be at the next sweep."""

    def __init__(self, approval: Approval) -> None:
        self.approval = approval
        super().__init__("its time is up" if approval.pending else f"already {approval.status}")


class Stale(ApprovalsError):
    """Somebody else changed the approval between our reading and our writing."""


class Unauthenticated(ApprovalsError):
    """The caller did not say who it is, or not credibly."""


class Forbidden(ApprovalsError):
    """The caller is known but lacks a scope."""


class BadLink(ApprovalsError):
    """The link is forged, foreign, or was cut short on its way."""


class LinkExpired(BadLink):
    """The link was ours, but is older than links may be."""

    def __init__(self, approval_id: str, reviewer: int) -> None:
        self.approval_id, self.reviewer = approval_id, reviewer
        super().__init__("this link has expired")


class Misconfigured(ApprovalsError):
    """A setting is missing or wrong."""
