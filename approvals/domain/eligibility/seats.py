"""The seating plan of one approval while it is reevaluated: the seats of each person, by the person's id.

Seats are left, joined and moved, and never created.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Seating, excluded_id, resolve_members, union
from approvals.domain.model.approval import Approval, Seat
from approvals.domain.model.reasons import NoSeat


class SeatingPlan:
    """The seats of all people in one approval, and the reviewer number of each person."""

    def __init__(
        self, approval: Approval, directory: Directory, *, members: Mapping[str, Seating] | None = None
    ) -> None:
        self.stage = approval.stage
        self.answered = approval.latest(approval.stage)
        self.excluded = excluded_id(approval.policy, directory, approval.content.requester)
        if members is None:
            requester = approval.content.requester
            members, _ = resolve_members(approval.policy, directory=directory, requester=requester, path="")
        self._seatings = dict(members)
        self._here = tuple((approval.stage, group) for group in range(len(approval.current_stage.groups)))
        self._known: dict[str, list[int]] = {}
        for reviewer in approval.reviewers:
            for reference in reviewer.references:
                self._known.setdefault(reference, []).append(reviewer.number)
        self._next, self._numbers = len(approval.reviewers), dict[str, int]()
        for seating in self:
            self.number(seating.person)

    def __iter__(self) -> Iterator[Seating]:
        """Iterate over a snapshot, so that the loop may move seats."""
        return iter(list(self._seatings.values()))

    def number(self, person: Person) -> int:
        """Return the number of the reviewer who is this person, looked up once."""
        if person.id not in self._numbers:
            self._numbers[person.id] = self._number_of(person)
        return self._numbers[person.id]

    def holder(self, number: int) -> str | None:
        """Return the id of the person who is this reviewer."""
        return next((seating.person.id for seating in self if self.number(seating.person) == number), None)

    def join(self, who: str, *, extra: bool) -> None:
        """Seat a person in every group of the stage; unless `extra`, shares count them from now on."""
        seating, here = self._seatings[who], self._here
        beside = tuple(seat for seat in here if seat in seating.extra or seat not in seating.seats) if extra else ()
        others = tuple(seat for seat in seating.extra if seat not in here)
        self._put(replace(seating, seats=union(seating.seats, here), extra=(*others, *beside), why_not=None))

    def leave(self, who: str, why_not: NoSeat, *, also_later: bool = False) -> None:
        """Give up a person's seats in this stage; those of finished stages stay."""
        seating, stage = self._seatings[who], self.stage
        left = tuple(seat for seat in seating.seats if seat[0] < stage or (seat[0] > stage and not also_later))
        if left != seating.seats:
            self._put(replace(seating, seats=left, why_not=why_not))

    def move(self, who: str, person: Person, *, since: int, why_not: NoSeat, unless_answered: bool = False) -> None:
        """Move a person's seats from stage `since` on to another person.

        With `unless_answered`, the seats of a stage in which they have answered stay. A reassignment moves them: it was
        made before the answer, which was then given in another person's seat.
        """
        seating = self._seatings[who]
        answered = unless_answered and self.number(seating.person) in self.answered
        first = max(since, self.stage + 1) if answered else since
        given = tuple(seat for seat in seating.seats if seat[0] >= first)
        if not given or person.id in (who, self.excluded):
            return
        kept = tuple(seat for seat in seating.seats if seat not in given)
        self._put(replace(seating, seats=kept, instead_of=(), own=False, why_not=why_not))
        self._receive(person, seating, given)

    def _receive(self, person: Person, giver: Seating, given: tuple[Seat, ...]) -> None:
        """Add seats to a person; one who gets their own seats back no longer answers for another."""
        to = self._seatings.get(person.id, Seating(person=person))
        theirs = self.number(person)
        passed_on = (*giver.instead_of, *((self.number(giver.person),) if giver.own else ()))
        principals = dict.fromkeys(number for number in (*to.instead_of, *passed_on) if number != theirs)
        full = {seat for one in (to, giver) for seat in one.seats if seat not in one.extra}
        extra = tuple(seat for seat in union(to.extra, giver.extra) if seat not in full)
        self._put(replace(
            to, seats=union(to.seats, given), extra=extra, instead_of=tuple(principals),
            own=to.own or theirs in passed_on, why_not=None,
        ))  # fmt: skip

    def _put(self, seating: Seating) -> None:
        self._seatings[seating.person.id] = seating

    def _number_of(self, person: Person) -> int:
        """Return the number of the reviewer who is this person, or the next free number.

        If several reviewers turn out to be one person, the one who has answered wins, else the first.
        """
        known = self._known  # empty while an approval is opened
        same = {number for reference in person.references for number in known.get(reference, ())} if known else None
        if same:
            return min(same, key=lambda number: (number not in self.answered, number))
        self._next += 1
        return self._next - 1
