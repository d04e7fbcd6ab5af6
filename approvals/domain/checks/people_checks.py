"""Checks of the people in a directory that the schema cannot express: addresses, absences, delegates."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from approvals.domain.calendar.absence import Away, away_problems, back, begins
from approvals.domain.calendar.quiet_hours import quiet_problems
from approvals.domain.calendar.time_zones import zone_problems
from approvals.domain.directory.people import LONGEST_CHAIN, SLACK_ID, Directory, Person
from approvals.domain.json_reader import meant
from approvals.domain.mail_addresses import is_mail_address, look_alikes, read_mail_address, reference_key
from approvals.domain.problems import Problem


def people_problems(directory: Directory) -> Iterator[Problem]:
    for person in directory.people.values():
        path = f"people.{person.id}"
        yield from _address_problems(person, path)
        yield from _time_problems(person, path)
        yield from _delegate_problems(person, directory, path)
    yield from _shared_problems(directory.people.values())
    yield from _look_alike_problems(directory.people.values())
    yield from _chain_problems(directory)


def _address_problems(person: Person, path: str) -> Iterator[Problem]:
    if not (person.email or person.slack):
        yield Problem(path, "has no address; give an email or a slack id")
    if person.email is not None:
        yield from _mail_problems(person.email, f"{path}.email")
    if person.slack is not None and not SLACK_ID.fullmatch(person.slack):
        yield Problem(f"{path}.slack", f"“{person.slack}” is not the id of a Slack member, such as U024BE7LH")
    if person.notify and person.notify not in dict(person.addresses):
        yield Problem(f"{path}.notify", f"is {person.notify}, for which they have no address here")
    for n, alias in enumerate(person.aliases):
        if not is_mail_address(alias) and not (alias.startswith("slack:") and SLACK_ID.fullmatch(alias[6:])):
            yield Problem(f"{path}.aliases[{n}]", f"“{alias}” is neither an e-mail address nor slack:U…")


def _mail_problems(address: str, path: str) -> Iterator[Problem]:
    try:
        read_mail_address(address)
    except ValueError as reason:
        yield Problem(path, f"“{address}” {reason}")


def _time_problems(person: Person, path: str) -> Iterator[Problem]:
    """Check the rest as if the time zone were valid where it is not."""
    zone, wrong = person.timezone, list(zone_problems(person.timezone, f"{path}.timezone") if person.timezone else ())
    yield from wrong
    yield from away_problems(person.away, "UTC" if wrong else zone, f"{path}.away")
    if person.quiet_hours:
        yield from quiet_problems(person.quiet_hours, zone, f"{path}.quietHours")


def _delegate_problems(person: Person, directory: Directory, path: str) -> Iterator[Problem]:
    for n, away in enumerate(person.away):
        if away.delegate is None:
            continue
        where = f"{path}.away[{n}].delegate"
        delegate = directory.person(away.delegate)
        if away.delegate.startswith("group:"):
            yield Problem(where, "is a group; one person answers for another, so name a person")
        elif delegate is None:
            yield Problem(where, f"there is no person “{away.delegate}”{meant(away.delegate, directory.people)}")
        elif delegate.id == person.id:
            yield Problem(where, "is the person themselves; name somebody else, or leave it out")


def _shared_problems(people: Iterable[Person]) -> Iterator[Problem]:
    """Require that no two people share an address: one human with two entries would count twice.

    Slack member ids are compared without their workspace, since the default workspace is a setting.
    """
    known: dict[str, str] = {}
    for person in people:
        for where, reference in _references(person):
            bare = re.sub(r"^slack:[^/]*/", "slack:", reference_key(reference))
            other = known.setdefault(bare, person.id)
            if other != person.id:
                yield Problem(
                    f"people.{person.id}{where}",
                    f"“{reference}” is already an address of {other}; list each person once, with all their addresses",
                )


def _look_alike_problems(people: Iterable[Person]) -> Iterator[Problem]:
    """Require that no two addresses look alike: a reader would take one person for the other."""
    owners = {reference: person.id for person in people for _, reference in _references(person)}
    for one, other in look_alikes(owners):
        if owners[one] != owners[other]:
            yield Problem(f"people.{owners[one]}", f"“{one}” looks like “{other}” of {owners[other]}; remove one")


def _references(person: Person) -> Iterator[tuple[str, str]]:
    yield "", person.id
    if person.email:
        yield ".email", person.email
    if person.slack:
        yield ".slack", f"slack:{person.slack}"
    yield from ((f".aliases[{n}]", alias) for n, alias in enumerate(person.aliases))


class _Period(NamedTuple):
    begin: datetime
    end: datetime
    number: int
    delegate: str


_Windows = dict[str, list[_Period]]


def _chain_problems(directory: Directory) -> Iterator[Problem]:
    """Yield chains of delegates that are all away at one moment: cycles, and chains that are too long."""
    windows = {person.id: _periods(person, directory) for person in directory.people.values()}
    order = {name: n for n, name in enumerate(windows)}
    for name, periods in windows.items():
        for period in periods:
            path = f"people.{name}.away[{period.number}].delegate"
            for chain in _chains((name,), [period], windows, period.begin, period.end):
                said = " → ".join(chain)
                if chain[-1] in chain[:-1]:
                    if chain[-1] == name and min(chain, key=order.__getitem__) == name:
                        yield Problem(path, f"is a circle: {said} are all away then, so that nobody answers")
                else:
                    yield Problem(path, f"is a chain of more than {LONGEST_CHAIN} people: {said}; name who is there")


def _chains(
    chain: tuple[str, ...], periods: Iterable[_Period], windows: _Windows, begin: datetime, end: datetime
) -> Iterator[tuple[str, ...]]:
    """Return the chains within a period that end in a cycle or are too long."""
    for period in periods:
        first, last = max(begin, period.begin), min(end, period.end)
        if first >= last:
            continue
        longer = (*chain, period.delegate)
        if period.delegate in chain or len(longer) > LONGEST_CHAIN:
            yield longer
        else:
            yield from _chains(longer, windows.get(period.delegate, ()), windows, first, last)


def _periods(person: Person, directory: Directory) -> list[_Period]:
    """Return the absences that have a delegate. Invalid ones are reported elsewhere."""
    if list(_time_problems(person, "")):
        return []
    found = [(n, away, _delegate(away, directory)) for n, away in enumerate(person.away)]
    return [
        _Period(begins(away, person.timezone), back(away, person.timezone), n, delegate)
        for n, away, delegate in found
        if delegate not in (None, person.id)
    ]


def _delegate(away: Away, directory: Directory) -> str | None:
    person = directory.person(away.delegate) if away.delegate else None
    return person.id if person else None
