"""Amazon Resource Names (ARNs) of Step Functions: find them in a payload, and take them apart."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

_ANY = re.compile(r"arn:[^\s\x00-\x1f\x7f-\x9f]{1,2044}")
_ARN = re.compile(
    r"(arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:)(?:stateMachine|execution|express|mapRun):([^:/\s]+)(?:[:/]\S*)?"
)


def is_arn(text: str) -> bool:
    """Return whether the text can be an ARN: names are in any script, without white space and control characters."""
    return _ANY.fullmatch(text) is not None


_EXECUTION = re.compile(r"arn:aws[a-z-]*:states:([a-z]{2,4}(?:-[a-z]+)+-\d{1,2}):(\d{12}):execution:.+")


class Location(NamedTuple):
    """The Region and the account of an execution."""

    region: str
    account: str


def location_of(execution_arn: str | None) -> Location | None:
    """Return where an execution runs, or None if this is no ARN of one."""
    match = _EXECUTION.fullmatch(execution_arn or "")
    return Location(match[1], match[2]) if match else None


def state_machine_of(payload: Any) -> str:
    """Return the first ARN of a state machine, or of an execution of one, in the payload; the outermost first.

    Without alias, version or Map label, which do not make it another state machine.
    """
    level = [payload]
    while level:
        for value in level:
            if isinstance(value, str) and (match := _ARN.fullmatch(value)):
                return f"{match[1]}stateMachine:{match[2]}"
        level = [child for value in level for child in _children(value)]
    return ""


def _children(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
