"""Business hours, quiet hours and durations that a calendar counts, as people read them."""

from datetime import timedelta
from typing import NamedTuple

from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.eligibility.due_times import reminder_gaps
from approvals.domain.model.policy import Remind, Stage
from approvals.domain.values import duration, duration_parts
from approvals.presentation.lists import counted, listed
from approvals.presentation.spans import UNITS, counted_span, span


def length(text: str, calendar: Calendar | None) -> str:
    """A `Duration` as it is counted: “8 hours”, by a calendar “8 working hours” or “1 working day 2 working hours”."""
    if calendar is None:
        return span(duration(text))
    weeks, days, rest = duration_parts(text)
    parts = [counted(count, f"working {unit}") for count, unit in ((weeks, "week"), (days, "day")) if count]
    return " ".join(parts + ([_open(rest)] if rest or not parts else []))


class _Reminders(NamedTuple):
    """When reminders come: counted from a moment that is known, or from the beginning of a step that is not."""

    after: str
    after_step: str


_ONCE = _Reminders("after {first}", "{first} after step {step} begins")
_TWICE = _Reminders("after {first} and again {every} later", "{first} after step {step} begins and again {every} later")
_EVENLY = _Reminders(
    "after {first} and then every {every}, {times} times in all",
    "{first} after step {step} begins and then every {every}, {times} times in all",
)
_GROWING = _Reminders(
    "after {first} and then with growing gaps ({gaps})",
    "{first} after step {step} begins and then with growing gaps ({gaps})",
)
_GROWING_ON = _Reminders(
    "after {first} and then with growing gaps ({one}, {two} and so on), {times} times in all",
    "{first} after step {step} begins and then with growing gaps ({one}, {two} and so on), {times} times in all",
)


def reminders_after(stage: Stage, calendar: Calendar | None) -> str:
    """When a stage's reminders come: “after 4 hours and again 2 hours later”; nothing where it has none."""
    words, facts = _reminders(stage, calendar)
    return words.after.format(**facts) if words else ""


def reminders_after_step(stage: Stage, calendar: Calendar | None, *, step: int) -> str:
    """The same for a step that has not begun: “4 hours after step 2 begins and again 2 hours later”."""
    words, facts = _reminders(stage, calendar)
    return words.after_step.format(step=step, **facts) if words else ""


def _reminders(stage: Stage, calendar: Calendar | None) -> tuple[_Reminders | None, dict[str, str]]:
    match stage.remind:
        case None:
            return None, {}
        case Remind() as remind:
            return _repeated(remind, calendar)
        case moments:
            lengths = [length(text, calendar) for text in sorted(moments, key=duration)]
            return (_ONCE, {"first": listed(lengths, cut=99)}) if lengths else (None, {})


def weekly(calendar: Calendar) -> str:
    """Its hours: “Mon-Fri 09:00-17:00, Sat 10:00-14:00 (Europe/Berlin)”."""
    hours = [(days, (spans,) if isinstance(spans, str) else spans) for days, spans in calendar.hours.items()]
    open_hours = [
        f"{days_of(days)} {listed([_dashed(one) for one in spans], cut=99)}" for days, spans in hours if spans
    ]
    return f"{', '.join(open_hours)} ({calendar.timezone})"


def quiet_times(quiet: QuietHours, timezone: str | None) -> str:
    """“between 20:00 and 07:00 and on Sat-Sun (Europe/Berlin)”."""
    timezone = timezone or "UTC"
    days = days_of(quiet.days or "")
    match bool(quiet.from_), bool(days):
        case True, True:
            return f"between {quiet.from_} and {quiet.to} and on {days} ({timezone})"
        case True, False:
            return f"between {quiet.from_} and {quiet.to} ({timezone})"
        case _:
            return f"on {days} ({timezone})"


def days_of(text: str) -> str:
    """`mon, wed-fri` as “Mon, Wed-Fri”."""
    return _dashed(text.title())


def _repeated(remind: Remind, calendar: Calendar | None) -> tuple[_Reminders, dict[str, str]]:
    every, times = length(remind.every or remind.after, calendar), str(remind.times)
    facts = {"first": length(remind.after, calendar), "times": times}
    if remind.times == 1:
        return _ONCE, facts
    if remind.times == 2:
        return _TWICE, {**facts, "every": every}
    if remind.backoff == 1:
        return _EVENLY, {**facts, "every": every.removeprefix("1 ")}
    gaps = [length(gap, calendar) for gap in reminder_gaps(remind, calendar)[1:]]
    if len(gaps) > 4:
        return _GROWING_ON, {**facts, "one": gaps[0], "two": gaps[1]}
    return _GROWING, {**facts, "gaps": listed(gaps)}


def _open(rest: timedelta) -> str:
    units = [(f"working {unit}", size) for unit, size in UNITS[1:]]
    return counted_span(int(rest.total_seconds()), units)


def _dashed(text: str) -> str:
    return text.replace("-", "–")
