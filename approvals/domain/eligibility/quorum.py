"""Quorum: how many people of each group have approved, and how many are needed. One person counts once."""

import re
from collections import deque
from collections.abc import Collection, Iterable, Sequence

from approvals.domain.model.approval import Approval, Reviewer, Seat
from approvals.domain.model.policy import Group, Policy, needed
from approvals.domain.model.submission import Side
from approvals.domain.values import Value


class GroupCount(Value, frozen=True, kw_only=True):
    """How many people of a group of the current stage have approved, and how many are needed."""

    group: Group
    have: int
    need: int


def fill(needs: dict[Seat, int], people: Iterable[Collection[Seat]]) -> dict[Seat, int]:
    """Return how many people of each need can be seated at once, when each person takes at most one seat.

    A maximum bipartite matching by augmenting paths, with a capacity for each group: the next person takes a free
    seat, or moves somebody who can sit elsewhere.
    """
    seated: dict[Seat, list[Collection[Seat]]] = {seat: [] for seat in needs}
    for person in people:
        _seat_person(person, seated, needs)
        if all(len(seated[seat]) == count for seat, count in needs.items()):
            break
    return {seat: len(sitting) for seat, sitting in seated.items()}


def _seat_person(person: Collection[Seat], seated: dict[Seat, list[Collection[Seat]]], needs: dict[Seat, int]) -> None:
    """Seat a person by the shortest chain of moves that ends at a free seat, if there is one.

    Without recursion: a chain may be longer than the stack.
    """
    moves: dict[Seat, tuple[Seat | None, Collection[Seat]]] = {}
    open_ways: deque[tuple[Seat | None, Collection[Seat]]] = deque([(None, person)])
    while open_ways:
        left, mover = open_ways.popleft()
        for seat in mover:
            if seat not in needs or seat in moves:
                continue
            moves[seat] = (left, mover)
            if len(seated[seat]) < needs[seat]:
                _move(seat, moves, seated)
                return
            open_ways.extend((seat, sitting) for sitting in seated[seat])


def _move(
    free: Seat, moves: dict[Seat, tuple[Seat | None, Collection[Seat]]], seated: dict[Seat, list[Collection[Seat]]]
) -> None:
    """Move everybody on the chain up to the free seat, and seat the new person at its other end."""
    to: Seat | None = free
    while to is not None:
        left, mover = moves[to]
        seated[to].append(mover)
        if left is not None:
            seated[left].remove(mover)
        to = left


def needs_of(policy: Policy, reviewers: Sequence[Reviewer], stages: Iterable[int]) -> dict[Seat, int]:
    """Return how many people each group of these stages needs."""
    return {
        (stage, number): needed(group.need, members(reviewers, (stage, number)))
        for stage in stages
        for number, group in enumerate(policy.stages[stage].groups)
    }


def members(reviewers: Iterable[Reviewer], seat: Seat) -> int:
    """Return the number of people that a share counts: without those who joined by an escalation."""
    return sum(seat in reviewer.seats and seat not in reviewer.extra for reviewer in reviewers)


def satisfied(approval: Approval, option: str) -> bool:
    """Return whether enough people in each group of the current stage chose `option`."""
    filled, needs = _filled(approval, option)
    return filled == needs


def side_count(approval: Approval, side: Side) -> int:
    """Return how many people decided for one side in the current stage."""
    return sum(decision.side == side for decision in approval.counted(approval.stage).values())


def progress(approval: Approval) -> tuple[GroupCount, ...]:
    """Return the progress of the current stage's groups, for the approving option that is furthest."""
    _, filled, needs = _furthest(approval)
    groups = approval.current_stage.groups
    return tuple(
        GroupCount(group=groups[number], have=filled[stage, number], need=need)
        for (stage, number), need in needs.items()
    )


def helpers(approval: Approval, group: int, people: Iterable[Reviewer]) -> tuple[Reviewer, ...]:
    """Return the people whose approval would raise the count of a group, also by moving somebody to another seat."""
    (option, filled, needs), seat, people = _furthest(approval), (approval.stage, group), tuple(people)
    wanted = {**filled, seat: min(filled[seat] + 1, needs[seat])}
    chosen = _seats_of(approval, option)
    helps = {seats: fill(wanted, [*chosen, seats])[seat] > filled[seat] for seats in {r.seats for r in people}}
    return tuple(reviewer for reviewer in people if helps[reviewer.seats])


def member_names(group: Group) -> list[str]:
    """Return the names that a policy gives to the members of a group, without kinds and addresses."""
    return [re.sub(r"^(?:group|slack):|\s*<[^<>]*>$", "", reference) for reference in group.from_]


def _furthest(approval: Approval) -> tuple[str, dict[Seat, int], dict[Seat, int]]:
    """Return the approving option that fills most seats, with the seats filled and the seats needed."""
    approving = [option.id for option in approval.content.options if option.side == "approve"]
    return max(((option, *_filled(approval, option)) for option in approving), key=lambda found: sum(found[1].values()))


def _filled(approval: Approval, option: str) -> tuple[dict[Seat, int], dict[Seat, int]]:
    needs = needs_of(approval.policy, approval.reviewers, [approval.stage])
    return fill(needs, _seats_of(approval, option)), needs


def _seats_of(approval: Approval, option: str) -> list[tuple[Seat, ...]]:
    """Return the seats of everybody who chose the option in the current stage."""
    chosen = {d.reviewer for d in approval.latest(approval.stage).values() if d.option == option}
    return [reviewer.seats for reviewer in approval.reviewers if reviewer.number in chosen]
