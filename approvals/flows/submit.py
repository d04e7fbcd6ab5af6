"""Submit: open one pending approval for each task token, from what a workflow sent."""

import hashlib
from collections.abc import Sequence
from functools import partial

import msgspec

from approvals.domain.lifecycle.open import open_approval
from approvals.domain.lifecycle.wait_attempts import in_doubt, may_have_others
from approvals.domain.model.approval import Approval, Change
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.records import Arrival, Target
from approvals.domain.model.replies import INVALID_SUBMISSION
from approvals.domain.model.submission import Submission
from approvals.domain.problems import MOST, Invalid, bounded
from approvals.flows.ports import Ports, fingerprint_of
from approvals.telemetry import tracing
from approvals.telemetry.event import Event, Name
from approvals.telemetry.tracing import Span

CAUSE_BYTES = 8 * 1024


class Submitted(msgspec.Struct, frozen=True):
    """The approval of a task token: as it was opened, or None where the token was known already."""

    approval_id: str
    opened: Approval | None

    @property
    def created(self) -> bool:
        return self.opened is not None


def submit_all(
    ports: Ports, submissions: Sequence[Submission], *, caller: str, within: Sequence[str] = ()
) -> list[Submitted | Invalid]:
    """Submit all in one transaction, and return one verdict for each, in order. `within` are their traces."""
    spans = [tracing.span("submit", within=trace) for trace in within or [""] * len(submissions)]
    try:
        opened = [_opened(ports, one, caller, span) for one, span in zip(submissions, spans, strict=True)]
        verdicts = iter(_added(ports, [one for one in opened if isinstance(one, Arrival)]))
        return [one if isinstance(one, Invalid) else next(verdicts) for one in opened]
    finally:
        for span in spans:
            span.end()


def _added(ports: Ports, arrivals: Sequence[Arrival]) -> list[Submitted]:
    if not arrivals:
        return []
    ids = ports.store.add(arrivals)
    submitted = [
        Submitted(approval_id, _last(arrival.change) if approval_id == arrival.change.approval.id else None)
        for arrival, approval_id in zip(arrivals, ids, strict=True)
    ]
    _check_doubtful(ports, [one.opened for one in submitted if one.opened])
    ports.wake()
    return submitted


def refuse(ports: Ports, task_token: str, *, reasons: Invalid, execution_arn: str | None) -> bool:
    """Fail the waiting task at once, so that no workflow hangs on a typo. False if it must be tried again."""
    refused = Event(name=Name.SUBMISSION_REFUSED, at=ports.clock(), execution_arn=execution_arn or "", reason="invalid")
    ports.observe(refused)
    callback = Callback(callback_id="", error=INVALID_SUBMISSION, cause=_cause(reasons))
    target = Target(approval_id="", sealed_token=None, execution_arn=execution_arn, created_at=ports.clock())
    send = partial(ports.callbacks.send, callback, token=task_token, target=target)
    result = send() if ports.callback_wait is None else ports.background(send, ports.callback_wait)
    return isinstance(result, Sent) or getattr(result, "closed", False)


def _cause(reasons: Invalid) -> str:
    """Return as many of the problems as fit, since a truncated cause would not be valid JSON."""
    most = MOST
    while len(cause := msgspec.json.encode({"errors": bounded(reasons.problems, most=most)})) > CAUSE_BYTES:
        most //= 2
    return cause.decode()


def _opened(ports: Ports, submission: Submission, caller: str, span: Span) -> Arrival | Invalid:
    approval_id, configuration = ports.new_id(), ports.configuration()
    try:
        change = open_approval(
            submission, approval_id=approval_id, callback_id=ports.new_id(), caller=caller,
            directory=configuration.directory, deployment=ports.deployment, now=ports.clock(),
        )  # fmt: skip
    except Invalid as error:
        span.set("approvals.refused", "Invalid")
        return error
    tracing.describe(span, change.approval, policies=lambda: configuration.directory.policies)
    token = submission.task_token
    with span.current():
        sealed = ports.vault.seal(token, approval_id=approval_id)
    return Arrival(
        change=change,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        sealed_token=sealed,
        directory=fingerprint_of(configuration, ports.deployment),
        trace=span.trace if tracing.is_kept(span.trace) else None,
    )


def _last(change: Change) -> Approval:
    """Return the approval as it was stored: settled at once where a rule approves it."""
    return change.then.approval if change.then else change.approval


def _check_doubtful(ports: Ports, opened: Sequence[Approval]) -> None:
    """Let a heartbeat find out at once whether the state of an earlier attempt still waits.

    Nothing ends by what a sender claims, and the submission does not wait for Step Functions. If this process dies
    before, the heartbeat comes in its own time.
    """
    new = [approval for approval in opened if approval.pending and may_have_others(approval)]
    with ports.store.attempt() as reading:
        doubtful = {found.id for approval in new if (found := in_doubt(approval, reading.same_wait(approval, limit=2)))}
    if doubtful:
        with ports.store.transaction() as tx:
            tx.hasten_heartbeats(sorted(doubtful), now=ports.clock())
