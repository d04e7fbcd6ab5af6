"""Digests: group the notices for one person, and send them as one mail. Pointless notices are left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from heapq import nsmallest

import msgspec
from msgspec.structs import replace

from approvals.domain.lifecycle.digest import MOST_LINES, Digest, DigestLine, OutcomeDigest, urgency
from approvals.domain.lifecycle.notices import pointless
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.backoff import backoff
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import GivenUp, Moot, Result, TryAgain
from approvals.domain.model.messages.topics import InboxRefreshed, Settled
from approvals.domain.model.records import Leased
from approvals.flows.delivery.unreachable import has_failed
from approvals.flows.inbox import names_of, waiting
from approvals.flows.ports import DigestChannel, OutcomesChannel, Ports

READ_AT_ONCE = 200


def bundled(leased: Iterable[Leased]) -> list[list[Leased]]:
    """Group the messages that leave together: all notices for one recipient, and every other message alone.

    Outcomes that may have arrived are apart from later ones: the message that told them is found by their key.
    """
    bundles: dict[tuple[object, ...], list[Leased]] = {}
    for one in leased:
        key = (one.recipient, one.ambiguous and is_outcome(one)) if one.recipient else (one.target.approval_id, one.key)
        bundles.setdefault(key, []).append(one)
    return list(bundles.values())


def is_outcome(leased: Leased) -> bool:
    """Return whether this is a notice of an outcome. A recipient's notices are all of one kind."""
    return isinstance(leased.message, Notice) and isinstance(leased.message.about, Settled)


class Sorted(msgspec.Struct, frozen=True):
    """The `id()` of each notice that is needed now, is to be sent later, or whose approval this release cannot read.

    `failed_before` are those to addresses at which messages have failed.
    """

    needed: set[int] = msgspec.field(default_factory=set)
    failed_before: set[int] = msgspec.field(default_factory=set)
    early: set[int] = msgspec.field(default_factory=set)
    unreadable: set[int] = msgspec.field(default_factory=set)


def digest_of(ports: Ports, leased: Sequence[Leased]) -> tuple[Digest, Sorted]:
    """Return the digest of one recipient's notices, and the notices sorted."""
    found = Sorted()
    return _digest(_lines(ports, leased, found), to=address_of(leased), key=key_of(leased)), found


def send_digest(
    ports: Ports, channel: DigestChannel | OutcomesChannel, digest: Digest | OutcomeDigest, *, attempts: int,
    ambiguous: bool,
) -> Result | None:  # fmt: skip
    """Send a digest. A failure that may pass is retried at one moment for all its notices, so that they stay together.

    `attempts` is the largest number of attempts that any of them has had. None: each has to be sent alone.
    """
    result = _sent_by(ports, channel, digest, ambiguous=ambiguous)
    if isinstance(result, TryAgain) and result.after is None:
        return replace(result, after=backoff(attempts, ports.jitter()))
    return result


def _sent_by(
    ports: Ports, channel: DigestChannel | OutcomesChannel, digest: Digest | OutcomeDigest, *, ambiguous: bool
) -> Result | None:
    match channel, digest:
        case OutcomesChannel(), OutcomeDigest():
            return channel.send_outcomes(digest, ambiguous=ambiguous)
        case DigestChannel(), Digest():
            return _sent(ports, channel, digest)
    return GivenUp("this channel sends no digests", kind="invalid")


def send_list(ports: Ports, notice: Notice, about: InboxRefreshed) -> Result:
    """Send everything that waits for this person now, because they asked for it."""
    channel = ports.channels.get(notice.channel)
    if not isinstance(channel, DigestChannel):
        return GivenUp(f"{notice.channel} is not set up here", kind="invalid")
    lines = (line for _, line in waiting(ports, names_of(ports.directory, notice.to)) if line)
    digest = _digest(lines, to=notice.to, key=_shortened(f"{about.window}.{notice.to}"))
    return _sent(ports, channel, digest) if digest.count else Moot()


def _sent(ports: Ports, digests: DigestChannel, digest: Digest) -> Result:
    first = digest.lines[0]
    link = ports.links.inbox_url(first.approval.id, first.reviewer, now=ports.clock())
    return digests.send_digest(digest, link=link)


def _lines(ports: Ports, leased: Sequence[Leased], found: Sorted) -> Iterator[DigestLine]:
    """Yield a line for each approval that still needs an answer, and add the notices to `found`."""
    seen: set[str] = set()
    for one, notice, approval in read_notices(ports, leased):
        if approval is None:
            found.unreadable.add(id(one))
            continue
        if pointless(notice, approval):
            continue
        found.needed.add(id(one))
        if has_failed(approval, notice):
            found.failed_before.add(id(one))
        if approval.id not in seen and isinstance(notice.audience, ForReviewer):
            seen.add(approval.id)
            yield DigestLine(approval, notice.audience.number)


def read_notices(ports: Ports, leased: Sequence[Leased]) -> Iterator[tuple[Leased, Notice, Approval | None]]:
    """Yield each notice with its approval, if that can be read.

    Approvals are read in batches: there may be hundreds, and each may be large.
    """
    for start in range(0, len(leased), READ_AT_ONCE):
        yield from _read(ports, leased[start : start + READ_AT_ONCE])


def _read(ports: Ports, leased: Sequence[Leased]) -> Iterator[tuple[Leased, Notice, Approval | None]]:
    ids = list(dict.fromkeys(one.target.approval_id for one in leased))
    approvals = {approval.id: approval for approval in ports.store.several(ids)}
    for one in leased:
        if isinstance(one.message, Notice):
            yield one, one.message, approvals.get(one.target.approval_id)


def _digest(lines: Iterable[DigestLine], *, to: str, key: str) -> Digest:
    """Keep the most urgent lines, and count them all."""
    risks = Counter[str]()

    def counted() -> Iterator[DigestLine]:
        for line in lines:
            risks[line.approval.content.risk] += 1
            yield line

    urgent = tuple(nsmallest(MOST_LINES, counted(), key=urgency))
    return Digest(to=to, lines=urgent, count=risks.total(), high_risk=risks["high"], key=key)


def key_of(leased: Sequence[Leased]) -> str:
    """Return the key of a digest of these notices."""
    return _shortened(" ".join(sorted(f"{one.target.approval_id}.{one.key}" for one in leased)))


def _shortened(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:24]


def address_of(leased: Sequence[Leased]) -> str:
    """Return the address to which these notices go."""
    return next(one.message.to for one in leased if isinstance(one.message, Notice))
