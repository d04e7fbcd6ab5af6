"""Unreachable reviewers: record that messages do not arrive, or arrive again, and write to another address."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from approvals.domain.eligibility.policy_members import People
from approvals.domain.eligibility.reachability import is_unreachable, open_addresses
from approvals.domain.lifecycle.notices import pointless
from approvals.domain.lifecycle.schedule import next_version
from approvals.domain.model.approval import Approval, Change, Note, Reviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.undelivered import FailureKind, Undelivered

UNREACHABLE = "reviewer.unreachable"
"""The event of the note about a reviewer who has no further address."""


def record_failures(
    approval: Approval, failures: Sequence[Undelivered], *, notice: Notice, people: People, now: datetime
) -> Change | None:
    """Record failures of one reviewer's addresses; None if they are known or the approval is settled.

    The notice goes to another address of theirs, if there is one at which it was not tried.
    """
    new = [one for one in failures if not _is_known(one, approval)]
    if not (approval.pending and new):
        return None
    person = approval.reviewers[new[0].reviewer]
    current = [one for one in new if (one.channel, one.address) in person.addresses]
    after = replace(approval, undelivered=_merged(approval, (*current, *_absent(person, people, now))))
    elsewhere = _elsewhere(after, person, notice, tried=failures)
    event = UNREACHABLE if is_unreachable(after, person) else "address.failed"
    facts = {"reviewer": person.id, "to": [one.address for one in new], "reason": new[-1].reason}
    note = Note(event=event, at=now, actor="delivery", facts=facts)
    return Change(approval=next_version(after, now), note=note, messages=elsewhere)


def record_arrival(
    approval: Approval, *, reviewer: int, channel: str, address: str, kinds: Iterable[FailureKind], now: datetime
) -> Change | None:
    """Forget failures of these kinds at an address where a message has arrived; None if there are none."""
    wrong = [
        one
        for one in approval.undelivered
        if (one.reviewer, one.channel, one.address) == (reviewer, channel, address) and one.kind in kinds
    ]
    if not (approval.pending and wrong):
        return None
    after = replace(approval, undelivered=tuple(one for one in approval.undelivered if one not in wrong))
    facts = {"reviewer": approval.reviewers[reviewer].id, "to": [address]}
    note = Note(event="reviewer.reached", at=now, actor="delivery", facts=facts)
    return Change(approval=next_version(after, now), note=note)


def _is_known(failure: Undelivered, approval: Approval) -> bool:
    known = (one for one in approval.undelivered if _same_address(one, failure))
    return any(one.kind in (failure.kind, "complained") for one in known)


def _merged(approval: Approval, new: Sequence[Undelivered]) -> tuple[Undelivered, ...]:
    """Return all failures, the latest of each address."""
    kept = (one for one in approval.undelivered if not any(_same_address(one, other) for other in new))
    return (*kept, *new)


def _same_address(one: Undelivered, other: Undelivered) -> bool:
    return (one.reviewer, one.channel, one.address) == (other.reviewer, other.channel, other.address)


def _absent(person: Reviewer, people: People, now: datetime) -> list[Undelivered]:
    """Return a failure for each address that this deployment cannot write to."""
    absent = (pair for pair in person.addresses if not people.reach.takes(*pair))
    return [
        Undelivered(
            reviewer=person.number, channel=channel, address=address, reason="not set up here", kind="absent", at=now
        )
        for channel, address in absent
    ]  # fmt: skip


def _elsewhere(
    approval: Approval, person: Reviewer, notice: Notice, *, tried: Sequence[Undelivered]
) -> tuple[Notice, ...]:
    before = {(notice.channel, notice.to), *((one.channel, one.address) for one in tried)}
    left = [pair for pair in open_addresses(approval, person) if pair not in before]
    if not left or pointless(notice, approval):
        return ()
    channel, address = left[0]
    return (replace(notice, channel=channel, to=address, not_before=None),)
