"""Satisfiability: whether the reviewers can still approve an approval, or enough of them have done so already.

An approval that nobody can approve must not wait, nor one that needs no further answer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from approvals.domain.eligibility.due_times import escalation_moments
from approvals.domain.eligibility.quorum import fill, member_names, members, needs_of, satisfied
from approvals.domain.eligibility.reachability import failures, is_expected
from approvals.domain.model.approval import Approval, Reviewer, Seat
from approvals.domain.model.messages.undelivered import Undelivered
from approvals.domain.model.policy import Policy
from approvals.domain.problems import Problem


class Shortage(NamedTuple):
    """A group that needs more approvals than people who are left can give."""

    group: str
    need: int
    left: int
    unreached: tuple[Undelivered, ...] = ()
    """The failures for which people lack; none if there would be too few people without them, too."""


def shortage(approval: Approval) -> Shortage | None:
    """Return the first group that the current reviewers can never satisfy; None if they can approve it.

    A reviewer who was counted in an earlier stage counts no more; one who has answered in this stage counts only here.
    A reviewer who joins a later stage may fill any seat there: if that lacks people, it escalates as soon as it begins.
    One whom messages do not reach is not counted until they have answered.
    """
    stage = approval.stage
    needs = needs_of(approval.policy, approval.reviewers, range(stage, len(approval.policy.stages)))
    filled = fill(needs, [_open_seats(approval, reviewer) for reviewer in approval.reviewers])
    if filled == needs:
        return None
    seat = next(seat for seat in needs if filled[seat] < needs[seat])
    label = ", ".join(member_names(approval.policy.stages[seat[0]].groups[seat[1]]))
    return Shortage(label, needs[seat], filled[seat], _unreached(approval, needs))


def _unreached(approval: Approval, needs: dict[Seat, int]) -> tuple[Undelivered, ...]:
    everybody = replace(approval, undelivered=())
    if not approval.undelivered or fill(needs, [_open_seats(everybody, r) for r in approval.reviewers]) != needs:
        return ()
    missed = [r for r in approval.reviewers if _open_seats(everybody, r) != _open_seats(approval, r)]
    return tuple(one for r in missed for one in failures(approval, r) if one.kind != "absent")


def satisfied_option(approval: Approval) -> str | None:
    """Return the option that has enough approvals in this stage, because fewer are needed than before.

    The people of a replacing escalation must answer first: no stage is approved by mere waiting.
    """
    if not approval.decisions:
        return None
    votes = Counter(d.option for d in approval.counted(approval.stage).values() if d.side == "approve")
    agreed = [option for option, _ in votes.most_common() if satisfied(approval, option)]
    return agreed[0] if agreed and not _replacements_to_hear(approval) else None


def _replacements_to_hear(approval: Approval) -> bool:
    taken = (step for _, step in escalation_moments(approval)[: approval.escalated])
    replaced = any(approval.current_stage.escalate[step].mode == "replace" for step in taken)
    return replaced and not {r.number for r in approval.eligible} <= approval.latest(approval.stage).keys()


def satisfiability_problems(
    policy: Policy, reviewers: Sequence[Reviewer], *, excluded: str | None, path: str
) -> Iterator[Problem]:
    """Yield the needs that the given people could never satisfy, even if all of them agreed.

    People who join by escalation do not count: an escalation may never happen.
    """
    but = f" apart from the requester {excluded}, who may not decide" if excluded else ""
    needs = needs_of(policy, reviewers, range(len(policy.stages)))
    short = [seat for seat, need in needs.items() if need > members(reviewers, seat)]
    for s, g in short:
        there = members(reviewers, (s, g))
        yield Problem(f"{path}.stages[{s}].groups[{g}].need", f"asks for {needs[s, g]} of {_count(there)}{but}")
    if not short and fill(needs, (r.seats for r in reviewers)) != needs:
        everyone = sum(bool(r.seats) for r in reviewers)
        yield Problem(
            f"{path}.stages",
            f"asks for {sum(needs.values())} different people; one person counts once, and there are not enough"
            f" among the {_count(everyone)}{but}",
        )
    for s, stage in enumerate(policy.stages):
        there = sum(r.sits_in(s) for r in reviewers)
        if stage.reject > max(there, 1):
            yield Problem(f"{path}.stages[{s}].reject", f"asks for {stage.reject} rejections of {_count(there)}{but}")


def _open_seats(approval: Approval, reviewer: Reviewer) -> tuple[Seat, ...]:
    answered = [d.stage for d in approval.decisions if d.reviewer == reviewer.number]
    if answered:
        over = min(answered) < approval.stage
        return () if over else tuple(seat for seat in reviewer.seats if seat[0] == approval.stage)
    seats = tuple(seat for seat in reviewer.seats if seat[0] >= approval.stage)
    if reviewer.joins:
        joins = {stage for stage, _ in reviewer.joins if stage > approval.stage}
        seats += tuple((stage, group) for stage in joins for group in range(len(approval.policy.stages[stage].groups)))
    return tuple(seat for seat in seats if is_expected(approval, reviewer, seat[0])) if approval.undelivered else seats


def _count(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"
