"""Payload adapters: read a payload of any shape as a submission, and define what the workflow gets for it.

The task token is removed first: no expression of a submission can find it.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta

from approvals.domain.arns import state_machine_of
from approvals.domain.model.replies import Replies, reply_problems
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid, Problem
from approvals.domain.templates.search import TooMuchWork
from approvals.domain.templates.text import compile_expression, filled, missing, template_problems
from approvals.domain.values import Value

EntryPoint = Literal["sqs", "sns", "events", "http", "lambda", "activity"]
MASK = "(task token)"
FIELDS = {field.encode_name for field in msgspec.structs.fields(Submission)} | {"context"}
_OURS = {
    "taskToken": "is set by `token`",
    "answers": "is set by `outcome`",
}
_Pattern = Annotated[str, Meta(min_length=1, max_length=512)]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a payload, as far as the entry point knows it; adapters match on it."""

    door: EntryPoint
    name: str = ""
    """The name of the queue, topic, function or activity; for an event, its `source`."""
    state_machine: str = ""
    """The ARN, where the envelope has it; otherwise the payload is searched."""


class Match(Value, frozen=True, kw_only=True):
    """The payloads that an adapter reads: all given conditions must match. Names are patterns with * and ?."""

    door: EntryPoint | None = None
    queue: _Pattern | None = None
    topic: _Pattern | None = None
    event_source: _Pattern | None = None
    activity: _Pattern | None = None
    state_machine: _Pattern | None = None
    has: tuple[str, ...] = ()


_DOOR_OF: dict[str, EntryPoint] = {"queue": "sqs", "topic": "sns", "event_source": "events", "activity": "activity"}


class Adapter(Value, frozen=True, kw_only=True):
    """How to read a payload, and how to answer its workflow."""

    match: Match
    token: Annotated[str, Meta(min_length=1, max_length=512)] = "taskToken"  # noqa: S105  where it stands
    submission: dict[str, Any]
    outcome: Replies | None = None


def adapt(payload: Any, *, source: Source, adapters: Sequence[Adapter]) -> Any:
    """Return the payload as a submission, unchanged where no adapter matches. Raises Invalid with paths in the file."""
    found = matching(payload, source=source, adapters=adapters)
    if found is None:
        return payload
    number, adapter = found
    token = _token(payload, adapter)
    if token is None:
        raise Invalid.at(f"adapters[{number}].token", f"“{adapter.token}” finds no task token in what arrived")
    written = _written(adapter.submission, payload, token, path=f"adapters[{number}].submission")
    answers = {"answers": msgspec.to_builtins(adapter.outcome)} if adapter.outcome else {}
    return {**written, **answers, "taskToken": token}


def essentials(payload: Any, *, source: Source, adapters: Sequence[Adapter]) -> Any:
    """Return the task token and the execution of a payload that could not be adapted."""
    found = matching(payload, source=source, adapters=adapters)
    if found is None:
        return payload
    token = _token(payload, found[1])
    wanted = {name: value for name, value in found[1].submission.items() if name in ("execution", "context")}
    try:
        return {**_written(wanted, payload, token, path=""), "taskToken": token}
    except Invalid:
        return {"taskToken": token}


def matching(payload: Any, *, source: Source, adapters: Sequence[Adapter]) -> tuple[int, Adapter] | None:
    """Return the first adapter that matches, with its index in the file."""
    machine: str | None = None
    for number, adapter in enumerate(adapters):
        wanted = adapter.match
        if wanted.state_machine and machine is None:
            machine = source.state_machine or state_machine_of(payload)
        if (
            wanted.door in (None, source.door)
            and all(_named(source, door, getattr(wanted, name)) for name, door in _DOOR_OF.items())
            and (wanted.state_machine is None or fnmatchcase(machine or "", wanted.state_machine))
            and all(isinstance(payload, dict) and key in payload for key in wanted.has)
        ):
            return number, adapter
    return None


def without(payload: Any, token: str | None) -> Any:
    """Return the payload without the task token: removed, or masked within a text such as a link."""
    if not token:
        return payload
    forms = sorted({token, quote(token), quote(token, safe="")}, key=len, reverse=True)
    return _without(payload, forms)


def adapter_problems(adapter: Adapter, path: str) -> Iterator[Problem]:
    """Yield the problems of an adapter that its schema cannot express."""
    if adapter.match == Match():
        yield Problem(
            f"{path}.match", "is empty and would match every payload; name what it reads, such as a queue or has"
        )
    try:
        compile_expression(adapter.token)
    except ValueError as error:
        yield Problem(f"{path}.token", str(error))
    for name in adapter.submission:
        if name in _OURS:
            yield Problem(f"{path}.submission.{name}", _OURS[name])
        elif name not in FIELDS:
            known = ", ".join(sorted(FIELDS - _OURS.keys()))
            yield Problem(f"{path}.submission.{name}", f"is no field of a submission; known are {known}")
    yield from template_problems(adapter.submission, f"{path}.submission")
    if adapter.outcome:
        yield from reply_problems(adapter.outcome, f"{path}.outcome")


def _written(template: dict[str, Any], payload: Any, token: str | None, *, path: str) -> dict[str, Any]:
    """Fill in the template over all but the token. Payloads are untrusted: too deep, or with lone surrogates."""
    try:
        data = without(payload, token)
        if problems := missing(template, data, path=path):
            raise Invalid(problems)
        filled_in: dict[str, Any] = filled(template, data)
    except RecursionError:
        raise Invalid.at("", "is nested too deep") from None
    except TooMuchWork as error:
        raise Invalid.at(path, str(error)) from None
    except UnicodeEncodeError:
        raise Invalid.at("", "holds half a character (a lone surrogate), which cannot be written") from None
    return filled_in


def _named(source: Source, door: EntryPoint, pattern: str | None) -> bool:
    return pattern is None or (source.door == door and fnmatchcase(source.name, pattern))


def _token(payload: Any, adapter: Adapter) -> str | None:
    try:
        found = compile_expression(adapter.token).find(payload)
    except TooMuchWork:
        return None
    return found if isinstance(found, str) and found else None


def _without(value: Any, forms: Sequence[str]) -> Any:
    match value:
        case dict():
            kept = {key: item for key, item in value.items() if item not in forms}
            return {_masked(key, forms): _without(item, forms) for key, item in kept.items()}
        case list():
            return [_without(item, forms) for item in value if item not in forms]
        case str():
            return _masked(value, forms)
    return value


def _masked(text: str, forms: Sequence[str]) -> str:
    for form in forms:
        text = text.replace(form, MASK)
    return text
