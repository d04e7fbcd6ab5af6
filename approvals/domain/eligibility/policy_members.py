"""The people whom a policy names, and whether they can be reached. `reevaluation` decides who may answer now."""

from collections.abc import Iterator

import msgspec

from approvals.domain.directory.people import Directory, Person
from approvals.domain.mail_addresses import look_alikes, read_mail_address, reference_key
from approvals.domain.model.approval import Join, Seat
from approvals.domain.model.policy import ASSURANCES, Assurance, Policy
from approvals.domain.model.reasons import NoSeat
from approvals.domain.problems import Problem
from approvals.domain.values import Value

MOST_REVIEWERS = 500
ID_LENGTH = 320


class Reach(Value, frozen=True, kw_only=True):
    """The channels that this deployment can write to, and the strongest proof of identity that it can take."""

    channels: frozenset[str] = frozenset({"mail"})
    assurance: Assurance = "link"
    ascii_mail: bool = False
    """Whether mail goes to addresses in ASCII only, as by SES. A domain beyond ASCII has an ASCII form."""

    def takes(self, channel: str, address: str) -> bool:
        """Return whether this deployment can write to the address."""
        if channel not in self.channels:
            return False
        return channel != "mail" or not self.ascii_mail or _in_ascii(address)


def _in_ascii(address: str) -> bool:
    """Return whether the form of an address to which mail is sent is ASCII."""
    try:
        return address.isascii() or read_mail_address(address).text.isascii()
    except ValueError:
        return False


class People(Value, frozen=True, kw_only=True):
    """The people whom this deployment knows, and the channels by which it reaches them."""

    directory: Directory = Directory()
    reach: Reach = Reach()
    fingerprint: str | None = None
    """Of the people, the groups and the channels; None without a directory, so that nobody can change."""


class Seating(Value, frozen=True, kw_only=True):
    """The seats of one person, and how they came to them."""

    person: Person
    seats: tuple[Seat, ...] = ()
    joins: tuple[Join, ...] = ()
    extra: tuple[Seat, ...] = ()
    instead_of: tuple[int, ...] = ()
    own: bool = True
    """Whether they still have the seats in which the policy names them."""
    why_not: NoSeat | None = None


def resolve_members(
    policy: Policy, *, directory: Directory, requester: str | None, path: str, reach: Reach | None = None
) -> tuple[dict[str, Seating], list[Problem]]:
    """Return the members of a policy by their id, and the problems of its references.

    With `reach`, members who cannot be reached are problems, too.
    """
    excluded = excluded_id(policy, directory, requester)
    seatings: dict[str, Seating] = {}
    problems: list[Problem] = []
    for where, reference, seats, joins in _references(policy, path):
        people, wrong = directory.resolve(reference, where)
        problems += wrong
        for person in people:
            problems += _address_problems(person, where, reach) if reach else ()
            if person.id != excluded:
                before = seatings.get(person.id, Seating(person=person))
                joined = {"seats": union(before.seats, seats), "joins": union(before.joins, joins)}
                seatings[person.id] = msgspec.structs.replace(before, **joined)
    return seatings, problems


def excluded_id(policy: Policy, directory: Directory, requester: str | None) -> str | None:
    """Return the id of the requester where the policy excludes them from deciding."""
    if requester is None or not policy.exclude_requester:
        return None
    person = directory.person(requester)
    return person.id if person else reference_key(requester)


def check_members(
    policy: Policy, *, people: People, requester: str | None, path: str
) -> tuple[dict[str, Seating], list[Problem]]:
    """Return the members of a policy, and a problem if there are too many or one cannot be reached."""
    directory, reach = people.directory, people.reach
    seatings, problems = resolve_members(policy, directory=directory, requester=requester, path=path, reach=reach)
    if len(seatings) > MOST_REVIEWERS:
        return {}, [Problem(path, f"names {len(seatings)} people; at most {MOST_REVIEWERS} can be asked")]
    return seatings, [*problems, *_look_alike_problems(seatings, requester=requester, path=path)]


def _look_alike_problems(seatings: dict[str, Seating], *, requester: str | None, path: str) -> Iterator[Problem]:
    """Yield a problem for two addresses that look the same and are not: a mail would go to the wrong person."""
    addresses = [seating.person.email for seating in seatings.values() if seating.person.email]
    for one, other in look_alikes((*addresses, *((requester,) if requester else ()))):
        yield Problem(path, f"names “{one}” and “{other}”, which look alike and are two addresses; remove one")


def assurance_problems(policy: Policy, *, reach: Reach, path: str) -> Iterator[Problem]:
    """Yield a problem if the policy asks for a proof of identity that this deployment cannot take."""
    if ASSURANCES.index(policy.assurance) > ASSURANCES.index(reach.assurance):
        yield Problem(f"{path}.assurance", f"asks for “{policy.assurance}”, which is not set up here")


def union(before: tuple[Seat, ...], more: tuple[Seat, ...]) -> tuple[Seat, ...]:
    return before + tuple(seat for seat in more if seat not in before) if before else more


def _references(policy: Policy, path: str) -> Iterator[tuple[str, str, tuple[Seat, ...], tuple[Join, ...]]]:
    """Yield each reference of the policy with its path, the seat it gives now, and the escalation that adds it."""
    for s, stage in enumerate(policy.stages):
        for g, group in enumerate(stage.groups):
            for n, reference in enumerate(group.from_):
                yield f"{path}.stages[{s}].groups[{g}].from[{n}]", reference, ((s, g),), ()
        for e, step in enumerate(stage.escalate):
            for n, reference in enumerate(step.to):
                yield f"{path}.stages[{s}].escalate[{e}].to[{n}]", reference, (), ((s, e),)


def reachable_addresses(person: Person, reach: Reach) -> tuple[tuple[str, str], ...]:
    """Return the (channel, address) pairs that reach a person: Slack first, unless they prefer mail."""
    found = tuple(pair for pair in person.addresses if reach.takes(*pair))  # mail first
    return found if person.notify == "mail" else found[::-1]


def _address_problems(person: Person, where: str, reach: Reach) -> list[Problem]:
    if len(person.id) > ID_LENGTH:
        return [Problem(where, f"is longer than {ID_LENGTH} characters in lower case")]
    if reachable_addresses(person, reach):
        return []
    channels = [channel for channel, _ in person.addresses]
    if not channels:
        return [Problem(where, f"“{person.id}” has no address")]
    if not reach.channels.isdisjoint(channels):
        words = f"“{person.email}” has a name beyond ASCII before the @, and SES sends no mail to such addresses"
        return [Problem(where, f"{words}; give another address")]
    return [Problem(where, f"“{person.id}” can only be reached by {' or '.join(channels)}, which is not set up here")]
