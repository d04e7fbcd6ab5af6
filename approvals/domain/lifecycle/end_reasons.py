"""Reasons of an end, as the `reason` of an outcome: a text that workflows read and that rows of all versions hold.

The text is public and part of the callback, which is made in the transaction that settles the approval. So it is made
here, in one language for all. Presentation makes the sentences for people.
"""

from enum import StrEnum

from approvals.domain.eligibility.satisfiability import Shortage


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
    return (
        f"It can no longer be approved: {shortage.group} needs {shortage.need},"
        f" and of those who may answer {shortage.left} can be counted there."
    )


def withdrawal_reason(by: str, reason: str) -> str:
    return f"withdrawn by {by} ({reason})" if reason else f"withdrawn by {by}"


def rule_reason(rule: str, because: str) -> str:
    return f"approved by the rule “{rule}”: {because}"
