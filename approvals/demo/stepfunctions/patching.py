"""Putting our functions in the place of moto's: the one way in which this package changes the interpreter."""

from typing import Any


def replace(owner: Any, /, **replacements: Any) -> None:
    """Set every name on `owner`, which must know it already: a moto that renamed something fails here and loudly."""
    for name, replacement in replacements.items():
        if not hasattr(owner, name):
            raise RuntimeError(f"this moto has no {getattr(owner, '__name__', owner)}.{name}; 5.2.5 is known to work")
        setattr(owner, name, replacement)
