"""Expressions in a state: which text is evaluated, and what it reads of the context object."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.asl.state_machine import Path

TOKEN = re.compile(r"(?:\$\$|\$states\.context)\.Task\.Token\b")
WHOLE_CONTEXT = re.compile(r"(?:\$\$|\$states\.context)(?:\.Execution)?(?![\w.\[])")
"""The whole context object, or the whole execution in it: both hold RoleArn and the execution's input."""
_MEANT_AS_PATH = re.compile(r"\$\$?(?:\.|\[|$)|States\.[A-Z]\w+\(|\$states\.")


class ArgumentText(msgspec.Struct, frozen=True):
    """One text among the arguments of a state."""

    path: Path
    text: str
    evaluated: bool


def texts(value: Any, path: Path, *, jsonata: bool, evaluated: bool = False) -> Iterator[ArgumentText]:
    """Yield every text. JSONPath evaluates the values of keys that end in `.$`, JSONata text in `{% %}`."""
    if isinstance(value, str):
        yield ArgumentText(path, value, value.lstrip().startswith("{%") if jsonata else evaluated)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, (*path, key), jsonata=jsonata, evaluated=key.endswith(".$"))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, (*path, number), jsonata=jsonata)


def is_static(value: Any, path: Path, *, jsonata: bool) -> bool:
    """Return whether a value is known before the workflow runs."""
    return not any(text.evaluated for text in texts(value, path, jsonata=jsonata))


def not_evaluated(value: Any, path: Path, *, jsonata: bool) -> Iterator[ArgumentText]:
    """Yield texts that were meant as expressions and arrive as written."""
    for text in texts(value, path, jsonata=jsonata):
        if not text.evaluated and _MEANT_AS_PATH.match(text.text):
            yield text


def plain(key: Any) -> str:
    """Return a field's name without JSONPath's suffix."""
    return str(key).removesuffix(".$")
