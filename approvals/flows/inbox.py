"""inbox: what waits for one person now, over all approvals, whatever name they were asked by. Who opens it by mail is
known by their address, as the directory has it now or as the approvals have it."""

from collections.abc import Iterator, Sequence

import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.reevaluation import with_current_reviewers
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.digest import Line
from approvals.domain.model.errors import BadLink
from approvals.domain.model.records import Filter
from approvals.flows.ports import Ports

PAGE = 50
MOST_READ = 1000
"""So many approvals are looked at for a page; somebody may have answered many that are still pending."""


class Inbox(msgspec.Struct, frozen=True):
    """One page, newest first; the next one begins before the approval with the id `before`, if there is one."""

    person: Reviewer
    lines: tuple[Line, ...]
    before: str | None = None


def inbox(ports: Ports, approval_id: str, *, reviewer: int, before: str | None = None) -> Inbox:
    """Of whoever is this reviewer there. Raises NotFound, or BadLink where nobody is who has an address for mail."""
    person, address = whose(ports, approval_id, reviewer)
    lines: list[Line] = []
    read = 0
    for approval, line in waiting(ports, names_of(ports.directory, address), before=before):
        if len(lines) == PAGE or read == MOST_READ:
            return Inbox(person, tuple(lines), before)
        lines += [line] if line else []
        before, read = approval.id, read + 1
    return Inbox(person, tuple(lines))


def named_in(ports: Ports, approval_ids: Sequence[str], approval_id: str, *, reviewer: int) -> tuple[Line, ...]:
    """Those of these approvals that name whoever is this reviewer, whether or not they wait. Raises as `inbox`."""
    _, address = whose(ports, approval_id, reviewer)
    names = names_of(ports.directory, address)
    found = ((approval, _reviewer(approval, names)) for approval in ports.store.several(approval_ids))
    return tuple(Line(approval, mine.number) for approval, mine in found if mine)


def whose(ports: Ports, approval_id: str, reviewer: int) -> tuple[Reviewer, str]:
    """The reviewer and their mail address, as the approval has them."""
    approval = ports.store.get(approval_id)
    person = approval.reviewers[reviewer] if 0 <= reviewer < len(approval.reviewers) else None
    if person is None or person.email is None:
        raise BadLink("there is no such reviewer")
    return person, person.email


def waiting(ports: Ports, names: Sequence[str], *, before: str | None = None) -> Iterator[tuple[Approval, Line | None]]:
    """Everything pending that names somebody of these names, newest first, and with it what waits for them now."""
    while page := _page(ports, names, before):
        yield from ((approval, _line(ports, approval, names)) for approval in page)
        before = page[-1].id


def reevaluated(ports: Ports, approval: Approval) -> Approval:
    """Return the approval with who may answer now, as a verb will find it. Reviewers keep their numbers."""
    now = ports.clock()
    if not approval.pending or now >= approval.deadline:
        return approval
    return with_current_reviewers(approval, people=ports.people, now=now)


def names_of(directory: Directory, address: str) -> tuple[str, ...]:
    """By whatever this person may be named in an approval."""
    person = directory.person(address)
    names = (address, person.id, *person.references) if person else (address,)
    return tuple({name.casefold(): name for name in reversed(names)}.values())[::-1]


def _line(ports: Ports, approval: Approval, names: Sequence[str]) -> Line | None:
    """This approval, if it waits for this person's answer now."""
    mine = _reviewer(approval, names)
    if mine is None or not approval.pending or ports.clock() >= approval.deadline:
        return None
    judged = reevaluated(ports, approval)
    asked = may_answer(judged, mine.number) is None and mine.number not in judged.latest(judged.stage)
    return Line(approval, mine.number) if asked else None


def _reviewer(approval: Approval, names: Sequence[str]) -> Reviewer | None:
    return next(filter(None, map(approval.reviewer, names)), None)


def _page(ports: Ports, names: Sequence[str], before: str | None) -> list[Approval]:
    """The newest pending approvals that have a reviewer of one of these names."""
    found: dict[str, Approval] = {}
    for name in names:
        wanted = Filter(reviewer=name, status="pending", before=before, limit=PAGE)
        found |= {approval.id: approval for approval in ports.store.find(wanted)}
    return sorted(found.values(), key=lambda approval: approval.id, reverse=True)[:PAGE]
