"""Policy rules: what may stand in a policy beyond its shape. Whom it names is `seating`'s."""

from collections.abc import Iterator, Mapping

from approvals.domain.approval import Reviewer
from approvals.domain.calendar import Calendar, calendar_faults
from approvals.domain.directory import EMAIL
from approvals.domain.faults import Fault
from approvals.domain.forms import form_faults
from approvals.domain.policy import Policy, Stage, TakeOption
from approvals.domain.satisfying import satisfiability_faults
from approvals.domain.seating import Place, Reach
from approvals.domain.submission import Submission
from approvals.domain.values import duration


def policy_faults(submission: Submission, policy: Policy, *, where: str, reach: Reach) -> Iterator[Fault]:
    """What is wrong with a policy for this submission, beside who is in it."""
    yield from shape_faults(policy, where=where)
    for s, stage in enumerate(policy.stages):
        yield from channel_faults(stage, f"{where}.stages[{s}]", reach)
        both = submission.form and stage.form and submission.form.properties.keys() & stage.form.properties.keys()
        for name in sorted(both or ()):
            yield Fault(f"{where}.stages[{s}].form.properties.{name}", "is asked by the submission's form already")
    yield from _timeout_faults(submission, policy, where)


def shape_faults(policy: Policy, *, where: str) -> Iterator[Fault]:
    """What can be known without a submission."""
    for s, stage in enumerate(policy.stages):
        yield from _stage_faults(policy, s, f"{where}.stages[{s}]")
        if stage.form:
            yield from form_faults(stage.form, f"{where}.stages[{s}].form")
    names = [stage.name for stage in policy.stages if stage.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(f"{where}.stages", f"two stages are called “{name}”")
    if isinstance(policy.calendar, Calendar):
        yield from calendar_faults(policy.calendar, f"{where}.calendar")


def unsatisfiable(policy: Policy, places: Mapping[str, Place], *, excluded: str | None, path: str) -> Iterator[Fault]:
    """What the people whom it names could never satisfy, were they all there."""
    people = [Reviewer(number=n, id=key, seats=place.seats) for n, (key, place) in enumerate(places.items())]
    yield from satisfiability_faults(policy, people, excluded=excluded, path=path)


def _stage_faults(policy: Policy, number: int, path: str) -> Iterator[Fault]:
    stage, last = policy.stages[number], number == len(policy.stages) - 1
    if isinstance(stage.remind, tuple) and len(stage.remind) > 100:
        yield Fault(f"{path}.remind", "asks for more than 100 reminders")
    if len(stage.escalate) > 20:
        yield Fault(f"{path}.escalate", "has more than 20 steps")
    if stage.on_timeout and not stage.timeout:
        yield Fault(f"{path}.onTimeout", "needs a timeout of the stage")
    if stage.on_timeout == "pass" and last:
        yield Fault(f"{path}.onTimeout", "cannot pass to a next stage: this is the last; write fail or reject")
    if stage.timeout and not stage.on_timeout and policy.on_timeout not in ("fail", "reject"):
        yield Fault(
            f"{path}.onTimeout", "is required, since the policy's own would approve; write fail, reject or pass"
        )
    if stage.timeout and policy.timeout and duration(stage.timeout) > duration(policy.timeout):
        yield Fault(f"{path}.timeout", f"is longer than the policy's own ({policy.timeout})")


def channel_faults(stage: Stage, path: str, reach: Reach) -> Iterator[Fault]:
    """What is wrong with the channels that are told."""
    for n, reference in enumerate(stage.notify):
        channel, _, address = reference.partition(":")
        if channel == "mail" and channel in reach.channels and not EMAIL.fullmatch(address):
            yield Fault(f"{path}.notify[{n}]", f"“{address}” is not an e-mail address")
        elif channel not in reach.channels or not address:
            known = ", ".join(f"{name}:…" for name in sorted(reach.channels)) or "none"
            yield Fault(f"{path}.notify[{n}]", f"“{reference}” is no channel that is set up here; known are: {known}")


def _timeout_faults(submission: Submission, policy: Policy, where: str) -> Iterator[Fault]:
    if isinstance(policy.on_timeout, TakeOption) and submission.option(policy.on_timeout.option) is None:
        yield Fault(f"{where}.onTimeout.option", f"“{policy.on_timeout.option}” is not among the options")
    rules = {policy.on_timeout if isinstance(policy.on_timeout, str) else "", *(s.on_timeout for s in policy.stages)}
    if "reject" in rules and not any(o.side == "reject" for o in submission.options):
        yield Fault(f"{where}.onTimeout", "there is no option on the rejecting side")
    own, written_out = submission.timeout_seconds, isinstance(submission.policy, Policy) and not policy.calendar
    if written_out and own and policy.timeout and duration(policy.timeout).total_seconds() > own:
        yield Fault(f"{where}.timeout", f"is longer than the state itself waits (timeoutSeconds: {own})")
