"""Inbox: the approvals that wait for one person now, by any name they have.

A reader who comes by a mail link is known by their address, as the directory has it now or as the approvals have it.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.reevaluation import is_current, with_current_reviewers
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.lifecycle.digest import DigestLine
from approvals.domain.mail_addresses import reference_key
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.errors import BadLink
from approvals.domain.model.records import Filter
from approvals.flows.ports import Ports

PAGE = 50
_READ_AT_ONCE = PAGE + 1
"""One more than a page: where fewer are found, there are no others."""
MOST_READ = 1000
"""The most approvals read for a page; somebody may have answered many that are still pending."""


class Inbox(msgspec.Struct, frozen=True):
    """One page, newest first. The next page begins before the approval with the id `before`, if there is one."""

    person: Reviewer
    lines: tuple[DigestLine, ...]
    before: str | None = None


def inbox(ports: Ports, approval_id: str, *, reviewer: int, before: str | None = None) -> Inbox:
    """Return the inbox of the person who is this reviewer. Raises NotFound; BadLink without a mail address."""
    person, address = reviewer_and_address(ports, approval_id, reviewer)
    lines: list[DigestLine] = []
    read = 0
    for approval, line in waiting(ports, names_of(ports.directory, address), before=before):
        if len(lines) == PAGE or read == MOST_READ:
            return Inbox(person, tuple(lines), before)
        lines += [line] if line else []
        before, read = approval.id, read + 1
    return Inbox(person, tuple(lines))


def named_in(ports: Ports, approval_ids: Sequence[str], approval_id: str, *, reviewer: int) -> tuple[DigestLine, ...]:
    """Return those of these approvals that name this person, waiting or not. Raises as `inbox`."""
    _, address = reviewer_and_address(ports, approval_id, reviewer)
    names = names_of(ports.directory, address)
    found = ((approval, _reviewer(approval, names)) for approval in ports.store.several(approval_ids))
    return tuple(DigestLine(approval, mine.number) for approval, mine in found if mine)


def reviewer_and_address(ports: Ports, approval_id: str, reviewer: int) -> tuple[Reviewer, str]:
    """Return the reviewer and their mail address, as the approval has them, even if the rest of it is unreadable."""
    reviewers = ports.store.reviewers(approval_id)
    person = reviewers[reviewer] if 0 <= reviewer < len(reviewers) else None
    if person is None or person.email is None:
        raise BadLink("there is no such reviewer")
    return person, person.email


def waiting(
    ports: Ports, names: Sequence[str], *, before: str | None = None
) -> Iterator[tuple[Approval, DigestLine | None]]:
    """Yield each pending approval that names a person, newest first, with its line if it waits for their answer."""
    while page := _page(ports, names, before):
        yield from ((approval, _line(ports, approval, names)) for approval in page)
        if len(page) < _READ_AT_ONCE:
            return
        before = page[-1].id


def reevaluated(ports: Ports, approval: Approval) -> Approval:
    """Return the approval with its current reviewers, as a change will find it. Reviewers keep their numbers."""
    now, people = ports.clock(), ports.people
    if not approval.pending or now >= approval.deadline or is_current(approval, people):
        return approval
    return with_current_reviewers(approval, people=people, now=now)


def able_reviewer(ports: Ports, approval: Approval, address: str) -> Reviewer | None:
    """Return the reviewer with this address, also by an alias, if they may answer now or change their answer."""
    mine = _reviewer(approval, names_of(ports.directory, address))
    if mine is None or not approval.pending or ports.clock() >= approval.deadline:
        return None
    return mine if may_answer(reevaluated(ports, approval), mine.number) is None else None


def names_of(directory: Directory, address: str) -> tuple[str, ...]:
    """Return every name by which an approval may refer to this person."""
    person = directory.person(address)
    names = (address, person.id, *person.references) if person else (address,)
    return tuple({reference_key(name): name for name in reversed(names)}.values())[::-1]


def names_of_all(directory: Directory, references: Iterable[str]) -> tuple[str, ...]:
    """Return every name of the people whom these ids, addresses, aliases and groups (`group:NAME`) name."""
    found: dict[str, None] = {}
    for reference in references:
        people, _ = directory.resolve(reference, "")
        for name in (reference, *(person.id for person in people)):
            found |= dict.fromkeys(names_of(directory, name))
    return tuple(found)


def _line(ports: Ports, approval: Approval, names: Sequence[str]) -> DigestLine | None:
    """Return the line of this approval if it waits for this person's answer now."""
    mine = _reviewer(approval, names)
    if mine is None or not approval.pending or ports.clock() >= approval.deadline:
        return None
    judged = reevaluated(ports, approval)
    asked = may_answer(judged, mine.number) is None and mine.number not in judged.latest(judged.stage)
    return DigestLine(approval, mine.number) if asked else None


def _reviewer(approval: Approval, names: Sequence[str]) -> Reviewer | None:
    return next(filter(None, map(approval.reviewer, names)), None)


def _page(ports: Ports, names: Sequence[str], before: str | None) -> list[Approval]:
    """Return the newest pending approvals that have a reviewer with one of these names."""
    return ports.store.find(Filter(reviewers=tuple(names), status="pending", before=before, limit=_READ_AT_ONCE))
