"""Replacing moto's functions with ours: the only way this package changes the interpreter."""

from typing import Any


def replace(owner: Any, /, **replacements: Any) -> None:
    """Set attributes of `owner` that must exist already, so that a moto that renamed one fails here."""
    for name, replacement in replacements.items():
        if not hasattr(owner, name):
            raise RuntimeError(f"this moto has no {getattr(owner, '__name__', owner)}.{name}; 5.2.5 is known to work")
        setattr(owner, name, replacement)
