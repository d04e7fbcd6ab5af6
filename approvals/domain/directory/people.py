"""Directory: the people, groups and named policies that a deployment knows, and what a reference to them means."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Literal

import msgspec

from approvals.domain.calendar.absence import Away, away_at, next_change
from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.model.policy import Policy
from approvals.domain.model.rule import Rule
from approvals.domain.problems import Problem
from approvals.domain.values import Value

EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]{2,}")
NAMED = re.compile(r"\s*(?P<name>[^<>]*[^<>\s])\s*<(?P<address>[^<>\s]+)>\s*")
SLACK_ID = re.compile(r"(?:T[A-Z0-9]{4,20}/)?[UW][A-Z0-9]{4,20}")
LONGEST_CHAIN = 5
"""People, of whom each but the last is away and has named the next."""
DEEPEST_NESTING = 20


class Person(Value, frozen=True, kw_only=True):
    """Somebody with at least one address. `id` is the same whichever address they were named by."""

    id: str
    name: str = ""
    email: str | None = None
    slack: str | None = None
    aliases: tuple[str, ...] = ()
    """Further addresses of the same human, as references."""
    timezone: str | None = None
    locale: str | None = None
    notify: Literal["mail", "slack"] | None = None
    """The channel they want to be written to in; Slack where they have both and it is set up."""
    away: tuple[Away, ...] = ()
    quiet_hours: QuietHours | None = None

    @property
    def addresses(self) -> Iterator[tuple[str, str]]:
        """(channel, address) pairs."""
        if self.email:
            yield "mail", self.email
        if self.slack:
            yield "slack", self.slack

    @property
    def references(self) -> Iterator[str]:
        """Everything they may be named by, in lower case."""
        yield self.id.casefold()
        yield from (alias.casefold() for alias in self.aliases)
        if self.email:
            yield self.email.casefold()
        if self.slack:
            yield f"slack:{self.slack}".casefold()

    def away_at(self, at: datetime) -> Away | None:
        return away_at(self.away, self.timezone, at) if self.away else None

    def next_change(self, at: datetime) -> datetime | None:
        """When they next leave or come back."""
        return next_change(self.away, self.timezone, at) if self.away else None


class Directory(Value, frozen=True, kw_only=True, dict=True):
    """Who is known by name. An empty one still understands plain addresses."""

    people: dict[str, Person] = {}
    groups: dict[str, tuple[str, ...]] = {}
    policies: dict[str, Policy] = {}
    calendars: dict[str, Calendar] = {}
    rules: tuple[Rule, ...] = ()
    allow_inline_policies: bool = True
    slack_team: str = ""
    """The workspace in Slack of which the ids are that name none: with and without its name they are one person."""

    @property
    def knows_anybody(self) -> bool:
        """Whether who a reference means can change with this file."""
        return bool(self.people or self.groups)

    def person(self, reference: str) -> Person | None:
        """The one person a reference names: a known name or address, else somebody known by this address alone."""
        if named := NAMED.fullmatch(reference):
            return self._named(named["name"], named["address"])
        reference = reference.strip()
        known = self.people.get(reference) or self._by_reference.get(self._shortest(reference).casefold())
        if known:
            return known
        if reference.startswith("slack:") and SLACK_ID.fullmatch(reference[6:]):
            return self._in_slack(self._shortest(reference)[6:])
        if EMAIL.fullmatch(reference):
            return Person(id=reference.casefold(), name=reference, email=reference)
        return None

    def resolve(self, reference: str, path: str) -> tuple[list[Person], list[Problem]]:
        """The people a reference stands for, and what is wrong with it."""
        if reference.startswith("group:"):
            return self._members(reference.removeprefix("group:"), path, frozenset(), set())
        person = self.person(reference)
        if person is None:
            return [], [
                Problem(
                    path,
                    f"“{reference}” is neither an address (name@host, Name <name@host> or slack:U…) nor a known person",
                )
            ]
        return [person], []

    def stand_in(self, person: Person, at: datetime) -> Person | None:
        """Who answers for somebody who is away: their delegate, or the delegate's; None where there is none."""
        *_, last = self.chain(person, at)
        return None if last.away_at(at) else last

    def chain(self, person: Person, at: datetime) -> Iterator[Person]:
        """That person, while they are away their delegate, and so on to the first who is there, if there is one."""
        met: set[str] = set()
        while person.id not in met and len(met) < LONGEST_CHAIN:
            yield person
            met.add(person.id)
            away = person.away_at(at)
            delegate = self.person(away.delegate) if away and away.delegate else None
            person = delegate or person

    def _named(self, name: str, address: str) -> Person | None:
        """`Ana Silva <ana@example.com>`: the name is only used for somebody who has none here."""
        person = self.person(address)
        unnamed = person is not None and person.name in (person.email, person.slack)
        return msgspec.structs.replace(person, name=name) if person and unnamed else person

    def _in_slack(self, slack: str) -> Person:
        whole = (f"slack:{self.slack_team}/{slack}",) if self.slack_team and "/" not in slack else ()
        return Person(id=f"slack:{slack}", name=slack, slack=slack, aliases=whole)

    def _shortest(self, reference: str) -> str:
        """Without the workspace, where it is the one that is meant anyway."""
        ours = f"slack:{self.slack_team}/"
        theirs = self.slack_team and reference[: len(ours)].casefold() == ours.casefold()
        return f"slack:{reference[len(ours) :]}" if theirs else reference

    def _members(
        self, name: str, path: str, above: frozenset[str], seen: set[str]
    ) -> tuple[list[Person], list[Problem]]:  # fmt: skip
        """Of a group that stands in several others, once: nesting must not multiply."""
        if name in above:
            return [], [Problem(path, f"group “{name}” contains itself")]
        if name not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            return [], [Problem(path, f"there is no group “{name}”; known are: {known}")]
        if len(above) >= DEEPEST_NESTING:
            return [], [Problem(path, f"group “{name}” is nested more than {DEEPEST_NESTING} deep")]
        people: list[Person] = []
        problems: list[Problem] = []
        for member in () if name in seen else self.groups[name]:
            if member.startswith("group:"):
                found, wrong = self._members(member.removeprefix("group:"), path, above | {name}, seen)
            else:
                found, wrong = self.resolve(member, path)
            people += found
            problems += wrong
        seen.add(name)
        return people, problems

    @cached_property
    def _by_reference(self) -> dict[str, Person]:
        """The first who has an address keeps it; that nobody shares one is checked where the file is read."""
        found: dict[str, Person] = {}
        for person in self.people.values():
            for reference in person.references:
                found.setdefault(self._shortest(reference).casefold(), person)
        return found
