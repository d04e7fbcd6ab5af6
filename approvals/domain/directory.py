"""Directory: the people, groups and named policies that a deployment knows, and what a reference to them means."""

import re
from collections.abc import Iterator

import msgspec

from approvals.domain.errors import Fault
from approvals.domain.policy import Policy
from approvals.domain.values import Value

EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]{2,}")
NAMED = re.compile(r"\s*(?P<name>[^<>]*[^<>\s])\s*<(?P<address>[^<>\s]+)>\s*")
SLACK_ID = re.compile(r"[UW][A-Z0-9]{4,20}")


class Person(Value, frozen=True, kw_only=True):
    """Somebody with at least one address. `id` is the same whichever address they were named by."""

    id: str
    name: str = ""
    email: str | None = None
    slack: str | None = None
    timezone: str | None = None

    @property
    def addresses(self) -> Iterator[tuple[str, str]]:
        """(channel, address) pairs."""
        if self.email:
            yield "mail", self.email
        if self.slack:
            yield "slack", self.slack


class Directory(Value, frozen=True, kw_only=True):
    """Who is known by name. An empty one still understands plain addresses."""

    people: dict[str, Person] = {}
    groups: dict[str, tuple[str, ...]] = {}
    policies: dict[str, Policy] = {}

    def person(self, reference: str) -> Person | None:
        """The one person a reference names: a known name or address, else somebody known by this address alone."""
        if named := NAMED.fullmatch(reference):
            return self._named(named["name"], named["address"])
        known = self.people.get(reference) or self._by_address(reference)
        if known:
            return known
        if reference.startswith("slack:") and SLACK_ID.fullmatch(reference[6:]):
            return Person(id=reference, name=reference[6:], slack=reference[6:])
        if EMAIL.fullmatch(reference):
            return Person(id=reference.casefold(), name=reference, email=reference)
        return None

    def resolve(self, reference: str, path: str) -> tuple[list[Person], list[Fault]]:
        """The people a reference stands for, and what is wrong with it."""
        if reference.startswith("group:"):
            return self._members(reference.removeprefix("group:"), path, frozenset())
        person = self.person(reference)
        if person is None:
            return [], [
                Fault(
                    path,
                    f"“{reference}” is neither an address (name@host, Name <name@host> or slack:U…) nor a known person",
                )
            ]
        return [person], []

    def _named(self, name: str, address: str) -> Person | None:
        """`Ana Silva <ana@example.com>`: the name is only used for somebody who has none here."""
        person = self.person(address)
        unnamed = person is not None and person.name in (person.email, person.slack)
        return msgspec.structs.replace(person, name=name) if person and unnamed else person

    def _members(self, name: str, path: str, above: frozenset[str]) -> tuple[list[Person], list[Fault]]:
        if name in above:
            return [], [Fault(path, f"group “{name}” contains itself")]
        if name not in self.groups:
            known = ", ".join(sorted(self.groups)) or "none"
            return [], [Fault(path, f"there is no group “{name}”; known are: {known}")]
        people: list[Person] = []
        faults: list[Fault] = []
        for member in self.groups[name]:
            if member.startswith("group:"):
                found, wrong = self._members(member.removeprefix("group:"), path, above | {name})
            else:
                found, wrong = self.resolve(member, path)
            people += found
            faults += wrong
        return people, faults

    def _by_address(self, address: str) -> Person | None:
        plain = address.removeprefix("slack:")
        return next(
            (
                person
                for person in self.people.values()
                if plain == person.slack or (person.email and address.casefold() == person.email.casefold())
            ),
            None,
        )
