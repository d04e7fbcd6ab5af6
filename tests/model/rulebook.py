"""The rulebook: what is still needed, and how it ends. Nothing of the domain is used.

Whether people can fill seats is decided by Hall's theorem, over all sets of seats.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

from tests.model.seating import Given, Holder, Seat, Seating

FOR_EVER = 10**6


@dataclass
class Rulebook(Seating):
    """One approval, from its beginning to its end."""

    def __post_init__(self) -> None:
        self.answers = [{} for _ in self.policy["stages"]]
        self.ends = self.policy["timeout"]
        self._begin(0, 0)

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
        if who in self.unreached and who not in self.answers[self.stage]:
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

    def answer(self, who: str, option: str, now: int, *, on_behalf: bool = False) -> bool:
        """Whether it is taken."""
        if on_behalf and not self.policy.get("onBehalf", True):
            return False
        if self.status != "pending" or now >= self.deadline or who not in self.eligible(now):
            return False
        given, before = self.answers[self.stage], self._copy()
        if who in given and given[who].option == option:
            return True
        self.unreached = self.unreached - {who}
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

    def sweep(self, now: int) -> None:
        """What is due by itself, one after the other."""
        while self.status == "pending":
            steps = self.steps()[self.escalated :]
            if now >= self.deadline:
                self._time_is_up(now)
            elif self._enough(now):
                self._stage_done(now)
            elif self.short(now) and not steps:
                self.status = "cancelled"
            elif steps and (self.short(now) or steps[0][0] <= now):
                self.escalated += 1
            else:
                return

    def _enough(self, now: int) -> bool:
        """Whether enough agree though nobody has just answered; whoever was asked instead of others is heard first."""
        replaced = any(step["mode"] == "replace" for _, step in self.steps()[: self.escalated])
        if replaced and self.eligible(now) - self.answers[self.stage].keys():
            return False
        have, needs = self.progress(now)
        return have == sum(needs.values())

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
