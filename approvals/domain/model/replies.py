"""Replies: what a workflow gets in place of the gateway's outcome. They are fixed when the approval opens."""

from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.problems import Problem
from approvals.domain.templates.search import Budget, TooMuchWork
from approvals.domain.templates.text import as_text, filled, template_problems
from approvals.domain.values import Value

OUTPUT_BYTES, ERROR_LENGTH, CAUSE_LENGTH = 256 * 1024, 256, 32 * 1024
"""The limits of SendTaskSuccess and SendTaskFailure."""
REPLIES_BYTES = 64 * 1024
WORK = 20_000
"""The budget of one reply, which is rendered while the approval is locked: the longest outcome more than 20 times."""
RESERVED = "States."
ERROR_NAMES = {
    "approved": "Approval.Approved",
    "rejected": "Approval.Rejected",
    "expired": "Approval.TimedOut",
    "cancelled": "Approval.Cancelled",
}
"""The error of the state by the outcome, where that makes it fail. Workflows catch these names: they are public."""
INVALID_SUBMISSION, TOO_LARGE = "Approval.InvalidSubmission", "Approval.ReplyTooLarge"


class Failure(Value, frozen=True, kw_only=True):
    """The error with which the state fails. Missing fields keep their defaults."""

    error: str | None = None
    cause: Any = None


class Reply(Value, frozen=True, kw_only=True):
    """The output of the state, or its failure. Text may hold {JMESPath} over the outcome."""

    success: Any = None
    failure: Failure | None = None


class Replies(Value, frozen=True, kw_only=True):
    """Replies by outcome. An outcome without one gets the gateway's own."""

    approved: Reply | None = None
    rejected: Reply | None = None
    expired: Reply | None = None
    cancelled: Reply | None = None


class CallbackBody(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a callback to Step Functions: an output, or else an error and its cause."""

    output: str | None = None
    error: str | None = None
    cause: str | None = None


def output_of(value: Any, *, ours: CallbackBody) -> CallbackBody:
    """Return a success with this value. A value that Step Functions would refuse becomes a failure with the reason."""
    text = msgspec.json.encode(value).decode()
    if len(text.encode()) > OUTPUT_BYTES:
        return CallbackBody(error=TOO_LARGE, cause=ours.output or ours.cause)
    return CallbackBody(output=text)


def rendered(reply: Reply, *, outcome: Any, error: str, ours: CallbackBody) -> CallbackBody:
    """Render the reply over the outcome as JSON. Missing texts keep those of `ours`. Raises TooMuchWork."""
    budget = Budget(WORK)
    if reply.failure is None:
        return output_of(filled(reply.success, outcome, budget), ours=ours)
    named = as_text(filled(reply.failure.error, outcome, budget))[:ERROR_LENGTH]
    cause = as_text(filled(reply.failure.cause, outcome, budget)) if reply.failure.cause is not None else None
    return CallbackBody(
        error=error if not named or named.startswith(RESERVED) else named,
        cause=(ours.output or ours.cause) if cause is None else cause[:CAUSE_LENGTH],
    )


def reply_problems(replies: Replies | None, path: str) -> Iterator[Problem]:
    """Yield the problems of replies that their schema cannot express."""
    for status in Replies.__struct_fields__:
        reply: Reply | None = getattr(replies, status, None)
        if reply is not None:
            yield from _one_problems(reply, f"{path}.{status}")
    size = len(msgspec.json.encode(replies))
    if size > REPLIES_BYTES:
        yield Problem(path, f"has {size} bytes; at most {REPLIES_BYTES} are allowed")


def work_problems(replies: Replies, details: dict[str, Any], path: str) -> Iterator[Problem]:
    """Yield the replies that cannot be rendered within the budget over these details and the longest outcome."""
    answer = {"reviewer": "r" * 320, "name": "n" * 200, "option": "approve", "comment": '"' * 2000}
    longest = {**answer, "approvalId": "0" * 25, "decidedBy": [answer] * 3, "form": {}, "details": details}
    for status in Replies.__struct_fields__:
        reply: Reply | None = getattr(replies, status, None)
        try:
            if reply:
                rendered(reply, outcome=longest, error="", ours=CallbackBody(output=""))
        except TooMuchWork as error:
            yield Problem(f"{path}.{status}", str(error))


def _one_problems(reply: Reply, path: str) -> Iterator[Problem]:
    if (reply.success is None) == (reply.failure is None):
        yield Problem(path, "needs either success or failure: what the workflow gets")
    yield from template_problems(reply.success, f"{path}.success")
    if reply.failure:
        yield from template_problems(reply.failure.error, f"{path}.failure.error")
        yield from template_problems(reply.failure.cause, f"{path}.failure.cause")
        yield from _error_problems(reply.failure.error or "", f"{path}.failure.error")


def _error_problems(error: str, path: str) -> Iterator[Problem]:
    if error.startswith(RESERVED):
        yield Problem(path, f"must not begin with “{RESERVED}”: those names belong to Step Functions")
    if len(error) > ERROR_LENGTH:
        yield Problem(path, f"may have at most {ERROR_LENGTH} characters")
