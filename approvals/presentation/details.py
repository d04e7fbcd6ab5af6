"""A submission's nested details as rows of labels and text."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from approvals.domain.checks.content_checks import DETAILS_DEPTH
from approvals.presentation.text import plain

NOTHING = "—"
OPEN_BYTES, OPEN_ROWS = 32 * 1024, 200
"""How much of the details a page shows as a tree. Larger ones would take seconds to render and to scroll past."""


def parts(details: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the details that a page shows as trees, those that it folds, and those that it folds together."""
    trees: dict[str, Any] = {}
    folded: dict[str, Any] = {}
    together: dict[str, Any] = {}
    left = OPEN_BYTES
    for name, value in details.items():
        size = 0 if isinstance(value, str) else len(msgspec.json.encode(value))  # long text folds by itself
        part = together if len(trees) + len(folded) >= OPEN_ROWS else trees if size <= left else folded
        left -= size if part is trees else 0
        part[name] = value
    return trees, folded, together


def as_lines(value: Any) -> str:
    """Return a JSON value as indented text."""
    text = value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return plain(text, lines=True)


def flat(details: dict[str, Any], *, most: int | None = None) -> list[tuple[str, str]]:
    """Return nested JSON as rows of (label, text); the label is the value's path. A list of plain values is one row.

    `most` is the number of rows that are wanted; the rest is not read.
    """
    return list(islice(_rows(details, ()), most)) if details else []


def shown(value: Any) -> str:
    """Return one JSON value as people read it."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))  # JSON does not tell 420.0 from 420, and people read the shorter
        case str():
            return plain(value, lines=True)
        case list() if not _is_nested(value):
            return ", ".join(map(shown, value)) or NOTHING
        case dict() if not value:
            return NOTHING
        case _:
            return msgspec.json.encode(value).decode()


def _rows(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if len(path) > DETAILS_DEPTH or not _is_nested(value):
        yield " › ".join(path), shown(value)
        return
    children = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for name, child in children:
        yield from _rows(child, (*path, plain(str(name))))


def _is_nested(value: Any) -> bool:
    """Return whether the value needs several rows, unlike an empty one or a list of plain values."""
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return isinstance(value, dict) and bool(value)
