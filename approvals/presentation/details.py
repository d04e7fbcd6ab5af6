"""A submission's nested details as rows of labels and text."""

from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.checks.content_checks import DETAILS_DEPTH
from approvals.presentation.text import plain

NOTHING = "—"


def flat(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Return nested JSON as rows of (label, text); the label is the value's path. A list of plain values is one row."""
    return list(_rows(details, ())) if details else []


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
