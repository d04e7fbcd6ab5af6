"""Business hours, quiet hours and durations that a calendar counts, as people read them."""

from datetime import timedelta

from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.eligibility.due_times import reminder_gaps
from approvals.domain.model.policy import Remind, Stage
from approvals.domain.values import duration, duration_parts
from approvals.presentation.lists import counted, listed
from approvals.presentation.spans import _UNITS, _counted, span


def length(text: str, calendar: Calendar | None) -> str:
    """A `Duration` as it is counted: “8 hours”, by a calendar “8 working hours” or “1 working day 2 working hours”."""
    if calendar is None:
        return span(duration(text))
    weeks, days, rest = duration_parts(text)
    parts = [counted(count, f"working {unit}") for count, unit in ((weeks, "week"), (days, "day")) if count]
    return " ".join(parts + ([_open(rest)] if rest or not parts else []))


def reminding(stage: Stage, calendar: Calendar | None) -> tuple[str, str]:
    """When a stage's reminders come: the first length of time, and what follows it."""
    match stage.remind:
        case None:
            return "", ""
        case Remind() as remind:
            return length(remind.after, calendar), _repeated(remind, calendar)
        case moments:
            return listed([length(text, calendar) for text in sorted(moments, key=duration)], cut=99), ""


def weekly(calendar: Calendar) -> str:
    """Its hours: “Mon-Fri 09:00-17:00, Sat 10:00-14:00 (Europe/Berlin)”."""
    hours = [(days, (spans,) if isinstance(spans, str) else spans) for days, spans in calendar.hours.items()]
    open_hours = [
        f"{days_of(days)} {listed([_dashed(one) for one in spans], cut=99)}" for days, spans in hours if spans
    ]
    return f"{', '.join(open_hours)} ({calendar.timezone})"


def quiet_times(quiet: QuietHours, timezone: str | None) -> str:
    """“between 20:00 and 07:00 and on Sat-Sun (Europe/Berlin)”."""
    hours = f"between {quiet.from_} and {quiet.to}" if quiet.from_ else ""
    days = f"on {days_of(quiet.days)}" if quiet.days else ""
    return f"{' and '.join(filter(None, (hours, days)))} ({timezone or 'UTC'})"


def days_of(text: str) -> str:
    """`mon, wed-fri` as “Mon, Wed-Fri”."""
    return _dashed(text.title())


def _repeated(remind: Remind, calendar: Calendar | None) -> str:
    every = length(remind.every or remind.after, calendar)
    if remind.times == 1:
        return ""
    if remind.times == 2:
        return f" and again {every} later"
    if remind.backoff == 1:
        return f" and then every {every.removeprefix('1 ')}, {remind.times} times in all"
    gaps = [length(gap, calendar) for gap in reminder_gaps(remind, calendar)[1:]]
    if len(gaps) > 4:
        return f" and then with growing gaps ({gaps[0]}, {gaps[1]} and so on), {remind.times} times in all"
    return f" and then with growing gaps ({listed(gaps)})"


def _open(rest: timedelta) -> str:
    units = [(f"working {unit}", size) for unit, size in _UNITS[1:]]
    return _counted(int(rest.total_seconds()), units)


def _dashed(text: str) -> str:
    return text.replace("-", "–")
