"""submit: from what a workflow sent to a pending approval, once per task token."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from approvals.domain.approval import Approval, Arrival
from approvals.domain.errors import Invalid
from approvals.domain.messages import Callback, Sent, Target
from approvals.domain.opening import open_approval, supersedes
from approvals.domain.settling import supersede
from approvals.domain.submission import Submission
from approvals.flows.ports import Transaction

if TYPE_CHECKING:
    from approvals.flows.gateway import Gateway

CAUSE_LENGTH = 8 * 1024


class Submitted(msgspec.Struct, frozen=True):
    """The approval of a task token: as it was opened, or None where the token was known already."""

    approval_id: str
    opened: Approval | None

    @property
    def created(self) -> bool:
        return self.opened is not None


def submit_all(gateway: Gateway, submissions: Sequence[Submission], *, caller: str) -> list[Submitted | Invalid]:
    """One transaction for all, one verdict for each, in order."""
    opened = [_opened(gateway, submission, caller) for submission in submissions]
    verdicts = iter(_added(gateway, [one for one in opened if isinstance(one, Arrival)]))
    return [one if isinstance(one, Invalid) else next(verdicts) for one in opened]


def _added(gateway: Gateway, arrivals: Sequence[Arrival]) -> list[Submitted]:
    if not arrivals:
        return []
    with gateway.store.transaction() as tx:
        ids = tx.add(arrivals)
        submitted = [
            Submitted(approval_id, _settled_attempts(tx, arrival.change.approval, gateway))
            if approval_id == arrival.change.approval.id
            else Submitted(approval_id, None)
            for arrival, approval_id in zip(arrivals, ids, strict=True)
        ]
    gateway.wake()
    return submitted


def refuse(gateway: Gateway, task_token: str, *, reasons: Invalid, execution_arn: str | None) -> bool:
    """Fails the waiting task at once, so that no workflow hangs on a typo. False where it has to be tried again."""
    cause = msgspec.json.encode({"errors": reasons.faults}).decode()[:CAUSE_LENGTH]
    callback = Callback(callback_id="", error="Approval.InvalidSubmission", cause=cause)
    target = Target(approval_id="", sealed_token=None, execution_arn=execution_arn, created_at=gateway.clock())
    result = gateway.callbacks.send(callback, token=task_token, target=target)
    return isinstance(result, Sent) or getattr(result, "closed", False)


def _opened(gateway: Gateway, submission: Submission, caller: str) -> Arrival | Invalid:
    approval_id = gateway.new_id()
    try:
        change = open_approval(
            submission, approval_id=approval_id, callback_id=gateway.new_id(), caller=caller,
            directory=gateway.directory, terms=gateway.terms, now=gateway.clock(),
        )  # fmt: skip
    except Invalid as error:
        return error
    token = submission.task_token
    return Arrival(
        change=change,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        sealed_token=gateway.vault.seal(token, approval_id=approval_id),
    )


def _settled_attempts(tx: Transaction, new: Approval, gateway: Gateway) -> Approval:
    """Of several attempts of the same wait only the latest stays pending, in whatever order they arrive.

    A first attempt has nothing to take the place of, and skips the look-up: should it arrive after its successor,
    the heartbeat finds out that it waits no more.
    """
    if not _is_later_attempt(new):
        return new
    others = [approval for approval in tx.waiting(new.content) if approval.id != new.id]
    now = gateway.clock()
    tx.apply([supersede(old, by=new.id, now=now) for old in others if supersedes(new.content, old.content)])
    later = next((old for old in others if supersedes(old.content, new.content)), None)
    if later is None:
        return new
    change = supersede(new, by=later.id, now=now)
    tx.apply([change])
    return change.approval


def _is_later_attempt(approval: Approval) -> bool:
    execution, state = approval.content.execution, approval.content.state
    return bool(execution and state and (execution.redrive_count or state.retry_count))
