"""Quorum: who still has to agree. One human counts once, whatever groups they sit in."""

from collections.abc import Collection, Iterable, Sequence

from approvals.domain.approval import Approval, Reviewer
from approvals.domain.policy import Group, Policy, needed
from approvals.domain.submission import Side
from approvals.domain.values import Value

Seat = tuple[int, int]


class GroupProgress(Value, frozen=True, kw_only=True):
    """How far one group of the current stage is."""

    label: str
    have: int
    need: int


def fill(needs: dict[Seat, int], people: Iterable[Collection[Seat]]) -> dict[Seat, int]:
    """How many of each need can be met at once when each person takes one seat at the most.

    A maximum bipartite matching by augmenting paths (Kuhn's algorithm).
    """
    places = [seat for seat, count in needs.items() for _ in range(count)]
    seats_of = [frozenset(seats) for seats in people]
    taken: dict[int, int] = {}

    def place(person: int, tried: set[int]) -> bool:
        for index, seat in enumerate(places):
            if seat in seats_of[person] and index not in tried:
                tried.add(index)
                if index not in taken or place(taken[index], tried):
                    taken[index] = person
                    return True
        return False

    for person in range(len(seats_of)):
        place(person, set())
    filled = dict.fromkeys(needs, 0)
    for index in taken:
        filled[places[index]] += 1
    return filled


def needs_of(policy: Policy, reviewers: Sequence[Reviewer], stages: Iterable[int]) -> dict[Seat, int]:
    """How many people each group of these stages asks for."""
    return {
        (stage, number): needed(group.need, members(reviewers, (stage, number)))
        for stage in stages
        for number, group in enumerate(policy.stages[stage].groups)
    }


def members(reviewers: Iterable[Reviewer], seat: Seat) -> int:
    return sum(seat in reviewer.seats for reviewer in reviewers)


def satisfied(approval: Approval, option: str) -> bool:
    """Whether enough people in each group of the current stage chose `option`."""
    filled, needs = _filled(approval, option)
    return filled == needs


def side_count(approval: Approval, side: Side) -> int:
    """How many people stand on one side in the current stage."""
    return sum(decision.side == side for decision in approval.latest(approval.stage).values())


def progress(approval: Approval) -> tuple[GroupProgress, ...]:
    """The groups of the current stage, by the approving option that is furthest."""
    approving = [option.id for option in approval.content.options if option.side == "approve"]
    filled, needs = max((_filled(approval, option) for option in approving), key=lambda pair: sum(pair[0].values()))
    groups = approval.current_stage.groups
    return tuple(
        GroupProgress(label=group_label(groups[number]), have=filled[stage, number], need=need)
        for (stage, number), need in needs.items()
    )


def group_label(group: Group) -> str:
    """A group in words: its name where it has one, else its people."""
    names = [reference.removeprefix("group:").removeprefix("slack:") for reference in group.from_]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _filled(approval: Approval, option: str) -> tuple[dict[Seat, int], dict[Seat, int]]:
    needs = needs_of(approval.policy, approval.reviewers, [approval.stage])
    chosen = {d.reviewer for d in approval.latest(approval.stage).values() if d.option == option}
    return fill(needs, (r.seats for r in approval.reviewers if r.number in chosen)), needs
