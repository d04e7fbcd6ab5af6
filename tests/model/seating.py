"""Who may answer, from plain mappings: by the policy, who joined, who took over, who is away, who has answered.

Times are whole hours since the beginning. Nothing of the domain is used.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Seat = tuple[int, int]
LONGEST_CHAIN = 5


@dataclass
class Holder:
    """Somebody's seats: `full` ones raise shares, `extra` ones (who joined beside the others) do not."""

    full: set[Seat] = field(default_factory=set)
    extra: set[Seat] = field(default_factory=set)
    instead_of: set[str] = field(default_factory=set)
    own: bool = True
    """Whether they still have the chair that is theirs by name."""

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
class Seating:
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
    unreached: set[str] = field(default_factory=set)
    """Whom no mail reaches."""
    reassignments: list[tuple[str, str, int]] = field(default_factory=list)

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
        self._spend(holders)
        for giver, to, since in self.reassignments:
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

    def steps(self) -> list[tuple[int, dict[str, Any]]]:
        steps = self.policy["stages"][self.stage]["escalate"]
        return sorted(((self.since + step["after"], step) for step in steps), key=lambda pair: pair[0])

    def _spend(self, holders: dict[str, Holder]) -> None:
        """For whom somebody has answered has no chair of their own left here; maybe others', later."""
        for given in self.answers[self.stage].values():
            for principal in given.instead_of & holders.keys():
                self._drop(holders[principal])

    def _move(self, holders: dict[str, Holder], giver: str, to: str, *, since: int, spends: bool = False) -> None:
        """With `spends`, whoever has given their answer in this stage has no chair to give on there.

        A chair that was handed on was so before its giver answered, if they did: from somebody else's.
        """
        if giver == to or giver not in holders:
            return
        before, after = holders[giver], holders.setdefault(to, Holder())
        spent = {self.stage} if spends and giver in self.answers[self.stage] else set()
        full = {seat for seat in before.full if seat[0] >= since and seat[0] not in spent}
        extra = {seat for seat in before.extra if seat[0] >= since and seat[0] not in spent}
        after.full |= full
        after.extra = (after.extra | extra) - after.full
        if full or extra:
            passed_on = before.instead_of | ({giver} if before.own else set())
            after.instead_of |= passed_on - {to}
            after.own = after.own or to in passed_on
            before.instead_of, before.own = set(), False
        before.full -= full
        before.extra -= extra

    def _send_away(self, holders: dict[str, Holder], who: str, now: int) -> None:
        away = self.absence(who, now)
        instead = self.stand_in(who, now)
        if instead and instead != self.excluded:
            self._move(holders, who, instead, since=self.stage, spends=True)
        elif away and away["until"] >= self.ends:
            holders[who].full = {seat for seat in holders[who].full if seat[0] < self.stage}
            holders[who].extra = {seat for seat in holders[who].extra if seat[0] < self.stage}

    def _keep_chairs(self, holders: dict[str, Holder]) -> None:
        """Whoever has answered here keeps the chair they had."""
        for who, answer in self.answers[self.stage].items():
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
