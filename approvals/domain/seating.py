"""Seating: from a policy and a directory to the reviewers of one approval, or to what makes that impossible."""

from collections.abc import Iterable, Iterator

from approvals.domain.approval import Reviewer
from approvals.domain.directory import Directory, Person
from approvals.domain.errors import Fault
from approvals.domain.policy import ASSURANCES, Assurance, Policy
from approvals.domain.quorum import fill, members, needs_of
from approvals.domain.values import Value

MOST_REVIEWERS = 500
ID_LENGTH = 320


class Reach(Value, frozen=True, kw_only=True):
    """What this deployment can do: the channels it can write to, and the strongest proof of identity it can take."""

    channels: frozenset[str] = frozenset({"mail"})
    assurance: Assurance = "link"


class _Place(Value, frozen=True, kw_only=True):
    person: Person
    seats: tuple[tuple[int, int], ...] = ()
    joins: tuple[tuple[int, int], ...] = ()


def seat(
    policy: Policy, *, directory: Directory, requester: str | None, reach: Reach, path: str = "policy"
) -> tuple[tuple[Reviewer, ...], list[Fault]]:
    """The reviewers of an approval under `policy`, and what is wrong with it: with faults they mean nothing."""
    excluded = _excluded(policy, directory, requester)
    places: dict[str, _Place] = {}
    faults: list[Fault] = []
    for where, reference, place in _references(policy, path):
        people, wrong = directory.resolve(reference, where)
        faults += wrong
        for person in people:
            if person.id != excluded:
                places[person.id] = _joined(places.get(person.id, _Place(person=person)), place)
            faults += _unreachable(person, where, reach)
    reviewers = tuple(_reviewer(number, place) for number, place in enumerate(places.values()))
    if len(reviewers) > MOST_REVIEWERS:
        return (), [Fault(path, f"names {len(reviewers)} people; at most {MOST_REVIEWERS} can be asked")]
    return reviewers, faults or [*_unsatisfiable(policy, reviewers, excluded, path), *_too_weak(policy, reach, path)]


def _references(policy: Policy, path: str) -> Iterator[tuple[str, str, _Place]]:
    """Each reference of the policy with where it stands and the place it gives."""
    nobody = Person(id="")
    for s, stage in enumerate(policy.stages):
        for g, group in enumerate(stage.groups):
            for n, reference in enumerate(group.from_):
                yield f"{path}.stages[{s}].groups[{g}].from[{n}]", reference, _Place(person=nobody, seats=((s, g),))
        for e, step in enumerate(stage.escalate):
            for n, reference in enumerate(step.to):
                yield f"{path}.stages[{s}].escalate[{e}].to[{n}]", reference, _Place(person=nobody, joins=((s, e),))


def _excluded(policy: Policy, directory: Directory, requester: str | None) -> str | None:
    """The id of the person who may not decide since they asked."""
    if requester is None or not policy.exclude_requester:
        return None
    person = directory.person(requester)
    return person.id if person else requester.casefold()


def _joined(before: _Place, more: _Place) -> _Place:
    """Who is named more than once is known by their first naming."""
    return _Place(person=before.person, seats=_union(before.seats, more.seats), joins=_union(before.joins, more.joins))


def _union(before: tuple[tuple[int, int], ...], more: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    return before + tuple(place for place in more if place not in before)


def _reviewer(number: int, place: _Place) -> Reviewer:
    person = place.person
    return Reviewer(
        number=number, id=person.id, name=person.name or person.id, email=person.email, slack=person.slack,
        seats=place.seats, joins=place.joins,
    )  # fmt: skip


def _unreachable(person: Person, where: str, reach: Reach) -> list[Fault]:
    channels = [channel for channel, _ in person.addresses]
    if len(person.id) > ID_LENGTH:
        return [Fault(where, f"is longer than {ID_LENGTH} characters in lower case")]
    if not channels:
        return [Fault(where, f"“{person.id}” has no address")]
    if reach.channels.isdisjoint(channels):
        return [Fault(where, f"“{person.id}” can only be reached by {' or '.join(channels)}, which is not set up here")]
    return []


def _unsatisfiable(policy: Policy, reviewers: tuple[Reviewer, ...], excluded: str | None, path: str) -> Iterator[Fault]:
    """What no play of the given people could ever satisfy. Escalations may bring more people, but not be relied on."""
    but = f" besides the requester {excluded}, who may not decide" if excluded else ""
    needs = needs_of(policy, reviewers, range(len(policy.stages)))
    short = False
    for (s, g), need in needs.items():
        there = members(reviewers, (s, g))
        if need > there or there == 0:
            short = True
            yield Fault(f"{path}.stages[{s}].groups[{g}].need", f"asks for {max(need, 1)} of {_count(there)}{but}")
    if not short and fill(needs, (r.seats for r in reviewers)) != needs:
        everyone = sum(bool(r.seats) for r in reviewers)
        yield Fault(
            f"{path}.stages",
            f"asks for {sum(needs.values())} different people; one person counts once, and there are not enough"
            f" among the {_count(everyone)}{but}",
        )
    for s, stage in enumerate(policy.stages):
        there = sum(r.sits_in(s) for r in reviewers)
        if stage.reject > max(there, 1):
            yield Fault(f"{path}.stages[{s}].reject", f"asks for {stage.reject} rejections of {_count(there)}{but}")


def _too_weak(policy: Policy, reach: Reach, path: str) -> Iterable[Fault]:
    if ASSURANCES.index(policy.assurance) > ASSURANCES.index(reach.assurance):
        yield Fault(f"{path}.assurance", f"asks for “{policy.assurance}”, which is not set up here")


def _count(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"
