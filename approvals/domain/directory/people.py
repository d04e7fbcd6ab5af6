"""The people, groups and named policies of a deployment, and the resolution of references to them."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Literal

import msgspec

from approvals.domain.calendar.absence import Away, away_at, next_change
from approvals.domain.calendar.business_hours import Calendar
from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.mail_addresses import is_mail_address, read_mail_address, reference_key
from approvals.domain.model.policy import Policy
from approvals.domain.model.rule import Rule
from approvals.domain.problems import Problem
from approvals.domain.values import Value

NAMED = re.compile(r"\s*(?P<name>[^<>]*[^<>\s])\s*<(?P<address>[^<>\s]+)>\s*")
SLACK_ID = re.compile(r"(?:T[A-Z0-9]{4,20}/)?[UW][A-Z0-9]{4,20}")
LONGEST_CHAIN = 5
"""People in a chain of delegates, each of whom but the last is away."""
DEEPEST_NESTING = 20
MOST_REMEMBERED = 4096
"""References whose person is remembered, some two megabytes: requesters of all submissions must not fill the memory."""


class Person(Value, frozen=True, kw_only=True):
    """A person with at least one address. `id` is the same for each of their addresses."""

    id: str
    name: str = ""
    email: str | None = None
    slack: str | None = None
    aliases: tuple[str, ...] = ()
    """Further addresses of the same human, as references."""
    timezone: str | None = None
    locale: str | None = None
    notify: Literal["mail", "slack"] | None = None
    """The channel that they prefer. By default Slack, where they have both and it is set up."""
    away: tuple[Away, ...] = ()
    quiet_hours: QuietHours | None = None

    @property
    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield (channel, address) pairs, that of mail first."""
        if self.email:
            yield "mail", self.email
        if self.slack:
            yield "slack", self.slack

    @property
    def references(self) -> Iterator[str]:
        """Yield the key of each of their names and addresses."""
        yield reference_key(self.id)
        yield from map(reference_key, self.aliases)
        if self.email:
            yield reference_key(self.email)
        if self.slack:
            yield reference_key(f"slack:{self.slack}")

    def away_at(self, at: datetime) -> Away | None:
        return away_at(self.away, self.timezone, at) if self.away else None

    def next_change(self, at: datetime) -> datetime | None:
        """Return when they next leave or come back."""
        return next_change(self.away, self.timezone, at) if self.away else None


class Directory(Value, frozen=True, kw_only=True, dict=True):
    """The people, groups and policies by name. An empty directory still resolves plain addresses."""

    people: dict[str, Person] = {}
    groups: dict[str, tuple[str, ...]] = {}
    policies: dict[str, Policy] = {}
    calendars: dict[str, Calendar] = {}
    rules: tuple[Rule, ...] = ()
    allow_inline_policies: bool = True
    slack_team: str = ""
    """The default Slack workspace: an id with this workspace and one without any are the same person."""

    @property
    def knows_anybody(self) -> bool:
        """Return whether a reference can resolve to other people after a change of the file."""
        return bool(self.people or self.groups)

    def person(self, reference: str) -> Person | None:
        """Return the one person of a reference: by a known name or address, else by the address alone."""
        return self._remembered(reference)

    @cached_property
    def _remembered(self) -> Callable[[str], Person | None]:
        """Look each reference up once: a change asks for the same few people again and again."""
        return lru_cache(MOST_REMEMBERED)(self._found)

    def _found(self, reference: str) -> Person | None:
        if named := NAMED.fullmatch(reference):
            return self._named(named["name"], named["address"])
        reference = reference.strip()
        known = self.people.get(reference) or self._by_reference.get(reference_key(self._shortest(reference)))
        if known:
            return known
        if reference.startswith("slack:") and SLACK_ID.fullmatch(reference[6:]):
            return self._in_slack(self._shortest(reference)[6:])
        if is_mail_address(reference):
            return Person(id=reference_key(reference), name=reference, email=reference)
        return None

    def resolve(self, reference: str, path: str) -> tuple[list[Person], list[Problem]]:
        """Return the people of a reference, and the problems with it."""
        if reference.startswith("group:"):
            return self._members(reference.removeprefix("group:"), path, frozenset(), set())
        person = self.person(reference)
        if person is None:
            return [], [Problem(path, f"“{reference}” {_why_nobody(reference)}")]
        return [person], []

    def stand_in(self, person: Person, at: datetime) -> Person | None:
        """Return who answers for a person who is away: their delegate, or the delegate's; None where there is none."""
        *_, last = self.chain(person, at)
        return None if last.away_at(at) else last

    def chain(self, person: Person, at: datetime) -> Iterator[Person]:
        """Yield the person and, while each is away, their delegate, up to the first who is present."""
        met: set[str] = set()
        while person.id not in met and len(met) < LONGEST_CHAIN:
            yield person
            met.add(person.id)
            away = person.away_at(at)
            delegate = self.person(away.delegate) if away and away.delegate else None
            person = delegate or person

    def _named(self, name: str, address: str) -> Person | None:
        """Resolve `Ana Silva <ana@example.com>`; the name is used only where the directory has none."""
        person = self.person(address)
        unnamed = person is not None and person.name in (person.email, person.slack)
        return msgspec.structs.replace(person, name=name) if person and unnamed else person

    def _in_slack(self, slack: str) -> Person:
        whole = (f"slack:{self.slack_team}/{slack}",) if self.slack_team and "/" not in slack else ()
        return Person(id=f"slack:{slack}", name=slack, slack=slack, aliases=whole)

    def _shortest(self, reference: str) -> str:
        """Return the reference without the workspace, where that is the default one."""
        ours = f"slack:{self.slack_team}/"
        theirs = self.slack_team and reference[: len(ours)].lower() == ours.lower()
        return f"slack:{reference[len(ours) :]}" if theirs else reference

    def _members(
        self, name: str, path: str, above: frozenset[str], seen: set[str]
    ) -> tuple[list[Person], list[Problem]]:  # fmt: skip
        """Return the members of a group, each nested group once: nesting must not multiply the work."""
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
        """Index people by address; that no two share one is checked when the file is read."""
        found: dict[str, Person] = {}
        for person in self.people.values():
            for reference in person.references:
                found.setdefault(reference_key(self._shortest(reference)), person)
        return found


def _why_nobody(reference: str) -> str:
    """Return why a reference resolves to nobody."""
    named = NAMED.fullmatch(reference)
    address = named["address"] if named else reference.strip()
    if "@" in address and not address.isascii():
        try:
            read_mail_address(address)
        except ValueError as reason:
            return str(reason)
    return "is neither an address (name@host, Name <name@host> or slack:U…) nor a known person"
