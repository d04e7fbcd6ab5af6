"""Lint what a state sends: the token, data that leaks, and fields that a submission does not have.

Names and types come from the Struct itself, so that they cannot differ.
"""

import difflib
from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.asl.expressions import TOKEN, WHOLE_CONTEXT, ArgumentText, is_static, not_evaluated, texts
from approvals.domain.asl.finding import TOKEN_NAMES, Finding, GatewayTask
from approvals.domain.asl.state_machine import Path
from approvals.domain.json_reader import read
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid

_FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Submission)}
_KNOWN = (*_FIELDS, "context", *TOKEN_NAMES[1:])


def payload_findings(asking: GatewayTask) -> Iterator[Finding]:
    yield from _token(asking)
    yield from _literals(asking)
    yield from _given_away(asking)
    if not asking.fields:
        yield asking.info(
            "payload-unseen",
            "another state builds the payload, so it cannot be checked here",
            "write the payload's fields into the state",
            at=asking.task.payload[0],
        )
    elif not asking.is_readable:
        yield asking.info(
            "other-shape",
            "this is not a submission: the gateway needs an adapter to read it",
            "add title and reviewers or a policy, or an adapter",
            at=asking.task.payload[0],
        )
    else:
        yield from _fields(asking)


def _token(asking: GatewayTask) -> Iterator[Finding]:
    """Require a token under a name that the gateway reads, where people do not see it. Activities bring their own."""
    path, arguments = asking.task.arguments
    if asking.task.is_activity:
        return
    passed = [text for text in _texts(asking, path, arguments) if text.evaluated and TOKEN.search(text.text)]
    whole = [text for text in _texts(asking, path, arguments) if _is_context(asking, text)]
    read_by_us = [text for text in passed if _is_token_place(asking, text)]
    add = f"add {asking.write('taskToken', 'Task.Token')} to the payload"
    if not passed and not whole:
        yield asking.error(
            "no-token", "no task token is passed on, so nobody can answer; AWS does not refuse this", add, at=path
        )
    elif not read_by_us and not whole and (asking.is_submission or len(passed[0].path) == _depth(asking) + 1):
        place = passed[0].path
        yield asking.error(
            "token-misnamed",
            f"the task token is in “{place[-1]}”, where the gateway does not look for it",
            f"name the field taskToken: {asking.write('taskToken', 'Task.Token')}",
            at=place,
        )
    elif asking.is_submission:
        for text in passed:
            if text not in read_by_us:
                yield asking.error(
                    "token-shown",
                    "people see the task token, and anyone who has it can end the task",
                    "pass it as taskToken alone",
                    at=text.path,
                )


def _is_token_place(asking: GatewayTask, text: ArgumentText) -> bool:
    """Return whether the text is the token's field, the context object, or a header."""
    depth = _depth(asking)
    inside = text.path[:depth] == asking.task.payload[0]
    name = str(text.path[depth]).removesuffix(".$") if inside and len(text.path) > depth else ""
    return name == "context" or (name in TOKEN_NAMES and len(text.path) == depth + 1) or "Headers" in text.path


def _is_context(asking: GatewayTask, text: ArgumentText) -> bool:
    """Return whether the text is the whole context object in the field of which the gateway keeps only known keys."""
    field = (*asking.task.payload[0], asking.fields.get("context", ("context", None))[0])
    return text.evaluated and text.path == field and WHOLE_CONTEXT.search(text.text) is not None


def _literals(asking: GatewayTask) -> Iterator[Finding]:
    path, arguments = asking.task.arguments
    for text in not_evaluated(arguments, path, jsonata=asking.jsonata):
        fix = (
            "write it as {% … %}, and the key without .$"
            if asking.jsonata
            else f'let the key end in .$: "{text.path[-1]}.$"'
            if isinstance(text.path[-1], str)
            else "make the list with States.Array, under a key that ends in .$"
        )
        yield asking.error("not-evaluated", f"“{text.text[:60]}” arrives as it is written here", fix, at=text.path)


def _given_away(asking: GatewayTask) -> Iterator[Finding]:
    path, arguments = asking.task.arguments
    for text in _texts(asking, path, arguments):
        if text.evaluated and WHOLE_CONTEXT.search(text.text) and not _is_context(asking, text):
            yield asking.error(
                "raw-context",
                "this passes on the role's ARN, the execution's whole input and maybe the token",
                f"pass what is needed, or {asking.write('context', '')}, of which only ids, names and times are kept",
                at=text.path,
            )


def _fields(asking: GatewayTask) -> Iterator[Finding]:
    where = asking.task.payload[0]
    if "title" not in asking.fields:
        yield asking.error(
            "no-title", "a submission needs a title: the gateway would refuse it", 'add "title"', at=where
        )
    if not {"reviewers", "policy"} & set(asking.fields):
        yield asking.error(
            "nobody-asked",
            "no reviewers are named: the gateway would refuse it",
            'add "reviewers" or a "policy"',
            at=where,
        )
    for name, (key, value) in asking.fields.items():
        here = (*where, key)
        if name not in _KNOWN and not TOKEN.search(str(value)):
            yield asking.error(
                "unknown-field",
                f"“{name}” is not a field of a submission: the gateway would refuse it",
                _meant(name),
                at=here,
            )
        elif name in _FIELDS and key == name and is_static(value, here, jsonata=asking.jsonata):
            yield from _value(asking, name, value, here)


def _value(asking: GatewayTask, name: str, value: Any, here: Path) -> Iterator[Finding]:
    """Validate values that do not depend on the workflow's data, as intake will."""
    try:
        read(_FIELDS[name].type, value)
    except Invalid as error:
        for problem in error.problems:
            yield asking.error(
                "bad-value",
                f"{name}{'.' * bool(problem.path)}{problem.path} {problem.message}",
                "fix the value: the gateway would refuse it",
                at=here,
            )


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name, _KNOWN, n=1)
    return f"did you mean {near[0]}?" if near else "put it into details, or leave it out"


def _texts(asking: GatewayTask, path: Path, value: Any) -> list[ArgumentText]:
    return list(texts(value, path, jsonata=asking.jsonata))


def _depth(asking: GatewayTask) -> int:
    return len(asking.task.payload[0])
