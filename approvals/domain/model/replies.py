"""Replies: what a workflow gets in place of our outcome, fixed with the approval when it opens."""

from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.model.templates import as_text, filled, template_problems
from approvals.domain.problems import Problem
from approvals.domain.values import Value

OUTPUT_BYTES, ERROR_LENGTH, CAUSE_LENGTH = 256 * 1024, 256, 32 * 1024
"""What SendTaskSuccess and SendTaskFailure take."""
REPLIES_BYTES = 64 * 1024
RESERVED = "States."
TOO_LARGE = "Approval.ReplyTooLarge"


class Failure(Value, frozen=True, kw_only=True):
    """The state fails with this error. What is left out is as it would be without this."""

    error: str | None = None
    cause: Any = None


class Reply(Value, frozen=True, kw_only=True):
    """Either what the state outputs, or how it fails. Texts may hold {JMESPath} over our outcome."""

    success: Any = None
    failure: Failure | None = None


class Replies(Value, frozen=True, kw_only=True):
    """By how it settled. What is not named here gets our own outcome."""

    approved: Reply | None = None
    rejected: Reply | None = None
    expired: Reply | None = None
    cancelled: Reply | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What Step Functions is told: an output, or else an error and its cause."""

    output: str | None = None
    error: str | None = None
    cause: str | None = None


def output_of(value: Any, *, ours: Said) -> Said:
    """A success with this value. One that Step Functions would not take fails the state, and the cause is ours."""
    text = msgspec.json.encode(value).decode()
    if len(text.encode()) > OUTPUT_BYTES:
        return Said(error=TOO_LARGE, cause=ours.output or ours.cause)
    return Said(output=text)


def said(reply: Reply, *, outcome: Any, error: str, ours: Said) -> Said:
    """The reply over our outcome as JSON. `error` and the words of `ours` stand where it names none."""
    if reply.failure is None:
        return output_of(filled(reply.success, outcome), ours=ours)
    named = as_text(filled(reply.failure.error, outcome))[:ERROR_LENGTH]
    cause = as_text(filled(reply.failure.cause, outcome)) if reply.failure.cause is not None else None
    return Said(
        error=error if not named or named.startswith(RESERVED) else named,
        cause=(ours.output or ours.cause) if cause is None else cause[:CAUSE_LENGTH],
    )


def reply_problems(replies: Replies | None, path: str) -> Iterator[Problem]:
    """What is wrong with them, beyond their shape."""
    for status in Replies.__struct_fields__:
        reply: Reply | None = getattr(replies, status, None)
        if reply is not None:
            yield from _one_problems(reply, f"{path}.{status}")
    size = len(msgspec.json.encode(replies))
    if size > REPLIES_BYTES:
        yield Problem(path, f"has {size} bytes; at most {REPLIES_BYTES} are allowed")


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
