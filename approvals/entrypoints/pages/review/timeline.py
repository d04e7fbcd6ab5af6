"""The timeline of the review page: past events, and the next ones if nobody answers, on one line. Pure.

Positions are shares of the width, so that text keeps its size on a phone. Gaps grow with the logarithm of their
length, so that both minutes and weeks can be seen; their length is written beside them.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from approvals.domain.model.approval import Status
from approvals.presentation.explain.forecast import Kind, Moment
from approvals.presentation.messages.pages import line_end
from approvals.presentation.spans import short

FIRST, LAST = 3.0, 97.0
MOST_MARKS = 14
_RANK: dict[Kind, int] = {
    "ended": 0, "answered": 1, "asked": 2, "escalated": 3, "changed": 4, "reminded": 5, "attended": 6, "sent": 7,
}  # fmt: skip
_MINUTE = timedelta(minutes=1)


class Mark(msgspec.Struct, frozen=True):
    """One moment on the line; of several in the same minute the most important."""

    x: float
    kind: Kind
    past: bool


class Label(msgspec.Struct, frozen=True):
    x: float
    text: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The values that the template draws and lists. Without marks nothing is drawn."""

    marks: tuple[Mark, ...] = ()
    gaps: tuple[Label, ...] = ()
    now: float | None = None
    """The position at which the past ends and the forecast begins; None if the approval is settled."""
    past: tuple[Moment, ...]
    future: tuple[Moment, ...]
    later: tuple[Moment, ...]
    end: str

    @property
    def begins_far_from_now(self) -> bool:
        return self.now is None or self.now > 22

    @property
    def ends_far_from_now(self) -> bool:
        return self.now is None or self.now < 72


def timeline(status: Status, moments: Sequence[Moment], *, now: datetime) -> Timeline:
    """Return the picture of the moments and their list."""
    pending = status is Status.PENDING
    dated = [(moment.at, moment) for moment in moments if moment.at]
    past = tuple(moment for at, moment in dated if at <= now and not (pending and moment.kind == "ended"))
    future = tuple(moment for _, moment in dated if moment not in past)
    marks, gaps, now_at = _drawn(_thinned([*past, *future]), now if pending else None)
    return Timeline(
        marks=marks, gaps=gaps, now=now_at, past=past, future=future,
        later=tuple(moment for moment in moments if moment.at is None),
        end=line_end(status),
    )  # fmt: skip


def _thinned(moments: Sequence[Moment]) -> dict[datetime, Kind]:
    """Keep the most important moment of each minute. If those are too many, drop the least important, latest first."""
    found: dict[datetime, Kind] = {}
    for moment in moments:
        assert moment.at is not None  # noqa: S101  the caller has sorted them
        minute = moment.at.replace(second=0, microsecond=0)
        found[minute] = min(found.get(minute, moment.kind), moment.kind, key=_RANK.__getitem__)
    spare = len(found) - MOST_MARKS
    inner = sorted(list(found)[1:-1], key=lambda at: (_RANK[found[at]], at), reverse=True)
    left_out = set(inner[: max(spare, 0)])
    return {at: kind for at, kind in sorted(found.items()) if at not in left_out}


def _drawn(
    moments: dict[datetime, Kind], now: datetime | None
) -> tuple[tuple[Mark, ...], tuple[Label, ...], float | None]:
    points = sorted({*moments, *([now] if now else [])})
    if len(points) < 2:
        return (), (), None
    weights = [1 + math.log2(1 + (after - before) / _MINUTE) for before, after in pairwise(points)]
    scale, place = (LAST - FIRST) / sum(weights), {points[0]: FIRST}
    for weight, (before, after) in zip(weights, pairwise(points), strict=True):
        place[after] = place[before] + weight * scale
    marks = tuple(Mark(round(place[at], 2), kind, past=now is None or at <= now) for at, kind in moments.items())
    gaps = tuple(
        Label(round((place[before] + place[after]) / 2, 2), text)
        for before, after in pairwise(points)
        if (text := short(after - before)) and place[after] - place[before] > 3 + 2.5 * len(text)
    )
    return marks, gaps, round(place[now], 2) if now else None
