"""The forecast: the events of an approval that nobody answers. The schedule runs on a copy, which is not stored."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from approvals.domain.calendar.absence import back
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.due_times import calendar_of, reminder_moments
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.notices import asked_notices
from approvals.domain.lifecycle.schedule import advance, next_action, pass_deadline, unanswered
from approvals.domain.model.approval import Approval, Change, Note, Reviewer, Status
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Message, Notice
from approvals.domain.model.messages.topics import Reminded
from approvals.domain.values import Value, duration
from approvals.presentation.explain.calendars import length, reminders_after_step
from approvals.presentation.explain.outcome_sentences import deadline_sentence, ends_sentence, step_deadline_sentence
from approvals.presentation.explain.people_sentences import of_people
from approvals.presentation.explain.stage_sentences import (
    escalated,
    is_written_to,
    joining_sentence,
    reminded_sentence,
    turn_sentence,
)
from approvals.presentation.lists import listed
from approvals.presentation.names import reviewer_names

MOST = 100
_MOST_SEATS_PLAYED = 5000
Kind = Literal["asked", "answered", "reminded", "escalated", "changed", "attended", "sent", "ended"]


class Moment(Value, frozen=True, kw_only=True, omit_defaults=False):
    """An event: `at` a moment, or `after` another event whose time is not known."""

    kind: Kind
    step: int | None = None
    at: datetime | None = None
    after: str | None = None
    what: str

    @property
    def when(self) -> str:
        """Return when an event of a later step comes: “When step 1 is done”, “4 hours after step 2 begins”."""
        if self.kind == "asked" and self.step:
            return f"When step {self.step - 1} is done"
        return self.after or ""


def forecast(
    approval: Approval, *, people: People, now: datetime, waiting: Iterable[Message] = (), most: int = MOST
) -> tuple[Moment, ...]:
    """Return every moment until the end if nobody answers. If there are too many, the later reminders are left out.

    `waiting` are queued messages, some of which wait for the end of quiet hours.
    """
    moments: list[Moment] = []
    wakes = _wakes(waiting)
    for before, since, left, change in _played(approval, people=people, now=now):
        times = [at for at in left if since <= at < change.note.at]
        for at in times[: max(most - len(moments), 0)]:
            said = reminded_sentence(before.current_stage)
            moments.append(Moment(kind="reminded", step=before.stage + 1, at=at, what=said))
            wakes |= _wakes(
                asked_notices(before, unanswered(before), about=Reminded(before.stage, before.reminded), now=at)
            )
        moments += _sent_later(before, {wake for wake in wakes if since <= wake[0] < change.note.at})
        if not unnoticed(change.note):
            moments.append(_happens(before, change, people.directory))
        wakes |= _wakes(change.messages)
    return tuple(sorted(moments, key=_when))


def later_steps(approval: Approval, *, since: int) -> Iterator[Moment]:
    """Yield the events of the steps from `since` on, counted from the beginning of each step."""
    calendar = calendar_of(approval.policy)
    for number in range(since, len(approval.policy.stages)):
        stage, step = approval.policy.stages[number], number + 1
        yield Moment(kind="asked", step=step, after=f"step {number} is done", what=turn_sentence(approval, number))
        begins = f"after step {step} begins"
        when = reminders_after_step(stage, calendar, step=step)
        if when and is_written_to(stage):
            yield Moment(kind="reminded", step=step, after=when, what=reminded_sentence(stage))
        for n in sorted(range(len(stage.escalate)), key=lambda n: duration(stage.escalate[n].after)):
            after = f"{length(stage.escalate[n].after, calendar)} {begins}"
            yield Moment(kind="escalated", step=step, after=after, what=escalated(approval, number=number, step=n))
        if stage.timeout:
            said = step_deadline_sentence("time of a step is up", approval, number)
            yield Moment(kind="ended", step=step, after=f"{length(stage.timeout, calendar)} {begins}", what=said)


def first_unbegun(approval: Approval, moments: Iterable[Moment]) -> int:
    """Return the first stage that does not begin by itself within these moments."""
    return max([approval.stage + 1, *(moment.step or 0 for moment in moments)])


def _wakes(messages: Iterable[Message]) -> set[tuple[datetime, int]]:
    """Return when quiet hours end for which messages wait, with the recipients."""
    notices = (message for message in messages if isinstance(message, Notice))
    return {
        (one.not_before, one.audience.number)
        for one in notices
        if one.not_before and isinstance(one.audience, ForReviewer)
    }


def _sent_later(approval: Approval, wakes: set[tuple[datetime, int]]) -> Iterator[Moment]:
    """Yield the events of messages sent at that moment to people who may still answer."""
    for at in sorted({at for at, _ in wakes}):
        people = reviewer_names(reviewer for reviewer in approval.eligible if (at, reviewer.number) in wakes)
        if people:
            said = f"Quiet hours end, and messages are sent to {listed(people)}."
            yield Moment(kind="sent", step=approval.stage + 1, at=at, what=said)


def _played(
    approval: Approval, *, people: People, now: datetime
) -> Iterator[tuple[Approval, datetime, list[datetime], Change]]:
    """Yield each change except reminders, with the state before it, its beginning, and the reminders left then.

    Overdue changes happen now. After a limit of changes, which bounds the work, the next one is the final deadline.
    Reminders change nothing, and running each of them with hundreds of people would take seconds.
    """
    since, left, most = (
        now,
        _reminders_left(approval, now),
        max(25, _MOST_SEATS_PLAYED // max(len(approval.reviewers), 1)),
    )
    for count in range(most + 1):
        if not approval.pending:
            return
        approval = _without_reminders(approval, since)
        if count == most:
            approval = replace(approval, deadline=approval.ends_at, next_action_at=approval.ends_at)
        change = _next(approval, since, people=people)
        yield approval, since, left, change
        if change.approval.pending and change.approval.stage != approval.stage:
            left = _reminders_left(change.approval, change.note.at)
        approval, since = change.approval, change.note.at


def _next(approval: Approval, now: datetime, *, people: People) -> Change:
    at = max(approval.next_action_at or now, now)
    change = advance(approval, at, people=people)
    return change or pass_deadline(approval, max(at, approval.deadline))


def _without_reminders(approval: Approval, now: datetime) -> Approval:
    after = replace(approval, reminded=len(reminder_moments(approval)))
    return replace(after, next_action_at=next_action(after, now))


def _reminders_left(approval: Approval, now: datetime) -> list[datetime]:
    left = reminder_moments(approval)[approval.reminded :] if is_written_to(approval.current_stage) else ()
    return sorted({max(at, now) for at in left})


def _when(moment: Moment) -> datetime:
    assert moment.at is not None  # noqa: S101  every forecast moment has a time
    return moment.at


def _happens(before: Approval, change: Change, directory: Directory) -> Moment:
    kind, what = _words(before, change, directory)
    step = change.approval.stage + 1 if change.approval.pending else None
    return Moment(kind=kind, step=step, at=change.note.at, what=what)


def _words(before: Approval, change: Change, directory: Directory) -> tuple[Kind, str]:
    after, note = change.approval, change.note
    match note.event:
        case "escalated":
            return "escalated", joined(after, note, number=after.stage)
        case "reseated":
            return "changed", reseated(after, note, directory)
        case "agreed" if after.pending:
            return (
                "asked",
                f"Enough have agreed, and step {after.stage + 1} begins: {turn_sentence(after, after.stage)}",
            )
        case "passed" if after.pending:
            up = f"The time of step {before.stage + 1} is up, and step {after.stage + 1} begins"
            return "asked", f"{up}: {turn_sentence(after, after.stage)}"
        case "agreed":
            return "ended", ends_sentence("enough agreed", after, Status.APPROVED)
        case "cancelled":
            reason = note.facts["reason"].rstrip(".")
            return "ended", ends_sentence("cancelled", after, Status.CANCELLED, reason=reason)
    if before.deadline < before.ends_at:
        occasion = "time of a step is up" if len(before.policy.stages) > 1 else "time of this step is up"
        return "ended", step_deadline_sentence(occasion, before, before.stage)
    return "ended", deadline_sentence("time is up", before)


def unnoticed(note: Note) -> bool:
    """Return whether a change only reordered seats: nobody joined and nobody left."""
    return note.event == "reseated" and not note.facts.get("asked") and not note.facts.get("left")


def joined(approval: Approval, note: Note, *, number: int) -> str:
    """Return the reviewers who joined by an escalation."""
    new = reviewer_names(_people(approval, note.facts.get("to", ())))
    return joining_sentence(approval, new, number=number, replacing=note.facts.get("mode") == "replace")


def reseated(approval: Approval, note: Note, directory: Directory) -> str:
    """Return who may answer from then on, who no longer may, and why."""
    new, gone = (_people(approval, note.facts.get(fact, ())) for fact in ("asked", "left"))
    comers, leavers = reviewer_names(new), reviewer_names(gone)
    if gone and all(_away(r, directory, note.at) for r in gone):
        away = of_people("away", leavers)
        return f"{away} {of_people('asked in their place', comers)}" if new else away
    if new and gone and all(_is_back(r, directory, since=approval.created_at, at=note.at) for r in new):
        return of_people("back", comers, others=listed(leavers))
    if not new:
        return of_people("may no longer answer", leavers)
    asked = of_people("asked", comers)
    return f"{asked} {of_people('may no longer answer', leavers)}" if gone else asked


def _away(reviewer: Reviewer, directory: Directory, at: datetime) -> bool:
    person = directory.person(reviewer.id)
    return person is not None and person.away_at(at) is not None


def _is_back(reviewer: Reviewer, directory: Directory, *, since: datetime, at: datetime) -> bool:
    """Return whether an absence of this person has ended in that time."""
    person = directory.person(reviewer.id)
    return person is not None and any(since < back(one, person.timezone) <= at for one in person.away)


def _people(approval: Approval, ids: Iterable[str]) -> tuple[Reviewer, ...]:
    return tuple(r for r in approval.reviewers if r.id in ids)
