"""Checks of a directory that its schema cannot express, so that every part of it can be used."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from msgspec.structs import replace

from approvals.domain.arns import state_machine_of
from approvals.domain.calendar.business_hours import calendar_problems
from approvals.domain.checks.people_checks import people_problems
from approvals.domain.checks.policy_checks import channel_problems, shape_problems, unsatisfiable
from approvals.domain.directory.people import DEEPEST_NESTING, Directory
from approvals.domain.eligibility.policy_members import People, Reach, assurance_problems, check_members
from approvals.domain.json_reader import meant
from approvals.domain.model.policy import Policy
from approvals.domain.problems import Problem
from approvals.domain.rules.evaluation import rule_problems

ANYHOW = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
"""Accept every channel: whether one is set up is checked when an approval opens."""
MACHINES = "arn:"
CALLERS = (MACHINES, "key:", "iam:", "sqs:", "sns:", "events:", "activity:", "lambda:", "command:")
"""The beginnings of all values that a pattern of callers is compared with: state machines and authenticated callers."""
MOST_CIRCLES = 20


def directory_problems(directory: Directory) -> Iterator[Problem]:
    """Yield every problem of a directory. Paths are those of the directory file."""
    yield from people_problems(directory)
    wrong = list(_group_problems(directory))
    yield from wrong
    for name, calendar in directory.calendars.items():
        yield from calendar_problems(calendar, f"calendars.{name}")
    sound = _without(directory, {problem.path for problem in wrong})
    for name, policy in directory.policies.items():
        yield from _policy_problems(policy, sound, f"policies.{name}", whole=not wrong)
    yield from rule_problems(directory.rules, directory.policies)
    yield from _pattern_problems(directory)
    if not directory.allow_inline_policies and not directory.policies:
        yield Problem("allowInlinePolicies", "is false, and there are no policies: nobody could be asked at all")


def _group_problems(directory: Directory) -> Iterator[Problem]:
    """Report each problem where it is written, not again in every group and policy around it."""
    for name, members in directory.groups.items():
        if not members:
            yield Problem(f"groups.{name}", "has no members; name somebody, or take the group away")
        for n, member in enumerate(members):
            yield from _member_problems(member, directory, f"groups.{name}[{n}]")
    yield from _nesting_problems(directory)


def _member_problems(member: str, directory: Directory, path: str) -> Iterator[Problem]:
    group = member.removeprefix("group:")
    if group == member:
        yield from directory.resolve(member, path)[1]
    elif group not in directory.groups:
        yield Problem(path, f"there is no group “{group}”{meant(group, directory.groups)}")


def _nesting_problems(directory: Directory) -> Iterator[Problem]:
    inner = {name: _inner_groups(members) for name, members in directory.groups.items()}
    for _ in range(MOST_CIRCLES):
        try:
            order = list(TopologicalSorter({name: groups.values() for name, groups in inner.items()}).static_order())
        except CycleError as error:
            # the sorter's arrows point from what is contained to what contains it
            outer, number, circle = _opened(inner, list(directory.groups), error.args[1][::-1])
            yield Problem(f"groups.{outer}[{number}]", f"is a circle: {' → '.join(circle)}")
        else:
            yield from _depth_problems(inner, order)
            return


def _opened(
    inner: dict[str, dict[int, str]], order: list[str], circle: list[str]
) -> tuple[str, int, list[str]]:  # fmt: skip
    """Remove one link of a cycle: the one in the group that comes first in the file."""
    pairs = list(pairwise(circle))
    first = min(range(len(pairs)), key=lambda n: order.index(pairs[n][0]))
    outer, contained = pairs[first]
    numbers = [number for number, name in inner[outer].items() if name == contained]
    for number in numbers:
        del inner[outer][number]
    around = [outer for outer, _ in (*pairs[first:], *pairs[:first])]
    return outer, numbers[0], [*around, outer]


def _depth_problems(inner: dict[str, dict[int, str]], order: list[str]) -> Iterator[Problem]:
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[group] for group in inner.get(name, {}).values()), default=0)
        if depth[name] == DEEPEST_NESTING + 1:
            yield Problem(f"groups.{name}", f"is nested more than {DEEPEST_NESTING} deep")


def _inner_groups(members: tuple[str, ...]) -> dict[int, str]:
    return {n: member.removeprefix("group:") for n, member in enumerate(members) if member.startswith("group:")}


def _without(directory: Directory, paths: set[str]) -> Directory:
    """Return the directory without members that have problems, so that policies do not report them again."""
    groups = {
        name: tuple(member for n, member in enumerate(members) if f"groups.{name}[{n}]" not in paths)
        for name, members in directory.groups.items()
    }
    return replace(directory, groups=groups)


def _policy_problems(policy: Policy, directory: Directory, path: str, *, whole: bool) -> Iterator[Problem]:
    """Yield the problems of policies. With `whole` groups, members can be counted."""
    seatings, naming = check_members(
        policy, people=People(directory=directory, reach=ANYHOW), requester=None, path=path
    )
    yield from naming
    if whole and not naming:
        yield from unsatisfiable(policy, seatings, excluded=None, path=path)
    yield from shape_problems(policy, where=path)
    yield from assurance_problems(policy, reach=ANYHOW, path=path)
    for s, stage in enumerate(policy.stages):
        yield from channel_problems(stage, f"{path}.stages[{s}]", ANYHOW)
    if isinstance(policy.calendar, str) and policy.calendar not in directory.calendars:
        known = meant(policy.calendar, directory.calendars)
        yield Problem(f"{path}.calendar", f"there is no calendar “{policy.calendar}”{known}")


def _pattern_problems(directory: Directory) -> Iterator[Problem]:
    """Yield patterns that can never match: they lock a policy by mistake, or hide a rule."""
    for name, policy in directory.policies.items():
        for n, pattern in enumerate(policy.callers):
            yield from _never(pattern, CALLERS, f"policies.{name}.callers[{n}]")
    for n, rule in enumerate(directory.rules):
        if rule.state_machine:
            yield from _never(rule.state_machine, (MACHINES,), f"rules[{n}].stateMachine")
        if rule.caller:
            yield from _never(rule.caller, CALLERS[1:], f"rules[{n}].caller")


def _never(pattern: str, beginnings: tuple[str, ...], path: str) -> Iterator[Problem]:
    head = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    fixed = head == pattern
    if not any(head.startswith(begin) or (not fixed and begin.startswith(head)) for begin in beginnings):
        known = ", ".join(f"{begin}…" for begin in beginnings)
        yield Problem(
            path, f"“{pattern}” matches nothing: it is compared with values that begin with {known}; begin it with *"
        )
    elif fixed and pattern.startswith(MACHINES) and state_machine_of(pattern) != pattern:
        yield Problem(path, f"“{pattern}” matches nothing: write the ARN of a state machine, without alias or version")
