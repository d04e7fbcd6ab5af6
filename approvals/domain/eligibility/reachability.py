"""Reachability: whether messages arrive at a reviewer. An unreachable one may answer, but nobody waits for it."""

from msgspec.structs import replace

from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.messages.undelivered import Undelivered

_NEVER_AGAIN = {"complained", "absent"}
"""The kinds of failure after which nothing more is sent to the address."""


def failures(approval: Approval, reviewer: Reviewer) -> tuple[Undelivered, ...]:
    """Return the failures of the reviewer's current addresses."""
    mine = (one for one in approval.undelivered if one.reviewer == reviewer.number)
    return tuple(one for one in mine if (one.channel, one.address) in reviewer.addresses)


def open_addresses(approval: Approval, reviewer: Reviewer) -> tuple[tuple[str, str], ...]:
    """Return the reviewer's (channel, address) pairs without a failure, the preferred one first."""
    failed = {(one.channel, one.address) for one in failures(approval, reviewer)}
    return tuple(pair for pair in reviewer.addresses if pair not in failed)


def writable_address(approval: Approval, reviewer: Reviewer) -> tuple[str, str] | None:
    """Return the address for the next message: one without a failure, else one that may have been repaired."""
    if not approval.undelivered:
        return next(iter(reviewer.addresses), None)
    others = [pair for pair in reviewer.addresses if not is_barred(approval, reviewer.number, *pair)]
    return next(iter((*open_addresses(approval, reviewer), *others)), None)


def is_barred(approval: Approval, reviewer: int, channel: str, address: str) -> bool:
    """Return whether nothing more is sent to this address: its owner complained, or the channel is not set up."""
    return any(
        (one.reviewer, one.channel, one.address) == (reviewer, channel, address) and one.kind in _NEVER_AGAIN
        for one in approval.undelivered
    )


def is_unreachable(approval: Approval, reviewer: Reviewer) -> bool:
    """Return whether messages fail at every address of the reviewer."""
    return bool(failures(approval, reviewer)) and not open_addresses(approval, reviewer)


def is_expected(approval: Approval, reviewer: Reviewer, stage: int) -> bool:
    """Return whether the reviewer's answer in a stage may be waited for.

    That of an unreachable one may be where people are not written to, or a Slack channel shows the approval to them.
    """
    there = approval.policy.stages[stage]
    shown = there.quiet or any(reference.startswith("slack:") for reference in there.notify)
    return shown or not is_unreachable(approval, reviewer)


def reached(approval: Approval, reviewer: int) -> Approval:
    """Return the approval without this reviewer's failures, since they have proved that they are reached."""
    left = tuple(one for one in approval.undelivered if one.reviewer != reviewer)
    return approval if left == approval.undelivered else replace(approval, undelivered=left)
