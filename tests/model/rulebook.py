"""The rulebook: who may answer, what is still needed, how it ends, from plain mappings. Nothing of the domain is used.

Times are whole hours since the beginning. Whether people can fill seats is decided by Hall's theorem over all subsets.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import Any

Seat = tuple[int, int]
FOR_EVER = 10**6
LONGEST_CHAIN = 5


@dataclass
class Holder:
    """Somebody's seats: `full` ones raise shares, `extra` ones (who joined beside the others) do not."""

    full: set[Seat] = field(default_factory=set)
    extra: set[Seat] = field(default_factory=set)
    instead_of: set[str] = field(default_factory=set)

    @property
    def seats(self) -> set[Seat]:
        return self.full | self.extra


@dataclass
class Given:
    """A standing answer, with the chair from which it was given first: that stays, whatever comes."""

    option: str
    full: frozenset[Seat]
    extra: frozenset[Seat]
    instead_of: frozenset[str]


@dataclass
class Rulebook:
    """One approval. `policy` and `world` are as their files have them; `world` is people, groups and absences."""

    policy: dict[str, Any]
    world: dict[str, Any]
    requester: str
    options: dict[str, str]
    """Each option's side."""
    status: str = "pending"
    stage: int = 0
    since: int = 0
    ends: int = 0
    deadline: int = 0
    escalated: int = 0
    answers: list[dict[str, Given]] = field(default_factory=list)
    """Of each stage, the latest by person."""
    handovers: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers = [{} for _ in self.policy["stages"]]
        self.ends = self.policy["timeout"]
        self._begin(0, 0)

    # who a name means

    def human(self, reference: str) -> str:
        """One human, whichever of their addresses is given."""
        for name, person in self.world["people"].items():
            if reference in (name, person["email"], *person["aliases"]):
                return str(name)
        return reference

    def humans(self, references: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for reference in references:
            if reference.startswith("group:"):
                found |= self.humans(self.world["groups"][reference.removeprefix("group:")])
            else:
                found.add(self.human(reference))
        return found - {self.excluded}

    @property
    def excluded(self) -> str | None:
        return self.human(self.requester) if self.policy["excludeRequester"] else None

    def absence(self, who: str, now: int) -> dict[str, Any] | None:
        periods = self.world["people"].get(who, {}).get("away", ())
        return next((one for one in periods if one["from"] <= now < one["until"]), None)

    def stand_in(self, who: str, now: int) -> str | None:
        """The first on the chain of delegates who is there."""
        met = [who]
        for _ in range(LONGEST_CHAIN):
            away = self.absence(met[-1], now)
            if away is None:
                return met[-1]
            if away["delegate"] is None or self.human(away["delegate"]) in met:
                return None
            met.append(self.human(away["delegate"]))
        return None

    # who sits where

    def named(self) -> dict[str, Holder]:
        """By the policy as such, were everybody there."""
        holders: dict[str, Holder] = {}
        for s, stage in enumerate(self.policy["stages"]):
            for g, group in enumerate(stage["groups"]):
                for who in self.humans(group["from"]):
                    holders.setdefault(who, Holder()).full.add((s, g))
        return holders

    def holders(self, now: int) -> dict[str, Holder]:
        holders = self.named()
        self._escalate(holders)
        for giver, to, since in self.handovers:
            if to != self.excluded:
                self._move(holders, giver, to, since=since)
        for who in [who for who in holders if self.absence(who, now) and holders[who].seats]:
            self._send_away(holders, who, now)
        self._keep_chairs(holders)
        return holders

    def _escalate(self, holders: dict[str, Holder]) -> None:
        here = {(self.stage, g) for g in range(len(self.policy["stages"][self.stage]["groups"]))}
        for _, step in self.steps()[: self.escalated]:
            joining = self.humans(step["to"])
            for who, holder in holders.items():
                if step["mode"] == "replace" and who not in joining:
                    holder.full -= here
                    holder.extra -= here
            for who in joining:
                holder = holders.setdefault(who, Holder())
                if step["mode"] == "replace":
                    holder.full |= here
                    holder.extra -= here
                else:
                    holder.extra |= here - holder.full

    def _move(self, holders: dict[str, Holder], giver: str, to: str, *, since: int) -> None:
        """Whoever has already given their answer in this stage has no chair to give on there."""
        if giver == to or giver not in holders:
            return
        before, after = holders[giver], holders.setdefault(to, Holder())
        spent = {self.stage} if giver in self.answers[self.stage] else set()
        full = {seat for seat in before.full if seat[0] >= since and seat[0] not in spent}
        extra = {seat for seat in before.extra if seat[0] >= since and seat[0] not in spent}
        after.full |= full
        after.extra = (after.extra | extra) - after.full
        if full or extra:
            after.instead_of |= (before.instead_of | {giver}) - {to}
            before.instead_of = set()
        before.full -= full
        before.extra -= extra

    def _send_away(self, holders: dict[str, Holder], who: str, now: int) -> None:
        away = self.absence(who, now)
        instead = self.stand_in(who, now)
        if instead and instead != self.excluded:
            self._move(holders, who, instead, since=self.stage)
        elif away and away["until"] >= self.ends:
            holders[who].full = {seat for seat in holders[who].full if seat[0] < self.stage}
            holders[who].extra = {seat for seat in holders[who].extra if seat[0] < self.stage}

    def _keep_chairs(self, holders: dict[str, Holder]) -> None:
        """Whoever has answered here keeps the chair they had; for whom they answered, it has been answered."""
        given = self.answers[self.stage]
        for who in given:
            for principal in given[who].instead_of - given.keys():
                if principal in holders:
                    self._drop(holders[principal])
        for who, answer in given.items():
            holder = holders.setdefault(who, Holder())
            self._drop(holder)
            holder.full |= answer.full
            holder.extra |= answer.extra

    def _drop(self, holder: Holder) -> None:
        holder.full = {seat for seat in holder.full if seat[0] != self.stage}
        holder.extra = {seat for seat in holder.extra if seat[0] != self.stage}

    def spent(self, who: str) -> bool:
        return any(who in given for given in self.answers[: self.stage])

    def eligible(self, now: int) -> set[str]:
        sitting = {who for who, holder in self.holders(now).items() if any(s == self.stage for s, _ in holder.seats)}
        return {who for who in sitting if not self.spent(who)}

    # what is needed

    def needs(self, holders: dict[str, Holder], stages: Iterable[int]) -> dict[Seat, int]:
        return {
            (s, g): _count(group["need"], sum((s, g) in holder.full for holder in holders.values()))
            for s in stages
            for g, group in enumerate(self.policy["stages"][s]["groups"])
        }

    def short(self, now: int, holders: dict[str, Holder] | None = None) -> bool:
        """Whether nobody's further answers could approve it; with those who sit there, or who did a moment ago."""
        holders = self.holders(now) if holders is None else holders
        joining = {
            who: Holder()
            for stage in self.policy["stages"]
            for step in stage["escalate"]
            for who in self.humans(step["to"])
        }
        open_seats = [self._open_seats(who, holder) for who, holder in {**joining, **holders}.items()]
        needs = self.needs(holders, range(self.stage, len(self.policy["stages"])))
        return missing(needs, open_seats) > 0

    def _open_seats(self, who: str, holder: Holder) -> set[Seat]:
        if self.spent(who):
            return set()
        if who in self.answers[self.stage]:
            return {seat for seat in holder.seats if seat[0] == self.stage}
        later = range(self.stage + 1, len(self.policy["stages"]))
        joins = {(s, g) for s in later if self._joins(who, s) for g in range(len(self.policy["stages"][s]["groups"]))}
        return {seat for seat in holder.seats if seat[0] >= self.stage} | joins

    def _joins(self, who: str, stage: int) -> bool:
        return any(who in self.humans(step["to"]) for step in self.policy["stages"][stage]["escalate"])

    def have(self, option: str, now: int) -> tuple[int, dict[Seat, int]]:
        """How many seats of this stage those who chose the option fill, and how many there are to fill."""
        holders = self.holders(now)
        needs = self.needs(holders, [self.stage])
        chosen = [holders[who].seats for who, given in self.answers[self.stage].items() if given.option == option]
        return sum(needs.values()) - missing(needs, chosen), needs

    def progress(self, now: int) -> tuple[int, dict[Seat, int]]:
        approving = [option for option, side in self.options.items() if side == "approve"]
        return max((self.have(option, now) for option in approving), key=lambda pair: pair[0])

    def can_open(self) -> bool:
        holders = self.named()
        needs = self.needs(holders, range(len(self.policy["stages"])))
        for s, stage in enumerate(self.policy["stages"]):
            there = sum(any(seat[0] == s for seat in holder.seats) for holder in holders.values())
            if stage["reject"] > max(there, 1):
                return False
        if missing(needs, [holder.seats for holder in holders.values()]):
            return False
        return not self.short(0) or bool(self.policy["stages"][0]["escalate"])

    # what happens

    def answer(self, who: str, option: str, now: int) -> bool:
        """Whether it is taken."""
        if self.status != "pending" or now >= self.deadline or who not in self.eligible(now):
            return False
        given, before = self.answers[self.stage], self._copy()
        if who in given and given[who].option == option:
            return True
        was_short, holders = self.short(now), self.holders(now)
        self.answers[self.stage] = {**given, who: self._given(given.get(who), option, holders[who])}
        needed_later = self.options[option] == "approve" and self.short(now, holders) and not was_short
        self._count(option, now)
        if needed_later and self.status == "pending":
            self.__dict__.update(before)
            return False
        return True

    def _given(self, before: Given | None, option: str, holder: Holder) -> Given:
        if before:
            return replace(before, option=option)
        full, extra = (
            frozenset(seat for seat in seats if seat[0] == self.stage) for seats in (holder.full, holder.extra)
        )
        return Given(option=option, full=full, extra=extra, instead_of=frozenset(holder.instead_of))

    def _copy(self) -> dict[str, Any]:
        return {**self.__dict__, "answers": list(self.answers)}

    def _count(self, option: str, now: int) -> None:
        rejections = sum(self.options[given.option] == "reject" for given in self.answers[self.stage].values())
        if rejections >= self.policy["stages"][self.stage]["reject"]:
            self.status = "rejected"
        elif self.options[option] == "approve":
            have, needs = self.have(option, now)
            if have == sum(needs.values()):
                self._stage_done(now)

    def _stage_done(self, now: int) -> None:
        if self.stage + 1 == len(self.policy["stages"]):
            self.status = "approved"
        else:
            self._begin(self.stage + 1, now)

    def _begin(self, stage: int, now: int) -> None:
        self.stage, self.since, self.escalated = stage, now, 0
        self.deadline = min(self.ends, now + (self.policy["stages"][stage]["timeout"] or FOR_EVER))

    def steps(self) -> list[tuple[int, dict[str, Any]]]:
        steps = self.policy["stages"][self.stage]["escalate"]
        return sorted(((self.since + step["after"], step) for step in steps), key=lambda pair: pair[0])

    def sweep(self, now: int) -> None:
        """What is due by itself, one after the other."""
        while self.status == "pending":
            steps = self.steps()[self.escalated :]
            if now >= self.deadline:
                self._time_is_up(now)
            elif self.short(now) and not steps:
                self.status = "cancelled"
            elif steps and (self.short(now) or steps[0][0] <= now):
                self.escalated += 1
            else:
                return

    def _time_is_up(self, now: int) -> None:
        rule = self.policy["stages"][self.stage]["onTimeout"]
        if self.deadline >= self.ends or rule is None:
            rule = self.policy["onTimeout"]
        if rule == "pass":
            self._begin(self.stage + 1, now)
        else:
            self.status = {"fail": "expired", "reject": "rejected", "approve": "approved"}[rule]

    def moments(self) -> Iterator[int]:
        """When something may happen by itself."""
        yield self.deadline
        yield from (at for at, _ in self.steps())
        for person in self.world["people"].values():
            for away in person["away"]:
                yield from (away["from"], away["until"])


def missing(needs: dict[Seat, int], people: Iterable[set[Seat]]) -> int:
    """How many needed seats stay empty when each person takes one: the worst lack over all sets of seats."""
    people = list(people)
    sets = chain.from_iterable(combinations(needs, size) for size in range(len(needs) + 1))
    return max(sum(needs[seat] for seat in some) - sum(not seats.isdisjoint(some) for seats in people) for some in sets)


def _count(need: int | str, members: int) -> int:
    if isinstance(need, int):
        return need
    return max(1, members if need == "all" else -(-members * int(need.removesuffix("%")) // 100))
