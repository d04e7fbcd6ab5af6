"""Paths of templates/ and migrations/: inside the package in a wheel, next to it in a checkout or a Lambda bundle."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["templates", "migrations"]) -> Path:
    """Return `approvals/<name>` if it exists, otherwise the sibling of the package."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
