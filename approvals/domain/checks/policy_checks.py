"""Checks of a policy that its schema cannot express. Its members are checked in eligibility/policy_members.py."""

from collections.abc import Iterator, Mapping

from approvals.domain.calendar.business_hours import Calendar, calendar_problems
from approvals.domain.eligibility.policy_members import Reach, Seating
from approvals.domain.eligibility.satisfiability import satisfiability_problems
from approvals.domain.mail_addresses import is_mail_address
from approvals.domain.model.approval import Reviewer
from approvals.domain.model.forms import form_problems
from approvals.domain.model.policy import Policy, Remind, Stage, TakeOption
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Problem
from approvals.domain.values import Duration, duration


def policy_problems(submission: Submission, policy: Policy, *, where: str, reach: Reach) -> Iterator[Problem]:
    """Yield the problems of a policy for a submission, except those of its members."""
    yield from shape_problems(policy, where=where)
    for s, stage in enumerate(policy.stages):
        yield from channel_problems(stage, f"{where}.stages[{s}]", reach)
        both = submission.form and stage.form and submission.form.properties.keys() & stage.form.properties.keys()
        for name in sorted(both or ()):
            yield Problem(f"{where}.stages[{s}].form.properties.{name}", "is already a field of the submission's form")
    yield from _timeout_problems(submission, policy, where)


def shape_problems(policy: Policy, *, where: str) -> Iterator[Problem]:
    """Yield the problems that do not depend on a submission."""
    names = [stage.name for stage in policy.stages]
    for s, stage in enumerate(policy.stages):
        yield from _stage_problems(policy, s, f"{where}.stages[{s}]")
        if stage.form:
            yield from form_problems(stage.form, f"{where}.stages[{s}].form")
        if stage.name and names.index(stage.name) != s:
            first = f"{where}.stages[{names.index(stage.name)}]"
            yield Problem(f"{where}.stages[{s}].name", f"“{stage.name}” is already the name of {first}")
    for path, text in _durations(policy, where):
        if not duration(text):
            yield Problem(path, f"{text} is zero; write a duration such as 15m")
    if policy.assurance == "operator" and not policy.on_behalf:
        yield Problem(f"{where}.onBehalf", "contradicts “assurance: operator”; leave one of the two out")
    if isinstance(policy.calendar, Calendar):
        yield from calendar_problems(policy.calendar, f"{where}.calendar")


def unsatisfiable(
    policy: Policy, seatings: Mapping[str, Seating], *, excluded: str | None, path: str
) -> Iterator[Problem]:
    """Yield what the members could never satisfy, even if all of them answered."""
    people = [Reviewer(number=n, id=key, seats=seating.seats) for n, (key, seating) in enumerate(seatings.items())]
    yield from satisfiability_problems(policy, people, excluded=excluded, path=path)


def _durations(policy: Policy, where: str) -> Iterator[tuple[str, Duration]]:
    """Yield each duration with its path."""
    if policy.timeout:
        yield f"{where}.timeout", policy.timeout
    for s, stage in enumerate(policy.stages):
        path = f"{where}.stages[{s}]"
        if stage.timeout:
            yield f"{path}.timeout", stage.timeout
        yield from ((f"{path}.escalate[{n}].after", step.after) for n, step in enumerate(stage.escalate))
        match stage.remind:
            case Remind(after=after, every=every):
                yield f"{path}.remind.after", after
                yield from [(f"{path}.remind.every", every)] if every else []
            case tuple() as moments:
                yield from ((f"{path}.remind[{n}]", after) for n, after in enumerate(moments))


def _stage_problems(policy: Policy, number: int, path: str) -> Iterator[Problem]:
    stage, last = policy.stages[number], number == len(policy.stages) - 1
    if isinstance(stage.remind, tuple) and len(stage.remind) > 100:
        yield Problem(f"{path}.remind", "asks for more than 100 reminders")
    if len(stage.escalate) > 20:
        yield Problem(f"{path}.escalate", "has more than 20 steps")
    if stage.on_timeout and not stage.timeout:
        yield Problem(f"{path}.onTimeout", "needs a timeout of the stage")
    if stage.on_timeout == "pass" and last:
        yield Problem(f"{path}.onTimeout", "cannot pass to a next stage: this is the last; write fail or reject")
    if stage.timeout and not stage.on_timeout and policy.on_timeout not in ("fail", "reject"):
        yield Problem(
            f"{path}.onTimeout", "is required, since the policy's own may approve; write fail, reject or pass"
        )
    if stage.timeout and policy.timeout and duration(stage.timeout) > duration(policy.timeout):
        yield Problem(f"{path}.timeout", f"is longer than the policy's own ({policy.timeout})")


def channel_problems(stage: Stage, path: str, reach: Reach) -> Iterator[Problem]:
    """Yield the problems of the channels to notify."""
    for n, reference in enumerate(stage.notify):
        channel, _, address = reference.partition(":")
        if channel == "mail" and channel in reach.channels and not is_mail_address(address):
            yield Problem(f"{path}.notify[{n}]", f"“{address}” is not an e-mail address")
        elif channel not in reach.channels or not address:
            known = ", ".join(f"{name}:…" for name in sorted(reach.channels)) or "none"
            yield Problem(f"{path}.notify[{n}]", f"“{reference}” is no channel that is set up here; known are: {known}")


def _timeout_problems(submission: Submission, policy: Policy, where: str) -> Iterator[Problem]:
    if isinstance(policy.on_timeout, TakeOption) and submission.option(policy.on_timeout.option) is None:
        yield Problem(f"{where}.onTimeout.option", f"“{policy.on_timeout.option}” is not among the options")
    stages = {f"{where}.stages[{s}]": stage for s, stage in enumerate(policy.stages)}
    each: dict[str, Policy | Stage] = {where: policy, **stages}
    rejects = any(option.side == "reject" for option in submission.options)
    own, written_out = submission.timeout_seconds, isinstance(submission.policy, Policy) and not policy.calendar
    for path, part in each.items():
        if part.on_timeout == "reject" and not rejects:
            yield Problem(f"{path}.onTimeout", "there is no option on the rejecting side")
        if written_out and own and part.timeout and duration(part.timeout).total_seconds() > own:
            yield Problem(f"{path}.timeout", f"is longer than the state itself waits (timeoutSeconds: {own})")
