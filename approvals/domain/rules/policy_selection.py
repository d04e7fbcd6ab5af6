"""Select the policy for a submission, and check that its caller may use it."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec.structs import replace

from approvals.domain.calendar.business_hours import Calendar, calendar_problems
from approvals.domain.directory.people import Directory
from approvals.domain.model.policy import Group, Policy, Stage, simple_policy
from approvals.domain.model.rule import Rule
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Problem
from approvals.domain.rules.rule_context import machine_of
from approvals.domain.values import Value


class Choice(Value, frozen=True, kw_only=True):
    """The selected policy, the path for problems in it, and the problems of the selection itself."""

    policy: Policy | None = None
    where: str = ""
    problems: tuple[Problem, ...] = ()


def choose_policy(submission: Submission, *, directory: Directory, rule: Rule | None, caller: str) -> Choice:
    """Return the policy of the matching rule, else the named or inline one, else that of the reviewers' shorthand."""
    if rule and rule.approve:
        return Choice(policy=_policy_for_nobody(rule), where="policy")
    if rule and rule.policy:
        return _known(rule.policy, directory)
    if problem := _asked_wrongly(submission):
        return Choice(problems=(problem,))
    if isinstance(submission.policy, str):
        choice = _known(submission.policy, directory)
        problems = _caller_problems(choice.policy, submission, caller) if choice.policy else choice.problems
        return replace(choice, policy=None, problems=tuple(problems)) if problems else choice
    return _written_out(submission, directory)


def _asked_wrongly(submission: Submission) -> Problem | None:
    if submission.policy is None and submission.reviewers is None:
        return Problem("reviewers", "is required, or else a policy: somebody has to answer")
    if submission.policy is None:
        return None
    if submission.reviewers is not None:
        return Problem("reviewers", "stands beside a policy; the policy says who answers, so give one of them")
    return Problem("need", "stands beside a policy; the policy says how many") if submission.need != 1 else None


def _written_out(submission: Submission, directory: Directory) -> Choice:
    where = "reviewers" if submission.policy is None else "policy"
    if not directory.allow_inline_policies:
        known = _listed(directory.policies)
        return Choice(problems=(Problem(where, f"only the policies of the directory may be used here: {known}"),))
    if isinstance(submission.policy, Policy):
        return _with_calendar(submission.policy, directory)
    return Choice(policy=simple_policy(submission.reviewers or (), submission.need), where=where)


def _known(name: str, directory: Directory) -> Choice:
    if name in directory.policies:
        return _with_calendar(replace(directory.policies[name], name=name), directory)
    known = _listed(directory.policies)
    return Choice(problems=(Problem("policy", f"there is no policy “{name}”; known are: {known}"),))


def _with_calendar(policy: Policy, directory: Directory) -> Choice:
    """Replace the calendar's name by the calendar, so that later edits do not change an open approval."""
    if isinstance(policy.calendar, Calendar):
        problems = tuple(calendar_problems(policy.calendar, "policy.calendar"))
        return Choice(problems=problems) if problems else Choice(policy=policy, where="policy")
    if not isinstance(policy.calendar, str):
        return Choice(policy=policy, where="policy")
    if policy.calendar in directory.calendars:
        return Choice(policy=replace(policy, calendar=directory.calendars[policy.calendar]), where="policy")
    known = _listed(directory.calendars)
    return Choice(
        problems=(Problem("policy.calendar", f"there is no calendar “{policy.calendar}”; known are: {known}"),)
    )


def _caller_problems(policy: Policy | None, submission: Submission, caller: str) -> list[Problem]:
    """Match the policy's patterns against the named state machine and the authenticated caller.

    What a submission names must be the ARN of a state machine, so that it cannot pass for another kind of caller.
    """
    if policy is None or not policy.callers:
        return []
    machine = machine_of(submission)
    names = [name for name in (machine if machine.startswith("arn:") else "", caller) if name]
    if any(fnmatchcase(name, pattern) for name in names for pattern in policy.callers):
        return []
    who = machine or f"{caller}, which names no state machine (send the context object along)"
    return [Problem("policy", f"“{policy.name}” may not be used by {who}; it is for {', '.join(policy.callers)}")]


def _policy_for_nobody(rule: Rule) -> Policy:
    """Return the policy of an auto-approval, which asks nobody."""
    name = f"rule:{rule.name}"[:80]
    return Policy(name=name, stages=(Stage(groups=(Group(from_=(name,)),)),))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
