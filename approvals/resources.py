"""Where templates/ and migrations/ lie: inside the package in the wheel, beside it in a checkout or a Lambda bundle."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["templates", "migrations"]) -> Path:
    """`approvals/<name>` where it exists, else the sibling of the package."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
