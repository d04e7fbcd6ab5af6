"""Sentences: what a policy means for one approval, for people who never saw the format. Nothing is decided here."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from approvals.domain.approval import Approval, Reviewer
from approvals.domain.deciding import comment_required, needs_confirmation
from approvals.domain.policy import Stage, TakeOption, escalations, reminders
from approvals.domain.quorum import group_label, members, needs_of
from approvals.domain.values import duration

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_WAYS = {"slack": "in Slack or after signing in", "signin": "after signing in"}


def steps(approval: Approval) -> Iterator[str]:
    for number, stage in enumerate(approval.policy.stages):
        yield _who_is_asked(approval, number)
        if stage.notify:
            yield f"{listed(stage.notify)} {is_or_are(stage.notify)} told as well."
        yield _what_is_needed(approval, number)
        if number and _sits_earlier(approval, number):
            yield "Who has answered in an earlier step is not asked again: one person counts once."
        if any(option.side == "reject" for option in approval.content.options):
            yield "A single rejection ends it." if stage.reject == 1 else f"{stage.reject} rejections end it."
        yield from _reminded(approval, stage)
        yield from _escalations(approval, number)


def rules(approval: Approval) -> Iterator[str]:
    content, policy = approval.content, approval.policy
    if content.requester and policy.exclude_requester:
        yield f"{content.requester} asks for it, and so may not answer."
    demanding = [f"“{option.label}”" for option in content.options if comment_required(approval, option)]
    if demanding:
        every = len(demanding) == len(content.options)
        yield "Every answer needs a comment." if every else f"A comment is needed for {listed(demanding)}."
    typed = [f"“{option.label}”" for option in content.options if needs_confirmation(approval, option)]
    if typed:
        yield f"The risk is high: to answer {listed(typed)} one has to type that word."
    if policy.assurance in _WAYS:
        yield f"Answers are taken only {_WAYS[policy.assurance]}."


def end(approval: Approval, *, state_timeout: int | None) -> Iterator[str]:
    lasts = approval.deadline - approval.created_at
    yield f"Time is up {span(lasts)} after it was sent, on {_date(approval.deadline)}: {_why(approval, state_timeout)}."
    yield f"If it is still open then, {time_up(approval)}"
    if approval.policy.on_reject == "succeed":
        yield "After a rejection the workflow goes on, and is told “rejected”."
    else:
        yield "After a rejection the waiting state fails with the error Approval.Rejected."


def turn(approval: Approval, number: int) -> str:
    """Whose turn it is when a step begins."""
    people = names(r for r in approval.reviewers if r.sits_in(number))
    may = "may answer" if approval.policy.stages[number].quiet else f"{is_or_are(people)} asked"
    return f"{listed(people)} {may}"


def time_up(approval: Approval) -> str:
    """What happens at the deadline."""
    match approval.policy.on_timeout:
        case "fail":
            return "the waiting state fails with the error Approval.TimedOut."
        case TakeOption(option=chosen):
            option = next(o for o in approval.content.options if o.id == chosen)
        case side:
            option = next(o for o in approval.content.options if o.side == side)
    return f"it counts as {'approved' if option.side == 'approve' else 'rejected'}, with the answer “{option.label}”."


def reminded(stage: Stage) -> str:
    """In a quiet stage only its channels are written to."""
    whom = stage.notify if stage.quiet else ("Whoever has not answered",)
    return f"{listed(whom, nobody='Nobody')} {is_or_are(whom)} reminded"


def escalated(approval: Approval, *, number: int, step: int) -> str:
    new = names(r for r in approval.reviewers if (number, step) in r.joins)
    stage = approval.policy.stages[number]
    may = "may answer" if stage.quiet else f"{is_or_are(new)} asked"
    if stage.escalate[step].mode == "replace":
        return f"{listed(new)} {may} instead of those who have not answered."
    return f"{listed(new)} {may} too."


def in_time(approval: Approval, after: timedelta) -> bool:
    """Whether it comes before the deadline, were the step to begin at once."""
    return approval.created_at + after < approval.deadline


def span(delta: timedelta) -> str:
    """“8 hours”, “1 day 12 hours”."""
    rest, parts = int(delta.total_seconds()), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(_count(count, unit))
    return " ".join(parts) or "no time"


def names(reviewers: Iterable[Reviewer]) -> list[str]:
    return [reviewer.name or reviewer.id for reviewer in reviewers]


def listed(names: Sequence[str], *, cut: int = 6, nobody: str = "nobody") -> str:
    if len(names) > cut:
        names = [*names[: cut - 1], f"{len(names) - cut + 1} others"]
    if len(names) < 2:
        return names[0] if names else nobody
    return f"{', '.join(names[:-1])} and {names[-1]}"


def is_or_are(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _who_is_asked(approval: Approval, number: int) -> str:
    stage, stages = approval.policy.stages[number], len(approval.policy.stages)
    name = f", “{stage.name}”" if stage.name else ""
    begin = f"Step {number + 1} of {stages}{name}: " if stages > 1 else ""
    when = f"as soon as step {number} is done" if number else "at once"
    unasked = "; nobody is written to for it" if stage.quiet else ""
    return f"{begin}{turn(approval, number)} {when}{unasked}."


def _what_is_needed(approval: Approval, number: int) -> str:
    groups = approval.policy.stages[number].groups
    needs = [
        (need, members(approval.reviewers, seat), group_label(groups[seat[1]]))
        for seat, need in needs_of(approval.policy, approval.reviewers, [number]).items()
    ]
    same = ", all with the same answer" if sum(o.side == "approve" for o in approval.content.options) > 1 else ""
    if len(needs) > 1:
        return f"Needed, in any order: {listed([f'{n} of {of} from {label}' for n, of, label in needs], cut=99)}{same}."
    need, of, _ = needs[0]
    if need == of:
        return "That person has to approve." if of == 1 else f"All {of} of them have to approve{same}."
    return f"{need} of the {of} {'has' if need == 1 else 'have'} to approve{same if need > 1 else ''}."


def _sits_earlier(approval: Approval, number: int) -> bool:
    return any(r.sits_in(number) and any(s < number for s, _ in r.seats) for r in approval.reviewers)


def _reminded(approval: Approval, stage: Stage) -> Iterator[str]:
    """One sentence for all reminders, and one for those that the deadline comes before."""
    every = sorted(set(reminders(stage)))
    times = [span(after) for after in every if in_time(approval, after)]
    never = len(every) - len(times)
    if len(times) > 4:
        times = [*times[:2], f"so on, {len(times)} times in all, the last after {times[-1]}"]
    if times:
        yield f"{reminded(stage)} after {listed(times)}."
    if never:
        never_comes = "1 reminder never comes" if never == 1 else f"{never} reminders never come"
        yield f"{never_comes}: time is up before."


def _escalations(approval: Approval, number: int) -> Iterator[str]:
    """In the order of time."""
    after = escalations(approval.policy.stages[number])
    for step in sorted(range(len(after)), key=after.__getitem__):
        late = "" if in_time(approval, after[step]) else " (which never comes: time is up before)"
        yield f"If it is still open after {span(after[step])}{late}, {escalated(approval, number=number, step=step)}"


def _why(approval: Approval, state_timeout: int | None) -> str:
    timeout = approval.policy.timeout
    if timeout and approval.deadline == approval.created_at + duration(timeout):
        return "so says the policy"
    if state_timeout is None:
        return "the policy says nothing, and this is the limit here"
    return "shortly before the waiting state itself gives up"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _date(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at:%A}, {at.day} {at:%B %Y, %H:%M} UTC"
