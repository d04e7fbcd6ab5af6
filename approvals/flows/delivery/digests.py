"""Digests: send several notices to one person as one mail. Pointless notices are left out, a single one is sent alone.

The result of a digest closes all its leases; a failure that may pass is retried for the whole digest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from heapq import nsmallest

from msgspec.structs import replace

from approvals.domain.lifecycle.digest import MOST_LINES, Digest, Line, urgency
from approvals.domain.lifecycle.notices import pointless
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Moot, Result, TryAgain, backoff
from approvals.domain.model.messages.topics import InboxRefreshed
from approvals.domain.model.records import Leased
from approvals.flows.inbox import names_of, waiting
from approvals.flows.ports import Digests, Ports

READ_AT_ONCE = 200

Alone = Callable[[Leased], Result]
Unreached = Callable[[Leased, GivenUp], Result]
"""The fallback for a notice whose recipient cannot be reached by mail."""


def bundled(leased: Iterable[Leased]) -> list[list[Leased]]:
    """Group the messages that leave together: all notices for one recipient, and every other message alone."""
    bundles: dict[tuple[str, ...], list[Leased]] = {}
    for one in leased:
        key = (one.recipient,) if one.recipient else (one.target.approval_id, one.key)
        bundles.setdefault(key, []).append(one)
    return list(bundles.values())


def send_together(
    ports: Ports, digests: Digests, leased: Sequence[Leased], *, alone: Alone, unreached: Unreached
) -> list[Result]:
    """Send one recipient every notice that is still needed, and return the result of each, in order."""
    useful: list[tuple[Leased, Notice]] = []
    digest = _digest(_lines(ports, leased, useful), to=_to(leased), key=_key(leased))
    one_by_one = digest.count < 2
    result = Moot() if one_by_one else _sent(ports, digests, digest)
    if isinstance(result, TryAgain) and result.after is None:
        attempts = max(one.attempts for one in leased)
        result = replace(result, after=backoff(attempts, ports.chance()))  # the same for all: they stay together
    found: dict[int, Result] = {}
    for one, _ in useful:
        found[id(one)] = alone(one) if one_by_one else _result(one, result, unreached)
    return [found.get(id(one), Moot()) for one in leased]


def send_list(ports: Ports, notice: Notice, about: InboxRefreshed) -> Result:
    """Send everything that waits for this person now, because they asked for it."""
    channel = ports.channels.get(notice.channel)
    if not isinstance(channel, Digests):
        return GivenUp(f"{notice.channel} is not set up here")
    lines = (line for _, line in waiting(ports, names_of(ports.directory, notice.to)) if line)
    digest = _digest(lines, to=notice.to, key=f"{about.window}.{notice.to}")
    return _sent(ports, channel, digest) if digest.count else Moot()


def _result(leased: Leased, result: Result, unreached: Unreached) -> Result:
    return unreached(leased, result) if isinstance(result, GivenUp) else result


def _sent(ports: Ports, digests: Digests, digest: Digest) -> Result:
    first = digest.lines[0]
    link = ports.links.inbox_url(first.approval.id, first.reviewer, now=ports.clock())
    return digests.send_digest(digest, link=link)


def _lines(ports: Ports, leased: Sequence[Leased], useful: list[tuple[Leased, Notice]]) -> Iterator[Line]:
    """Yield a line for each approval that still needs an answer, and add needed notices to `useful`.

    Approvals are read in batches: hundreds may wait, and each may be large.
    """
    seen: set[str] = set()
    for start in range(0, len(leased), READ_AT_ONCE):
        for one, notice, approval in _read(ports, leased[start : start + READ_AT_ONCE]):
            if pointless(notice, approval):
                continue
            useful.append((one, notice))
            if approval.id not in seen and isinstance(notice.audience, ForReviewer):
                seen.add(approval.id)
                yield Line(approval, notice.audience.number)


def _read(ports: Ports, leased: Sequence[Leased]) -> Iterator[tuple[Leased, Notice, Approval]]:
    ids = list(dict.fromkeys(one.target.approval_id for one in leased))
    approvals = {approval.id: approval for approval in ports.store.several(ids)}
    for one in leased:
        if isinstance(one.message, Notice):
            yield one, one.message, approvals[one.target.approval_id]


def _digest(lines: Iterable[Line], *, to: str, key: str) -> Digest:
    """Keep the most urgent lines, and count them all."""
    risks = Counter[str]()

    def counted() -> Iterator[Line]:
        for line in lines:
            risks[line.approval.content.risk] += 1
            yield line

    urgent = tuple(nsmallest(MOST_LINES, counted(), key=urgency))
    digest = sha256(key.encode()).hexdigest()[:24]
    return Digest(to=to, lines=urgent, count=risks.total(), high_risk=risks["high"], key=digest)


def _key(leased: Sequence[Leased]) -> str:
    return " ".join(sorted(f"{one.target.approval_id}.{one.key}" for one in leased))


def _to(leased: Sequence[Leased]) -> str:
    return next(one.message.to for one in leased if isinstance(one.message, Notice))
