"""Phrases: names, lengths of time and moments as people say them. Nothing is decided here."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.calendar.time_zones import zone
from approvals.domain.eligibility.due_times import reminder_gaps
from approvals.domain.model.approval import Approval, Reviewer
from approvals.domain.model.policy import Remind, Stage
from approvals.domain.values import duration, duration_parts

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_BY = {"mail": "by mail", "slack": "in Slack"}


def names(reviewers: Iterable[Reviewer]) -> list[str]:
    return [reviewer.name or reviewer.id for reviewer in reviewers]


def listed(names: Sequence[str], *, cut: int = 6, nobody: str = "nobody", word: str = "and") -> str:
    if len(names) > cut:
        names = [*names[: cut - 1], f"{len(names) - cut + 1} others"]
    if len(names) < 2:
        return names[0] if names else nobody
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def is_or_are(names: Sequence[object]) -> str:
    return "are" if len(names) > 1 else "is"


def quoted(words: Iterable[str]) -> str:
    return listed([f"“{word}”" for word in words], cut=99)


def channel_name(reference: str) -> str:
    """A channel that is told: “#finance in Slack”, “team@example.com”."""
    channel, _, address = reference.partition(":")
    return f"{address.rpartition('/')[2]} in Slack" if channel == "slack" else address


def by_which_channel(reviewers: Sequence[Reviewer]) -> str:
    """“, by mail”, or who is written to where."""
    ways: dict[str, list[Reviewer]] = {}
    for reviewer in reviewers:
        if reviewer.addresses:
            ways.setdefault(_BY[reviewer.addresses[0][0]], []).append(reviewer)
    if len(ways) < 2 or len(reviewers) > 6:
        return f", {listed(sorted(ways), word='or')}" if ways else ""
    return f" ({', '.join(f'{listed(names(people))} {way}' for way, people in ways.items())})"


def moment(at: datetime, timezone: str) -> str:
    """“Monday, 9 March 2026, 10:30 (Europe/Berlin)”."""
    at = at.astimezone(zone(timezone))
    return f"{at:%A}, {day(at)}, {at:%H:%M}{' UTC' if timezone == 'UTC' else f' ({timezone})'}"


def day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"


def span(delta: timedelta) -> str:
    """“8 hours”, “1 day 12 hours”."""
    return _counted(int(delta.total_seconds()), _UNITS)


def roughly(delta: timedelta) -> str:
    """The same in the two largest units: “3 days 4 hours”."""
    for _, size in _UNITS:
        if delta.total_seconds() >= size:
            smaller = next((small for _, small in _UNITS if small < size), 1)
            return span(timedelta(seconds=int(delta.total_seconds()) // smaller * smaller))
    return "a moment"


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


def counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def step_name(approval: Approval, number: int) -> str:
    """“Step 1 of 2, “finance””; nothing where there is one step only."""
    stage, stages = approval.policy.stages[number], len(approval.policy.stages)
    name = f", “{stage.name}”" if stage.name else ""
    return f"Step {number + 1} of {stages}{name}" if stages > 1 else ""


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


def _counted(rest: int, units: Iterable[tuple[str, int]]) -> str:
    parts = []
    for unit, size in units:
        count, rest = divmod(rest, size)
        if count:
            parts.append(counted(count, unit))
    return " ".join(parts) or "no time"


def _dashed(text: str) -> str:
    return text.replace("-", "–")
