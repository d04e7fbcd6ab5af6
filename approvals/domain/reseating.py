"""Reseating: who may answer one approval at a moment: by its policy, who is known, who is away, who took over.

It is judged anew before every verb, so that whoever has left cannot answer, and whoever came in their place can.
Numbers stay theirs; stages that are over stay as they were; whoever has answered in this one keeps the seat they had.
"""

from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from approvals.domain.absence import back
from approvals.domain.approval import Approval, Reviewer
from approvals.domain.directory import Directory, Person
from approvals.domain.moments import escalation_moments
from approvals.domain.seating import Place, Reach, Seat, excluded_id, named, union

GONE = "You are no longer among those who are asked."
REPLACED = "You are no longer asked: others have been asked instead."
TWICE = "You are asked by another address of yours, too, and one person counts once."
ASKS = "You ask for it, and so may not answer."


def reseated(approval: Approval, *, directory: Directory, reach: Reach, now: datetime) -> Approval:
    """The approval with who may answer as it is now; the same one where nothing has changed."""
    seating = _Seating(approval, directory)
    seating.escalate()
    seating.spend()
    seating.hand_over()
    seating.send_away(now)
    reviewers, recheck = seating.reviewers(reach), seating.next_change(now)
    if reviewers == approval.reviewers and recheck == approval.recheck_at:
        return approval
    return replace(approval, reviewers=reviewers, recheck_at=recheck)


class _Seating:
    """The places of one approval, by the id of the person who has them."""

    def __init__(self, approval: Approval, directory: Directory) -> None:
        self._approval, self._directory = approval, directory
        requester = approval.content.requester
        self._excluded = excluded_id(approval.policy, directory, requester)
        self._places, _ = named(approval.policy, directory=directory, requester=requester, path="")
        self._answered = approval.latest(approval.stage)
        self._known: dict[str, list[int]] = {}
        for reviewer in approval.reviewers:
            for reference in reviewer.references:
                self._known.setdefault(reference, []).append(reviewer.number)
        self._out = self._found_out()
        self._numbers: dict[str, int] = {}
        for place in self._places.values():
            self._number(place.person)

    def escalate(self) -> None:
        """Lets those join whose step was taken, beside the others or instead of those who have not answered."""
        order = [number for _, number in escalation_moments(self._approval)[: self._approval.escalated]]
        for step in order:
            joining = {key for key, place in self._places.items() if (self._approval.stage, step) in place.joins}
            replacing = self._approval.current_stage.escalate[step].mode == "replace"
            for key in self._places.keys() - joining if replacing else ():
                self._leave(key, REPLACED)
            for key in joining:
                self._join(key, extra=not replacing)

    def spend(self) -> None:
        """Takes their own seats from those for whom somebody has answered: what they are given for others is theirs."""
        for reviewer in filter(self._has_answered, self._approval.reviewers):
            for key in filter(None, map(self._key, reviewer.instead_of)):
                self._leave(key, f"{reviewer.name} has answered for you.")

    def hand_over(self) -> None:
        """Gives the places on that their reviewers have given on."""
        for handover in self._approval.meanwhile.handovers:
            giver = self._key(handover.reviewer)
            person = self._directory.person(handover.to)
            if person and giver:
                self._move(giver, person, since=handover.stage, why_not=f"This was handed on to {_name(person)}.")

    def send_away(self, now: datetime) -> None:
        """Puts the delegates of those who are away in their place. Without one, who comes back in time stays asked."""
        for key, place in list(self._places.items()):
            away = place.person.away_at(now)
            if away is None or not place.seats:
                continue
            until = back(away, place.person.timezone)
            said = f"You are away until {until:%d %B %Y, %H:%M} UTC"
            person = self._directory.stand_in(place.person, now)
            if person and person.id != self._excluded:
                answers = f"{said}; {_name(person)} answers for you."
                self._move(key, person, since=self._approval.stage, why_not=answers, unless_answered=True)
            elif until >= self._approval.ends_at:
                self._leave(key, f"{said}, which is after the deadline.", also_later=True)

    def reviewers(self, reach: Reach) -> tuple[Reviewer, ...]:
        """Those who were there before, in their order, then those who are new."""
        now = sorted(self._places.values(), key=lambda place: self._number(place.person))
        found = {self._number(place.person): place for place in now}
        known = [self._kept(r, found.get(r.number), reach) for r in self._approval.reviewers]
        new = [place for place in now if self._number(place.person) >= len(known)]
        return (*known, *(_reviewer(place, self._number(place.person), place.person.id, reach) for place in new))

    def next_change(self, now: datetime) -> datetime | None:
        """When somebody next leaves or comes back, while it may still be open: delegates, too."""
        chains = (self._directory.chain(place.person, now) for place in self._places.values())
        changes = (person.next_change(now) for chain in chains for person in chain)
        return min((at for at in changes if at and at < self._approval.latest_end), default=None)

    def _kept(self, before: Reviewer, place: Place | None, reach: Reach) -> Reviewer:
        """A reviewer as they are now. What they sat in stays where it is over, or where they have answered."""
        stage = self._approval.stage
        past = tuple(seat for seat in before.seats if seat[0] < stage)
        if why := self._out.get(before.number):
            return replace(before, seats=past, joins=(), extra=(), instead_of=(), why_not=why)
        if self._has_answered(before):
            past = tuple(seat for seat in before.seats if seat[0] <= stage)
            later = tuple(seat for seat in place.seats if seat[0] > stage) if place else ()
            return replace(before, seats=past + later)  # later ones are not for them, but count in shares
        if place is None:
            return replace(before, seats=past, joins=(), extra=(), instead_of=(), why_not=before.why_not or GONE)
        now = _reviewer(place, before.number, before.id, reach)
        seats = tuple(seat for seat in now.seats if seat[0] >= stage)
        return replace(now, seats=past + seats, why_not="" if seats else now.why_not)

    def _found_out(self) -> dict[int, str]:
        """Who turns out to ask for it, or to be somebody who is there already: what they have answered is void."""
        out: dict[int, str] = {}
        seen: set[str] = set()
        for reviewer in sorted(self._approval.reviewers, key=lambda r: (not self._has_answered(r), r.number)):
            person = self._directory.person(reviewer.id)
            who = person.id if person else reviewer.id
            if who == self._excluded:
                out[reviewer.number] = ASKS
            elif who in seen:
                out[reviewer.number] = TWICE
            seen.add(who)
        return out

    def _has_answered(self, reviewer: Reviewer) -> bool:
        return reviewer.number in self._answered

    def _number(self, person: Person) -> int:
        """The reviewer's whom this person is; looked up once, since it is asked for all the time."""
        if person.id not in self._numbers:
            self._numbers[person.id] = self._number_of(person)
        return self._numbers[person.id]

    def _number_of(self, person: Person) -> int:
        """Where two reviewers turn out to be one, that of who has answered, or came first; else the next that is free.

        Whoever is new comes after all who were met before.
        """
        same = {number for reference in person.references for number in self._known.get(reference, ())}
        if same:
            return min(same, key=lambda number: (number not in self._answered, number))
        return max([len(self._approval.reviewers) - 1, *self._numbers.values()]) + 1

    def _key(self, number: int) -> str | None:
        return next((key for key, place in self._places.items() if self._number(place.person) == number), None)

    def _join(self, key: str, *, extra: bool) -> None:
        """Whoever joins may fill any group of the stage; unless `extra`, they are its people from now on."""
        place, here = self._places[key], self._here
        beside = tuple(seat for seat in here if seat in place.extra or seat not in place.seats) if extra else ()
        others = tuple(seat for seat in place.extra if seat not in here)
        self._places[key] = replace(place, seats=union(place.seats, here), extra=(*others, *beside), why_not="")

    def _leave(self, key: str, why_not: str, *, also_later: bool = False) -> None:
        place, stage = self._places[key], self._approval.stage
        left = tuple(seat for seat in place.seats if seat[0] < stage or (seat[0] > stage and not also_later))
        if left != place.seats:
            self._places[key] = replace(place, seats=left, why_not=why_not)

    def _move(self, key: str, person: Person, *, since: int, why_not: str, unless_answered: bool = False) -> None:
        """The seats of one person, from a stage on, are another's; `unless_answered` but for those of an answer.

        What was handed on was so before its giver answered, if they did: then they sat in somebody else's place.
        """
        place = self._places[key]
        number = self._number(place.person)
        answered = unless_answered and number in self._answered
        first = max(since, self._approval.stage + 1) if answered else since
        given = tuple(seat for seat in place.seats if seat[0] >= first)
        if not given or person.id in (key, self._excluded):
            return
        kept = tuple(seat for seat in place.seats if seat not in given)
        to = self._places.get(person.id, Place(person=person))
        theirs = self._number(person)  # whoever gets their own place back answers for themselves
        passed_on = (*place.instead_of, *((number,) if place.own else ()))
        principals = dict.fromkeys(n for n in (*to.instead_of, *passed_on) if n != theirs)
        full = {seat for one in (to, place) for seat in one.seats if seat not in one.extra}
        extra = tuple(seat for seat in union(to.extra, place.extra) if seat not in full)
        self._places[key] = replace(place, seats=kept, instead_of=(), own=False, why_not=why_not)
        self._places[person.id] = replace(
            to, seats=union(to.seats, given), extra=extra, instead_of=tuple(principals),
            own=to.own or theirs in passed_on, why_not="",
        )  # fmt: skip

    @property
    def _here(self) -> tuple[Seat, ...]:
        groups = range(len(self._approval.current_stage.groups))
        return tuple((self._approval.stage, group) for group in groups)


def _reviewer(place: Place, number: int, reviewer_id: str, reach: Reach) -> Reviewer:
    person = place.person
    by: Literal["mail", "slack"] = (
        "slack" if person.slack and "slack" in reach.channels and person.notify != "mail" else "mail"
    )
    return Reviewer(
        number=number, id=reviewer_id, name=_name(person), email=person.email, slack=person.slack, also=person.aliases,
        by=by, timezone=person.timezone, locale=person.locale, quiet_hours=person.quiet_hours, seats=place.seats,
        joins=place.joins, extra=place.extra, instead_of=place.instead_of, why_not=place.why_not,
    )  # fmt: skip


def _name(person: Person) -> str:
    return person.name or person.id
