"""Sentences about how an approval settled and whether its workflow knows."""

from collections.abc import Sequence
from typing import Literal

from approvals.domain.lifecycle.end_reasons import EndReason, withdrawal_of
from approvals.domain.model.approval import Approval, CallbackState, Status
from approvals.domain.model.submission import Side
from approvals.presentation.lists import listed_apart
from approvals.presentation.names import actor_name, operator_name, option_label
from approvals.presentation.text import cut, plain

ENDED: dict[tuple[Status, str], str] = {
    (Status.EXPIRED, EndReason.NOBODY_ANSWERED): "Expired: nobody answered in time.",
    (Status.EXPIRED, EndReason.TOO_FEW_AGREED): "Expired: too few agreed in time.",
    (Status.SUPERSEDED, EndReason.ASKED_AGAIN): (
        "Replaced: the workflow asked again; a newer approval has taken its place."
    ),
    (Status.CANCELLED, EndReason.NO_LONGER_WAITS): "Cancelled: the workflow no longer waits.",
    (Status.CANCELLED, EndReason.EXECUTION_STOPPED): "Cancelled: the execution was stopped.",
    (Status.CANCELLED, EndReason.EXECUTION_TIMED_OUT): "Cancelled: the execution timed out.",
    (Status.CANCELLED, EndReason.EXECUTION_FAILED): "Cancelled: the execution failed.",
}
"""The sentences for the gateway's own reasons. Another reason was written by a person or names details."""
STATUS_LABELS = {
    Status.PENDING: "Pending",
    Status.APPROVED: "Approved",
    Status.REJECTED: "Rejected",
    Status.EXPIRED: "Expired",
    Status.CANCELLED: "Cancelled",
    Status.SUPERSEDED: "Replaced",
}
_WAITING_ANSWERED = "The answer is recorded. The workflow is being notified."
Cause = Literal["nobody", "too few", "people", "rule"]
_DECIDED: dict[tuple[Side, Cause], tuple[str, str]] = {
    ("approve", "nobody"): (
        "Approved, because nobody answered in time.", "Approved with “{label}”, because nobody answered in time.",
    ),
    ("approve", "too few"): (
        "Approved, because too few agreed in time.", "Approved with “{label}”, because too few agreed in time.",
    ),
    ("approve", "people"): ("Approved by {people}.", "Approved with “{label}” by {people}."),
    ("approve", "rule"): ("Approved.", "Approved with “{label}”."),
    ("reject", "nobody"): (
        "Rejected, because nobody answered in time.", "Rejected with “{label}”, because nobody answered in time.",
    ),
    ("reject", "too few"): (
        "Rejected, because too few agreed in time.", "Rejected with “{label}”, because too few agreed in time.",
    ),
    ("reject", "people"): ("Rejected by {people}.", "Rejected with “{label}” by {people}."),
    ("reject", "rule"): ("Rejected.", "Rejected with “{label}”."),
}  # fmt: skip
"""By what decided it: without and with the label of the option."""


def outcome_sentence(approval: Approval) -> str:
    """Return how it settled, and by whom: “Approved by Ana and Ben.” An open one: “Not settled yet.”"""
    reason = plain(approval.outcome.reason or "") if approval.outcome else ""
    if sentence := ENDED.get((approval.status, reason)):
        return sentence
    reason = cut(reason, 300).rstrip(".")
    match approval.status:
        case Status.PENDING:
            return "Not settled yet."
        case Status.EXPIRED:
            return f"Expired: {reason}." if reason else "Expired."
        case Status.CANCELLED:
            return cancelled_sentence(reason)
        case Status.SUPERSEDED:
            return f"Replaced: {reason}." if reason else "Replaced."
        case Status.APPROVED | Status.REJECTED:
            return _decided_sentence(approval)


def cancelled_sentence(reason: str) -> str:
    """Return why an approval was cancelled, or who withdrew it and why."""
    if found := withdrawal_of(reason):
        return withdrawn_sentence(operator_name(found[0]), found[1])
    return f"Cancelled: {reason}." if reason else "Cancelled."


def withdrawn_sentence(who: str, reason: str) -> str:
    """Return who withdrew an approval, and why, as far as that is known."""
    match bool(who), bool(reason):
        case True, True:
            return f"Withdrawn by {who}: {reason}."
        case True, False:
            return f"Withdrawn by {who}."
        case False, True:
            return f"Withdrawn: {reason}."
        case _:
            return "Withdrawn."


def callback_sentence(approval: Approval) -> str:
    """Return whether the workflow got the outcome. The sentence never claims more than the gateway knows."""
    match approval.callback:
        case CallbackState.NONE:
            return _unsent_sentence(approval)
        case CallbackState.WAITING:
            return _WAITING_ANSWERED if _was_answered(approval) else "The workflow is being notified."
        case CallbackState.DELIVERED:
            return _delivered_sentence(approval)
        case CallbackState.TOO_LATE:
            return "The workflow no longer waited: it was stopped or had timed out, so this has no effect there."
        case CallbackState.FAILED:
            return _failed_sentence(approval)
        case CallbackState.UNCONFIRMED:
            return "The workflow was notified, but its confirmation was lost; whether it arrived could not be verified."


def _was_answered(approval: Approval) -> bool:
    return approval.outcome is not None and bool(approval.outcome.decided_by) and not approval.outcome.timed_out


def _decided_sentence(approval: Approval) -> str:
    """Return the sentence with the label of the option, unless the label only repeats the status."""
    outcome = approval.outcome
    label = option_label(approval, outcome.option) if outcome else ""
    side: Side = "approve" if approval.status is Status.APPROVED else "reject"
    people = [actor_name(approval, d) for d in approval.counted().values() if d.side == side]
    plainly, with_label = _DECIDED[side, _cause(approval, people)]
    adds_something = label.casefold() not in ("", "approve", "reject", str(approval.status))
    return (with_label if adds_something else plainly).format(label=label, people=listed_apart(people))


def _cause(approval: Approval, people: Sequence[str]) -> Cause:
    outcome = approval.outcome
    if outcome and outcome.timed_out:
        return "too few" if outcome.reason == EndReason.TOO_FEW_AGREED else "nobody"
    return "people" if people else "rule"


def _failed_sentence(approval: Approval) -> str:
    detail = cut(plain(approval.callback_detail), 300).rstrip(".")
    if detail:
        return f"The workflow could not be notified: {detail}. Its operators have to look into it."
    return "The workflow could not be notified. Its operators have to look into it."


def _unsent_sentence(approval: Approval) -> str:
    if approval.pending:
        return "The workflow waits."
    if approval.status is Status.SUPERSEDED:
        return "The workflow waits for the newer approval instead."
    return "The workflow was not notified: it no longer waited."


def _delivered_sentence(approval: Approval) -> str:
    succeeded = approval.status is Status.APPROVED or (
        approval.status is Status.REJECTED and approval.policy.on_reject == "succeed"
    )
    return "The workflow has resumed." if succeeded else "The workflow has been notified."
