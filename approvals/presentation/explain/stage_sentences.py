"""Sentences about each step of a policy for one approval, for people who do not know the format."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from approvals.domain.calendar.business_hours import later
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.due_times import calendar_of, reminder_moments, stage_end
from approvals.domain.eligibility.policy_members import excluded_id, resolve_members
from approvals.domain.eligibility.quorum import members, needs_of
from approvals.domain.lifecycle.schedule import at_stage
from approvals.domain.model.approval import Approval, Seat
from approvals.domain.model.forms import Form
from approvals.domain.model.policy import Stage
from approvals.presentation.explain.calendars import length, reminders_after
from approvals.presentation.explain.outcome_sentences import step_deadline_sentence
from approvals.presentation.explain.people_sentences import Way, needed_sentence, of_people
from approvals.presentation.lists import listed, quoted
from approvals.presentation.moments import day, local_moment
from approvals.presentation.names import (
    channel_name,
    channels_by_person,
    channels_in_common,
    group_name,
    reviewer_name,
    reviewer_names,
    step_name,
)
from approvals.presentation.problems import question_title


def step(approval: Approval, number: int, *, directory: Directory, timezone: str) -> Iterator[str]:
    """Yield who is asked in one step and when, what is needed there, and what happens as time passes."""
    stage = approval.policy.stages[number]
    yield _who_is_asked(approval, number)
    yield from _absences(approval, number, directory=directory, timezone=timezone)
    yield from _who_is_notified(stage)
    yield _what_is_needed(approval, number)
    if _sits_twice(approval, number):
        yield "A person who is in several of these groups counts for one of them."
    if number and _sits_earlier(approval, number):
        yield "A person who has answered in an earlier step is not asked again: one person counts once."
    if any(option.side == "reject" for option in approval.content.options):
        yield "A single rejection ends it." if stage.reject == 1 else f"{stage.reject} rejections end it."
    if stage.form:
        yield filling_in_here(stage.form)
    yield from _reminded(approval, number)
    yield from _escalations(approval, number)
    yield from _own_time(approval, number)


def turn_sentence(approval: Approval, number: int) -> str:
    """Return who is asked when a step begins."""
    people = reviewer_names(r for r in approval.reviewers if r.sits_in(number))
    return of_people("may answer" if approval.policy.stages[number].quiet else "asked", people)


def reminded_sentence(stage: Stage) -> str:
    """Return who is reminded: in a quiet stage only its channels."""
    return of_people("reminded", _channels(stage)) if stage.quiet else "Everyone who has not answered is reminded."


def reminded_on_request_sentence(stage: Stage, *, who: str) -> str:
    """Return the same of a reminder that a person asked for."""
    if stage.quiet:
        return of_people("reminded on request", _channels(stage), who=who)
    return f"Everyone who has not answered is reminded, because {who} asked for it."


def is_written_to(stage: Stage) -> bool:
    """Return whether this stage sends any message."""
    return bool(stage.notify) or not stage.quiet


def joining_sentence(approval: Approval, who: list[str], *, number: int, replacing: bool) -> str:
    """Return that these people join a step."""
    if approval.policy.stages[number].quiet:
        return of_people("may answer instead" if replacing else "may answer too", who)
    return of_people("asked instead" if replacing else "asked too", who)


def escalated(approval: Approval, *, number: int, step: int) -> str:
    new = reviewer_names(r for r in approval.reviewers if (number, step) in r.joins)
    replacing = approval.policy.stages[number].escalate[step].mode == "replace"
    return joining_sentence(approval, new, number=number, replacing=replacing)


def filling_in(form: Form) -> str:
    """Return which fields to fill in together with an answer."""
    needed, free = _questions(form)
    match bool(needed), bool(free):
        case False, _:
            return f"An answer may also fill in {free}."
        case True, False:
            return f"To approve, a reviewer must fill in {needed}."
        case _:
            return f"To approve, a reviewer must fill in {needed}; {free} may be left empty."


def filling_in_here(form: Form) -> str:
    """Return the same for a form that only one step has."""
    needed, free = _questions(form)
    match bool(needed), bool(free):
        case False, _:
            return f"An answer in this step may also fill in {free}."
        case True, False:
            return f"To approve in this step, a reviewer must fill in {needed}."
        case _:
            return f"To approve in this step, a reviewer must fill in {needed}; {free} may be left empty."


def _questions(form: Form) -> tuple[str, str]:
    """Return the titles of the questions that are required, and of the others."""
    required = [question_title(form, name) for name in form.properties if name in form.required]
    others = [question_title(form, name) for name in form.properties if name not in form.required]
    return quoted(required) if required else "", quoted(others) if others else ""


def away(person: Person, approval: Approval, *, at: datetime, directory: Directory, timezone: str) -> str | None:
    """Return the sentence that somebody is away, and who answers for them."""
    absence = person.away_at(at)
    if absence is None:
        return None
    name, last = reviewer_name(person), datetime.fromisoformat(absence.until)
    until = local_moment(last, timezone) if "T" in absence.until else day(last)
    delegate = directory.stand_in(person, at)
    if delegate and delegate.id != excluded_id(approval.policy, directory, approval.content.requester):
        return f"{name} is away until {until}; {reviewer_name(delegate)} is asked in their place."
    back = person.next_change(at)
    if back and back >= approval.ends_at:
        return f"{name} is away until {until}, which is after the deadline; nobody is asked in their place."
    return f"{name} is away until {until}, and nobody is there to answer for them."


def _who_is_asked(approval: Approval, number: int) -> str:
    people = [r for r in approval.reviewers if r.sits_in(number)]
    if approval.policy.stages[number].quiet:
        way: Way = "quiet"
    else:
        way = "persons" if channels_by_person(people) else "channel" if any(r.addresses for r in people) else "none"
    sentence = of_people(
        way if number else f"{way} at once", reviewer_names(people), step=number,
        channels=channels_by_person(people) or channels_in_common(people),
    )  # fmt: skip
    return f"{name}: {sentence}" if (name := step_name(approval, number)) else sentence


def _who_is_notified(stage: Stage) -> Iterator[str]:
    channels = _channels(stage)
    match len(channels), stage.quiet:
        case 0, True:
            yield "Nobody is notified."
        case 0, False:
            return
        case 1, True:
            yield f"{channels[0]} is notified."
        case 1, False:
            yield f"{channels[0]} is notified as well."
        case _, True:
            yield f"{listed(channels)} are notified."
        case _:
            yield f"{listed(channels)} are notified as well."


def _absences(approval: Approval, number: int, *, directory: Directory, timezone: str) -> Iterator[str]:
    """Return the absences of people whom this step names and no earlier step does."""
    seatings, _ = resolve_members(approval.policy, directory=directory, requester=approval.content.requester, path="")
    for seating in seatings.values():
        if min((stage for stage, _ in seating.seats), default=None) == number:
            said = away(seating.person, approval, at=approval.created_at, directory=directory, timezone=timezone)
            yield from [said] if said else []


def _what_is_needed(approval: Approval, number: int) -> str:
    """Return how many have to approve. Where several options approve, they have to agree on one."""
    needs = needs_of(approval.policy, approval.reviewers, [number])
    agree = sum(option.side == "approve" for option in approval.content.options) > 1
    if len(needs) > 1:
        return _groups_sentence(approval, needs, agree=agree)
    [(seat, need)] = needs.items()
    asks = approval.policy.stages[number].groups[seat[1]].need
    share = asks[:-1] if isinstance(asks, str) and asks != "all" else ""
    return needed_sentence(need, members(approval.reviewers, seat), share=share, agree=agree)


def _groups_sentence(approval: Approval, needs: Mapping[Seat, int], *, agree: bool) -> str:
    sizes = {seat: members(approval.reviewers, seat) for seat in needs}
    parts = [
        _whom(approval, seat) if sizes[seat] == 1 else f"{need} of {sizes[seat]} from {_whom(approval, seat)}"
        for seat, need in needs.items()
    ]
    groups = "; ".join(parts) if 1 in sizes.values() else listed(parts, cut=99)
    return f"Needed, in any order: {groups}, all with the same answer." if agree else f"Needed, in any order: {groups}."


def _whom(approval: Approval, seat: Seat) -> str:
    """Return the name of a group; for a group of one person, their name."""
    people = reviewer_names(r for r in approval.reviewers if seat in r.seats and seat not in r.extra)
    return people[0] if len(people) == 1 else group_name(approval.policy.stages[seat[0]].groups[seat[1]])


def _channels(stage: Stage) -> list[str]:
    return [channel_name(reference) for reference in dict.fromkeys(stage.notify)]


def _sits_twice(approval: Approval, number: int) -> bool:
    """Return whether the policy names somebody in more than one group."""
    return any(sum(s == number for s, _ in set(r.seats) - set(r.extra)) > 1 for r in approval.reviewers)


def _sits_earlier(approval: Approval, number: int) -> bool:
    return any(r.sits_in(number) and any(s < number for s, _ in r.seats) for r in approval.reviewers)


def _reminded(approval: Approval, number: int) -> Iterator[str]:
    """Yield one sentence for all reminders, and one for those that would come after the deadline."""
    stage, begun = approval.policy.stages[number], at_stage(approval, number, approval.created_at)
    when = reminders_after(stage, calendar_of(approval.policy))
    moments = set(reminder_moments(begun))
    never = sum(at >= begun.deadline for at in moments)
    if when and never < len(moments) and is_written_to(stage):
        yield _reminded_when(stage, when)
    if never == 1:
        yield "1 reminder is never sent, because it is due after the deadline."
    elif never:
        yield f"{never} reminders are never sent, because they are due after the deadline."


def _reminded_when(stage: Stage, when: str) -> str:
    if stage.quiet:
        return of_people("reminded when", _channels(stage), when=when)
    return f"Everyone who has not answered is reminded {when}."


def _escalations(approval: Approval, number: int) -> Iterator[str]:
    """Yield the escalations, in order of time."""
    calendar, begun = calendar_of(approval.policy), at_stage(approval, number, approval.created_at)
    stage = approval.policy.stages[number]
    steps = enumerate(stage.escalate)
    for at, step, text in sorted((later(calendar, begun.stage_since, one.after), n, one.after) for n, one in steps):
        said, after = escalated(approval, number=number, step=step), length(text, calendar)
        if at < begun.deadline:
            yield f"If it is still open after {after}, {said}"
        else:
            yield f"If it is still open after {after} (which is after the deadline), {said}"
        if _recounts(stage, step):
            yield "The number of approvals that are needed is then counted again."


def _recounts(stage: Stage, step: int) -> bool:
    """Return whether the escalation changes the people that a share counts."""
    return stage.escalate[step].mode == "replace" and any(isinstance(group.need, str) for group in stage.groups)


def _own_time(approval: Approval, number: int) -> Iterator[str]:
    stage = approval.policy.stages[number]
    end = stage_end(approval.policy, stage, since=approval.created_at)
    if stage.timeout and end:
        lasts = length(stage.timeout, calendar_of(approval.policy))
        occasion = "not done" if end < approval.ends_at else "not done, after the deadline"
        yield step_deadline_sentence(occasion, approval, number, lasts=lasts)
