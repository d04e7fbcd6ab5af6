"""The expressions inside a state: which text is evaluated, and what it reads of the context object."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.asl.state_machine import Path

TOKEN = re.compile(r"(?:\$\$|\$states\.context)\.Task\.Token\b")
WHOLE_CONTEXT = re.compile(r"(?:\$\$|\$states\.context)(?:\.Execution)?(?![\w.\[])")
"""All of the context object, or all of the execution in it: both hold RoleArn and the execution's input."""
_MEANT_AS_PATH = re.compile(r"\$\$?(?:\.|\[|$)|States\.[A-Z]\w+\(|\$states\.")


class Text(msgspec.Struct, frozen=True):
    """One text in what a state hands over."""

    path: Path
    text: str
    evaluated: bool


def texts(value: Any, path: Path, *, jsonata: bool, evaluated: bool = False) -> Iterator[Text]:
    """All of them. JSONPath evaluates the values of keys that end in `.$`, JSONata what stands in `{% %}`."""
    if isinstance(value, str):
        yield Text(path, value, value.lstrip().startswith("{%") if jsonata else evaluated)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, (*path, key), jsonata=jsonata, evaluated=key.endswith(".$"))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, (*path, number), jsonata=jsonata)


def is_static(value: Any, path: Path, *, jsonata: bool) -> bool:
    """Whether it is known before the workflow runs."""
    return not any(text.evaluated for text in texts(value, path, jsonata=jsonata))


def not_evaluated(value: Any, path: Path, *, jsonata: bool) -> Iterator[Text]:
    """Texts that were meant as expressions and will arrive as they are written."""
    for text in texts(value, path, jsonata=jsonata):
        if not text.evaluated and _MEANT_AS_PATH.match(text.text):
            yield text


def plain(key: Any) -> str:
    """A field's name without the mark of JSONPath."""
    return str(key).removesuffix(".$")
