"""Reasons of an end, as the `reason` of an outcome: a text that workflows read and that rows of all versions hold.

The text is public and part of the callback, which is made in the transaction that settles the approval. So it is made
here, in one language for all. Presentation makes the sentences for people.
"""

from enum import StrEnum

from approvals.domain.eligibility.satisfiability import Shortage
from approvals.domain.model.messages.undelivered import Undelivered

MOST_FAILURES, FAILURE_LENGTH = 3, 300
"""The failures that a reason names, and the characters of each: a reason is part of an outcome of 8 KiB."""
_WITHDRAWN_BY = "withdrawn by "


class EndReason(StrEnum):
    """The reasons without details. Presentation has a sentence for each."""

    NOBODY_ANSWERED = "nobody answered in time"
    TOO_FEW_AGREED = "too few agreed in time"
    FEWER_NEEDED = "enough had agreed when fewer were needed"
    ASKED_AGAIN = "the workflow asked again; a newer approval has taken its place"
    NO_LONGER_WAITS = "the workflow no longer waits"
    EXECUTION_STOPPED = "the execution was stopped"
    EXECUTION_TIMED_OUT = "the execution timed out"
    EXECUTION_FAILED = "the execution failed"


def shortage_reason(shortage: Shortage) -> str:
    """Return why nobody can approve it: messages that do not arrive, or else too few people."""
    if shortage.unreached:
        more = len(shortage.unreached) - MOST_FAILURES
        named = [undelivered_reason(one) for one in shortage.unreached[:MOST_FAILURES]]
        return " ".join([*named, *([f"{more} more addresses failed."] if more > 0 else [])])
    return (
        f"It can no longer be approved: {shortage.group} needs {shortage.need},"
        f" and of those who may answer {shortage.left} can be counted there."
    )


def undelivered_reason(failure: Undelivered) -> str:
    """Return why messages do not arrive at an address."""
    if failure.channel == "mail":
        words = f"No mail could be delivered to {failure.address}: {failure.reason}"
    else:
        words = (
            f"No message in {failure.channel.capitalize()} could be delivered to {failure.address}: {failure.reason}"
        )
    return f"{words[:FAILURE_LENGTH].rstrip('. ')}."


def withdrawal_reason(by: str, reason: str) -> str:
    return f"{_WITHDRAWN_BY}{by} ({reason})" if reason else f"{_WITHDRAWN_BY}{by}"


def withdrawal_of(reason: str) -> tuple[str, str] | None:
    """Return who withdrew an approval, and why; None if this is not the reason of a withdrawal."""
    if not reason.startswith(_WITHDRAWN_BY):
        return None
    by, _, why = reason.removeprefix(_WITHDRAWN_BY).partition(" (")
    return by, why.removesuffix(")").rstrip(".")


def rule_reason(rule: str, because: str) -> str:
    return f"approved by the rule “{rule}”: {because}"
