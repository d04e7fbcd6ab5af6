"""Settle: the one way in which an approval ends, with its outcome, its callback and its notices."""

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from approvals.domain.lifecycle.end_reasons import EndReason, rule_reason
from approvals.domain.lifecycle.notices import settled_notices
from approvals.domain.model.approval import (
    Approval,
    CallbackState,
    Change,
    DecidedBy,
    Decision,
    Note,
    Outcome,
    Reviewer,
    Status,
)
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.policy import OnTimeout, TakeOption
from approvals.domain.model.replies import ERROR_NAMES, CallbackBody, output_of, rendered
from approvals.domain.templates.search import TooMuchWork

OUTCOME_BYTES = 8 * 1024
_STATUS_OF_SIDE = {"approve": Status.APPROVED, "reject": Status.REJECTED}


def settle(
    approval: Approval, *, status: Status, option: str | None, now: datetime, note: Note,
    decision: Decision | None = None, timed_out: bool = False, reason: str | None = None, tell: bool = True,
) -> Change:  # fmt: skip
    """Return the change to a final status. `tell=False` sends no callback, since the state no longer waits."""
    outcome = _outcome(approval, status=status, option=option, now=now, timed_out=timed_out, reason=reason)
    after = msgspec.structs.replace(
        approval,
        version=approval.version + 1,
        status=status,
        outcome=outcome,
        settled_at=now,
        next_action_at=None,
        callback=CallbackState.WAITING if tell else CallbackState.NONE,
        callback_detail="" if tell else (reason or ""),
    )
    notices = settled_notices(after, now, decision=decision)
    if not tell:
        return Change(approval=after, note=note, decision=decision, messages=notices)
    callback, problem = _callback(after, outcome)
    if problem:  # the workflow gets the gateway's own outcome; the audit trail explains why
        note = msgspec.structs.replace(note, facts={**note.facts, "reply": problem})
    return Change(approval=after, note=note, decision=decision, messages=(callback, *notices))


def expire(approval: Approval, now: datetime, *, rule: OnTimeout | None = None) -> Change:
    """Settle an approval whose deadline has passed, by the rule of its policy or stage."""
    note = Note(event="expired", at=now, actor="schedule", facts={"deadline": approval.deadline})
    match rule or approval.policy.on_timeout:
        case "fail":
            status, option = Status.EXPIRED, None
        case "approve" | "reject" as side:
            status = _STATUS_OF_SIDE[side]
            option = next(o.id for o in approval.content.options if o.side == side)
        case TakeOption(option=chosen):
            option = chosen
            status = _STATUS_OF_SIDE[next(o.side for o in approval.content.options if o.id == chosen)]
    reason = EndReason.TOO_FEW_AGREED if approval.counted(approval.stage) else EndReason.NOBODY_ANSWERED
    return settle(approval, status=status, option=option, now=now, note=note, timed_out=True, reason=reason)


def cancel(approval: Approval, *, actor: str, reason: str, now: datetime, waits: bool = True) -> Change:
    """Cancel an approval without a decision. `waits=False` if the workflow no longer waits."""
    note = Note(event="cancelled", at=now, actor=actor, facts={"reason": reason})
    return settle(approval, status=Status.CANCELLED, option=None, now=now, note=note, reason=reason, tell=waits)


def supersede(approval: Approval, *, by: str, now: datetime) -> Change:
    """Settle an attempt that a newer attempt of the same state replaces; its token is closed already."""
    note = Note(event="superseded", at=now, actor="workflow", facts={"by": by})
    reason = EndReason.ASKED_AGAIN
    return settle(approval, status=Status.SUPERSEDED, option=None, now=now, note=note, reason=reason, tell=False)


def approve_by_rule(approval: Approval, *, rule: str, because: str, option: str, now: datetime) -> Change:
    """Approve without asking anybody: the outcome names the rule of the directory and its reason."""
    note = Note(event="approvedByRule", at=now, actor=f"rule:{rule}", facts={"because": because, "option": option})
    reason = rule_reason(rule, because)
    change = settle(approval, status=Status.APPROVED, option=option, now=now, note=note, reason=reason)
    return msgspec.structs.replace(change, messages=tuple(m for m in change.messages if isinstance(m, Callback)))


def winning_option(approval: Approval, side: str) -> str:
    """Return the option that most people of one side chose in the last stage; the latest among equals."""
    standing = [d for d in approval.counted(approval.stage).values() if d.side == side]
    votes = Counter(decision.option for decision in standing)
    return max(standing, key=lambda decision: (votes[decision.option], decision.at)).option


def _outcome(
    approval: Approval, *, status: Status, option: str | None, now: datetime, timed_out: bool, reason: str | None
) -> Outcome:
    counted = approval.counted()
    standing = [d for d in approval.decisions if counted.get(d.reviewer) is d]
    last = next((d for d in reversed(standing) if d.option == option), None)
    outcome = Outcome(
        approval_id=approval.id,
        outcome=str(status),
        option=option,
        decided_at=now,
        timed_out=timed_out,
        decided_by=tuple(_decided_by(approval.reviewers[d.reviewer], d) for d in standing),
        comment=last.comment if last else "",
        form=_form(standing, option),
        reason=reason,
        content_sha256=approval.content_sha256,
        callback_id=approval.callback_id,
    )
    return _fitted(outcome)


def _form(standing: list[Decision], option: str | None) -> dict[str, Any]:
    """Return the form answers of those who chose the outcome; later answers replace earlier ones."""
    return {name: value for d in standing if d.option == option for name, value in d.form.items()}


def _decided_by(reviewer: Reviewer, decision: Decision) -> DecidedBy:
    return DecidedBy(
        reviewer=reviewer.id, name=reviewer.name, option=decision.option, comment=decision.comment,
        at=decision.at, via=decision.via, assurance=decision.assurance, by=decision.operator,
        on_behalf_of=None if decision.own else reviewer.id,
    )  # fmt: skip


def _fitted(outcome: Outcome) -> Outcome:
    """Return the outcome cut to OUTCOME_BYTES: comments first, then long form answers, then those who decided."""
    for length in (2000, 500, 100, 20, 0):
        if _size(outcome) <= OUTCOME_BYTES:
            return outcome
        outcome = msgspec.structs.replace(
            outcome,
            comment=_cut(outcome.comment, length),
            decided_by=tuple(msgspec.structs.replace(d, comment=_cut(d.comment, length)) for d in outcome.decided_by),
        )
    for length in (500, 100, 20):
        if _size(outcome) <= OUTCOME_BYTES:
            return outcome
        form = {name: _cut(value, length) if isinstance(value, str) else value for name, value in outcome.form.items()}
        outcome = msgspec.structs.replace(outcome, form=form)
    while _size(outcome) > OUTCOME_BYTES and outcome.decided_by:
        outcome = msgspec.structs.replace(outcome, decided_by=outcome.decided_by[1:])
    return outcome


def _size(outcome: Outcome) -> int:
    return len(msgspec.json.encode(outcome))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…" * bool(length)


def _callback(approval: Approval, outcome: Outcome) -> tuple[Callback, str]:
    """Return the callback, and why the reply that was fixed for this outcome is not used, if it cannot be.

    An option's own output comes first, then the reply, then the gateway's own outcome.
    """
    ours, problem = _ours(approval, outcome), ""
    option = approval.content.option(outcome.option) if outcome.option else None
    reply = getattr(approval.answers, str(approval.status), None)
    if option and option.output is not None:
        told = output_of(option.output, ours=ours)
    elif reply:
        try:
            told = rendered(reply, outcome=_known(approval, outcome), error=ERROR_NAMES[approval.status], ours=ours)
        except TooMuchWork as error:
            told, problem = ours, str(error)
    else:
        told = ours
    body = Callback(callback_id=approval.callback_id, output=told.output, error=told.error, cause=told.cause)
    return body, problem


def _known(approval: Approval, outcome: Outcome) -> Any:
    """Return the values for a reply's expressions, as decoded JSON: JMESPath takes lists, and no tuples."""
    more = {"deadline": approval.deadline, "details": approval.content.details}
    return {**msgspec.json.decode(msgspec.json.encode(outcome)), **msgspec.json.decode(msgspec.json.encode(more))}


def _ours(approval: Approval, outcome: Outcome) -> CallbackBody:
    text = msgspec.json.encode(outcome).decode()
    succeeds = approval.status is Status.APPROVED or (
        approval.status is Status.REJECTED and approval.policy.on_reject == "succeed"
    )
    if succeeds:
        return CallbackBody(output=text)
    return CallbackBody(error=ERROR_NAMES[approval.status], cause=text)
