"""Attempts to change one approval, each in one transaction, until no other writer is faster."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from types import TracebackType

from msgspec import Struct
from msgspec.structs import replace

from approvals.domain.eligibility.reevaluation import is_current
from approvals.domain.lifecycle.notices import with_requester_told
from approvals.domain.lifecycle.schedule import reevaluate
from approvals.domain.model.approval import Approval, Change, callback_state
from approvals.domain.model.errors import Stale
from approvals.domain.model.messages.results import Result
from approvals.domain.model.records import Leased
from approvals.flows.delivery.send import LEASE, send_all
from approvals.flows.ports import Ports
from approvals.flows.storage import Transaction
from approvals.telemetry import tracing
from approvals.telemetry.tracing import NOTHING

ATTEMPTS = 20
WITHOUT_LOCK = 3
"""So many attempts lock nothing before they write. Under many simultaneous answers, the later ones take turns."""


class Decided(Struct, frozen=True):
    """The approval after a change; `changed` is False if there was nothing to change."""

    approval: Approval
    changed: bool


class Attempt:
    """One transaction. Its `with` block commits; a Stale one ends without an error."""

    def __init__(self, ports: Ports, *, locked: bool, verb: str = "change") -> None:
        self._ports, self._begin = ports, ports.store.transaction if locked else ports.store.attempt
        self._open = ExitStack()
        self._change: Change | None = None
        self._leased: Sequence[Leased] = ()
        self._verb, self._span = verb, NOTHING
        self.committed = False

    def begin(self, approval_id: str) -> bool:
        """Read the approval and reevaluate its reviewers; False if another writer was faster. Raises NotFound."""
        since = tracing.moment()
        try:
            with ExitStack() as opened:
                self._tx = opened.enter_context(self._begin())
                found = self._tx.approval(approval_id)
                # Read after the approval: waiting for its lock must not let an answer in after the deadline.
                self.now: datetime = self._ports.clock()
                self.approval = _reevaluated(self._ports, self._tx, found, self.now)
                self._open = opened.pop_all()
        except Stale:
            return False
        self._span = tracing.approval_span(
            self._verb, self.approval, policies=lambda: self._ports.directory.policies, since=since
        )
        return True

    def __enter__(self) -> Approval:
        return self.approval

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            with self._span.current():
                self._open.__exit__(kind, error, trace)
            self.committed = error is None
        except Stale:
            return True
        finally:
            if not self.committed:
                self._span.end(error)
        return isinstance(error, Stale)

    def apply(self, change: Change | None) -> None:
        """Write the change. Its callback is leased to this process, which sends it after the commit or dies first."""
        self._change = change and with_requester_told(change, people=self._ports.people)
        if self._change:
            self._leased = self._tx.apply([self._change], lease_until=self.now + LEASE)

    def conclude(self, *, within: timedelta | None = None) -> Decided:
        """Send the callback and return the approval after it; wait for Step Functions `within` this time only.

        By default that is the `callback_wait` of the ports.
        """
        with self._span:
            return self._concluded(within)

    def _concluded(self, within: timedelta | None) -> Decided:
        if self._change is None:
            return Decided(self.approval, changed=False)
        after = self._change.approval
        for result in self._sent(within):
            after = replace(after, callback=callback_state(result))
        self._ports.wake()
        return Decided(after, changed=True)

    def _sent(self, within: timedelta | None) -> Sequence[Result]:
        """Return the results; none if Step Functions takes longer than `within`, while sending continues."""
        wait = self._ports.callback_wait if within is None else within
        if wait is None or not self._leased:
            return self._send()
        return self._ports.background(self._send, wait) or ()

    def _send(self) -> Sequence[Result]:
        return send_all(self._ports, self._leased)


def attempts(ports: Ports, approval_id: str, *, verb: str = "change") -> Iterator[Attempt]:
    """Yield attempts until one is committed. Each is entered with `with`. Raises NotFound, or Stale after the last."""
    for number in range(ATTEMPTS):
        attempt = Attempt(ports, locked=number >= WITHOUT_LOCK, verb=verb)
        if attempt.begin(approval_id):
            yield attempt
        if attempt.committed:
            return
    raise Stale("too many other answers arrived at the same moment")


def _reevaluated(ports: Ports, tx: Transaction, approval: Approval, now: datetime) -> Approval:
    """Reevaluate who may answer, unless nothing can have changed since the last time."""
    people = ports.people
    if not approval.pending or now >= approval.deadline or is_current(approval, people):
        return approval
    change = reevaluate(approval, now, people=people)
    if change:
        tx.apply([change])
    if (
        approval.people_fingerprint != people.fingerprint
    ):  # else the next attempt would take the reviewers for those before
        tx.held_against(people.fingerprint, [approval.id])
    return change.approval if change else approval
