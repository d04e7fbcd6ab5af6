"""Sentences about the policy: which one applies and why, its conditions for every step, and its end."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from approvals.domain.calendar.business_hours import Calendar, later
from approvals.domain.calendar.time_zones import zone
from approvals.domain.calendar.weekly_hours import weekdays
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.due_times import calendar_of
from approvals.domain.lifecycle.decide import comment_required, needs_confirmation
from approvals.domain.model.approval import Approval, Status
from approvals.domain.model.rule import Rule
from approvals.domain.model.submission import Submission
from approvals.presentation.explain.calendars import length, quiet_times, weekly
from approvals.presentation.explain.outcome_sentences import deadline_sentence, ends_sentence
from approvals.presentation.explain.stage_sentences import filling_in
from approvals.presentation.lists import listed, quoted
from approvals.presentation.moments import local_moment, weekday
from approvals.presentation.names import reviewer_name, reviewer_names
from approvals.presentation.refusals import assurance_sentence
from approvals.presentation.spans import span

_WORTH_A_WORD = timedelta(minutes=1)


def chosen(submission: Submission, approval: Approval, *, rule: Rule | None, directory: Directory) -> Iterator[str]:
    """Yield which policy applies, and what chose it."""
    policy = approval.policy
    if rule:
        if submission.policy is None and submission.reviewers is None:
            yield f"The rule “{rule.name}” of the directory chose the policy “{policy.name}”."
        else:
            yield (
                f"The rule “{rule.name}” of the directory chose the policy “{policy.name}”, whatever the workflow asks"
                " for."
            )
    elif isinstance(submission.policy, str):
        yield f"The policy “{policy.name}” of the directory applies."
        if policy.callers:
            yield f"It may be used by {listed(policy.callers, word='or')} only."
    if not directory.allow_inline_policies:
        yield "Workflows may not define policies of their own."
    if calendar := calendar_of(policy):
        yield from _working_time(calendar, approval)


def by_itself(approval: Approval, rule: Rule) -> Iterator[str]:
    """Yield that a rule approves it, and nobody is asked."""
    assert rule.approve is not None  # noqa: S101  the caller has looked
    option = approval.content.option((approval.outcome and approval.outcome.option) or "")
    label = option.label if option else ""
    yield f"Nobody is asked: the rule “{rule.name}” of the directory approves it at once, with the answer “{label}”."
    yield f"Its reason: {rule.approve.because.strip().rstrip('.')}."
    yield ends_sentence("by a rule", approval, Status.APPROVED)


def everywhere(approval: Approval, *, directory: Directory, digest_window: timedelta) -> Iterator[str]:
    """Yield the conditions that apply to every step."""
    yield from _requester(approval)
    if approval.content.form:
        yield filling_in(approval.content.form)
    yield from _answers(approval)
    yield from _quiet_hours(approval)
    by_mail = any(one.seats and one.addresses and one.addresses[0][0] == "mail" for one in approval.reviewers)
    if by_mail and digest_window >= _WORTH_A_WORD and approval.content.risk != "high":
        yield f"Requests to the same person by mail within {span(digest_window)} are sent as one mail."
    match approval.policy.reassign:
        case "nobody":
            yield "Nobody may reassign their seat."
        case "anyone":
            yield "A reviewer may reassign their seat to anyone with an address."
        case "known" if directory.people:
            yield "A reviewer may reassign their seat to anyone in the directory."


def end(approval: Approval, *, state_timeout: int | None, timezone: str) -> Iterator[str]:
    """Yield when it ends, and what the workflow gets."""
    yield ends_sentence("once approved", approval, Status.APPROVED)
    yield from _after_rejections(approval)
    yield _time_limit(approval, state_timeout, timezone)
    yield deadline_sentence("still open", approval)
    more = any(stage.escalate for stage in approval.policy.stages)
    yield ends_sentence("too few are left, others later" if more else "too few are left", approval, Status.CANCELLED)


def _after_rejections(approval: Approval) -> Iterator[str]:
    """An answer with an output of its own never fails the state."""
    rejecting = [option for option in approval.content.options if option.side == "reject"]
    own = [option.label for option in rejecting if option.output is not None]
    if own:
        yield f"After {quoted(own)} the workflow goes on, with the output of that answer."
    if own and len(own) < len(rejecting):
        yield ends_sentence("after any other rejection", approval, Status.REJECTED)
    elif rejecting and not own:
        yield ends_sentence("after a rejection", approval, Status.REJECTED)


def _requester(approval: Approval) -> Iterator[str]:
    requester = approval.content.requester
    if not requester:
        return
    person = approval.reviewer(requester)
    if approval.policy.exclude_requester:
        yield f"{requester} is the requester and may not answer."
    elif person:
        yield f"{reviewer_name(person)} is the requester and may answer, too."
    if not approval.policy.tell_requester:
        yield "The requester is not notified of the outcome."


def _answers(approval: Approval) -> Iterator[str]:
    options = approval.content.options
    demanding = [option.label for option in options if comment_required(approval, option)]
    if demanding:
        every = len(demanding) == len(options)
        yield "Every answer needs a comment." if every else f"A comment is needed for {quoted(demanding)}."
    typed = [option.label for option in options if needs_confirmation(approval, option)]
    if typed:
        yield f"The risk is high: to answer {quoted(typed)}, a reviewer must type that word."
    if only := assurance_sentence(approval.policy.assurance):
        yield only
    elif not approval.policy.on_behalf:
        yield "Nobody else may answer on behalf of a reviewer, neither an operator nor an API key."


def _quiet_hours(approval: Approval) -> Iterator[str]:
    """Yield the quiet hours of people with a seat; people with the same hours are named together."""
    kept: dict[str, list[str]] = {}
    for reviewer in approval.reviewers:
        written_to = any(not approval.policy.stages[stage].quiet for stage, _ in reviewer.seats)
        if reviewer.quiet_hours and written_to:
            when = quiet_times(reviewer.quiet_hours, reviewer.timezone)
            kept.setdefault(when, []).extend(reviewer_names([reviewer]))
    if kept and approval.content.risk == "high":
        people = [*chain(*kept.values())]
        yield f"Since the risk is high, messages to {listed(people)} are sent in quiet hours, too."
        return
    for when, people in kept.items():
        yield f"Messages to {listed(people)} that are due {when} are sent afterwards."


def _working_time(calendar: Calendar, approval: Approval) -> Iterator[str]:
    yield f"Time counts in working hours: {weekly(calendar)}. Other time does not count."
    first, last = (at.astimezone(zone(calendar.timezone)).date() for at in (approval.created_at, approval.ends_at))
    off = [one for one in sorted(set(calendar.holidays)) if first <= one <= last and _would_work(calendar, one)]
    if off:
        yield f"Days off until then: {listed([weekday(one) for one in off])}."


def _would_work(calendar: Calendar, one: date) -> bool:
    """Return whether the holiday is on a working day; others are not mentioned."""
    return any(spans and one.weekday() in weekdays(days) for days, spans in calendar.hours.items())


def _time_limit(approval: Approval, state_timeout: int | None, timezone: str) -> str:
    """Return when the deadline is, and what set it."""
    at, calendar, timeout = (
        local_moment(approval.ends_at, timezone),
        calendar_of(approval.policy),
        approval.policy.timeout,
    )
    if timeout and approval.ends_at == later(calendar, approval.created_at, timeout):
        return f"The policy sets the deadline: {length(timeout, calendar)} after the submission, on {at}."
    lasts = span(approval.ends_at - approval.created_at)
    if state_timeout is None:
        return (
            f"The policy sets no deadline, so the limit of this gateway applies: {lasts} after the submission, on {at}."
        )
    return f"The deadline is shortly before the waiting state times out: {lasts} after the submission, on {at}."
